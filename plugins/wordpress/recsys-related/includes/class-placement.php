<?php
/**
 * The list after every post.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Where the settings say so, and the post has no list of its own as block or shortcode.
 */
final class Placement {

	/**
	 * After everything that makes the content.
	 */
	public static function hook() {
		add_filter( 'the_content', array( self::class, 'append' ), 20 );
	}

	/**
	 * The content of the post that is read, with its list.
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
	 * Whether this is the content of the post that the page is about, on its last page, and for readers.
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
