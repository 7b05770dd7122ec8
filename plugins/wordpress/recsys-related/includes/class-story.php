<?php
/**
 * A post in the format of the service.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Builds the article that is sent for a post, and decides which posts may be sent.
 */
final class Story {

	const MOST_BODY = 1000000;
	const MOST_TEXT = 2000;

	/**
	 * Whether a post is public.
	 *
	 * @param \WP_Post $post A post.
	 * @return bool
	 */
	public static function is_public( \WP_Post $post ) {
		return 'publish' === $post->post_status && '' === $post->post_password && in_array( $post->post_type, Settings::post_types(), true );
	}

	/**
	 * A post as an article, as in docs/http.md.
	 *
	 * @param \WP_Post $post    A post.
	 * @param bool     $is_news Whether it is known since now; else since it was published.
	 * @return array
	 */
	public static function build( \WP_Post $post, $is_news = true ) {
		$published = get_post_time( 'Y-m-d\TH:i:s\Z', true, $post );
		$is_dated  = is_string( $published ) && 0 !== strpos( $published, '-' ) && strtotime( $published ) > 0;
		$article   = array(
			'url'           => get_permalink( $post ),
			'headline'      => self::text( $post->post_title, self::MOST_TEXT ),
			'body'          => self::body( $post ),
			'published_at'  => $is_dated ? $published : null,
			'first_seen_at' => $is_dated && ! $is_news ? $published : null,
			'section'       => self::section( $post ),
			'tags'          => self::tags( $post ),
			'language'      => self::language( $post ),
			'image'         => get_the_post_thumbnail_url( $post, 'medium' ),
		);
		$article   = (array) apply_filters( 'recsys_related_article', $article, $post );
		return array_filter(
			$article,
			static function ( $value ) {
				return ! in_array( $value, array( null, '', false, array() ), true );
			}
		);
	}

	/**
	 * Text without markup, entities and NUL, shortened to a number of characters.
	 *
	 * @param string $markup HTML.
	 * @param int    $most   Characters.
	 * @return string
	 */
	public static function text( $markup, $most ) {
		$plain = html_entity_decode( wp_strip_all_tags( $markup ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		$plain = wp_check_invalid_utf8( str_replace( "\0", '', $plain ), true );
		return trim( mb_substr( $plain, 0, $most ) );
	}

	/**
	 * The text of a post, without block comments; shortcodes are not run.
	 *
	 * @param \WP_Post $post A post.
	 * @return string
	 */
	private static function body( \WP_Post $post ) {
		$markup = preg_replace( '/<!--.*?-->/s', '', strip_shortcodes( $post->post_content ) );
		$markup = preg_replace( '#</(p|li|h[1-6]|blockquote|figcaption|div)>#i', "$0\n", (string) $markup );
		return self::text( $markup, self::MOST_BODY );
	}

	/**
	 * The first category other than the default category.
	 *
	 * @param \WP_Post $post A post.
	 * @return string|null
	 */
	private static function section( \WP_Post $post ) {
		$names = array();
		foreach ( get_the_category( $post->ID ) as $category ) {
			if ( (int) get_option( 'default_category' ) !== (int) $category->term_id ) {
				$names[] = self::text( $category->name, self::MOST_TEXT );
			}
		}
		return $names[0] ?? null;
	}

	/**
	 * The tags of a post.
	 *
	 * @param \WP_Post $post A post.
	 * @return string[]
	 */
	private static function tags( \WP_Post $post ) {
		$tags  = get_the_tags( $post->ID );
		$names = array();
		foreach ( is_array( $tags ) ? array_slice( $tags, 0, 100 ) : array() as $tag ) {
			$names[] = self::text( $tag->name, self::MOST_TEXT );
		}
		return $names;
	}

	/**
	 * The language of the post if Polylang has one, else that of the site.
	 *
	 * @param \WP_Post $post A post.
	 * @return string
	 */
	private static function language( \WP_Post $post ) {
		$own = function_exists( 'pll_get_post_language' ) ? pll_get_post_language( $post->ID, 'slug' ) : '';
		return $own ? (string) $own : strtolower( substr( get_bloginfo( 'language' ), 0, 2 ) );
	}

	/**
	 * The name of the site in the service: its host without www.
	 *
	 * @return string
	 */
	public static function site() {
		return preg_replace( '/^(?:www|m|amp|mobile)\.(?=[^.]+\.)/', '', (string) wp_parse_url( home_url(), PHP_URL_HOST ) );
	}
}
