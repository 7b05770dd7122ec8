<?php
/**
 * Shows the list after every post.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Appends the list if the settings say so and the post has no block or shortcode with a list.
 */
final class Placement {

	/**
	 * Hooks into the content, after all other filters.
	 */
	public static function hook() {
		add_filter( 'the_content', array( self::class, 'append' ), 20 );
	}

	/**
	 * Returns the content of the current post with its list.
	 *
	 * @param string $content HTML.
	 * @return string
	 */
	public static function append( $content ) {
		if ( ! self::is_place() ) {
			return $content;
		}
		return $content . Markup::render( get_the_ID() );
	}

	/**
	 * Whether this is the content of the main post, on its last page, shown to readers.
	 *
	 * @return bool
	 */
	private static function is_place() {
		global $page, $numpages;
		$is_post = is_singular( Settings::post_types() ) && get_the_ID() === get_queried_object_id() && ! is_feed() && ! is_embed();
		if ( ! $is_post || 'after' !== Settings::get( 'placement' ) || doing_action( 'wp_head' ) || doing_filter( 'get_the_excerpt' ) ) {
			return false;
		}
		$raw = (string) get_post()->post_content;
		return $page >= $numpages && ! has_block( 'recsys/related', $raw ) && ! has_shortcode( $raw, 'recsys_related' );
	}
}
