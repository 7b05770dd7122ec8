<?php
/**
 * A list as HTML.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * It is rendered on the server: without JavaScript it is a list of links. The element around it reports what was shown and
 * clicked (docs/widget.md of recsys).
 */
final class Markup {

	const FIRST_PIN = 100; // The places of pinned stories, downwards: the list that the service signed ends long before.

	/**
	 * The number of lists on this page; WordPress's own counter belongs to the theme, and other code may rely on it.
	 *
	 * @var int
	 */
	private static $count = 0;

	/**
	 * The list of a post; empty if there is nothing to show.
	 *
	 * @param int   $post_id A post.
	 * @param array $own     With k, dial, heading, look where they are not as in the settings.
	 * @param bool  $preview Whether an editor looks at it while writing: nothing is reported, and drafts have lists too.
	 * @return string
	 */
	public static function render( $post_id, array $own = array(), $preview = false ) {
		$post = get_post( $post_id );
		if ( ! $post || ! in_array( $post->post_type, Settings::post_types(), true ) ) {
			return '';
		}
		$is_public = Story::is_public( $post );
		if ( ! $is_public && ! $preview ) {
			return '';
		}
		$list  = $is_public ? Lists::beside( $post->ID, $own ) : Lists::beside_draft( $post, $own );
		$items = self::items( $post->ID, $list['items'] );
		if ( ! $items ) {
			return '';
		}
		$look = in_array( $own['look'] ?? '', Settings::LOOKS, true ) ? $own['look'] : Settings::get( 'look' );
		Assets::need( $look );
		$html = self::section( $items, self::heading( $own ), $look );
		return is_string( $list['token'] ) && ! $preview && 'off' !== Settings::get( 'events' ) ? self::element( $html, $list['token'] ) : $html;
	}

	/**
	 * The stories to show: pinned ones first, then those of the service that can still be shown.
	 *
	 * @param int     $post_id A post.
	 * @param array[] $items   Of a list.
	 * @return string[] Each an li.
	 */
	private static function items( $post_id, array $items ) {
		$pins = Post_Choices::pins( $post_id );
		$ids  = array_merge( $pins, array_filter( wp_list_pluck( $items, 'id' ) ) );
		if ( $ids ) {
			_prime_post_caches( $ids, false, true );
			self::prime_thumbnails( $ids );
		}
		$shown = array();
		foreach ( $pins as $index => $id ) {
			$shown[] = self::item_of_post( get_post( $id ), self::FIRST_PIN - $index );
		}
		foreach ( $items as $item ) {
			$post = $item['id'] ? get_post( $item['id'] ) : null;
			if ( ! $item['id'] ) {
				$shown[] = self::item( $item['url'], $item['headline'], self::picture( $item['image'] ), $item['published'], $item['position'] );
			} elseif ( $post && Story::is_public( $post ) && ! Post_Choices::is_excluded( $post->ID ) && (int) $post_id !== $post->ID && ! in_array( $post->ID, $pins, true ) ) {
				$shown[] = self::item_of_post( $post, $item['position'] );
			}
		}
		return $shown;
	}

	/**
	 * Loads all pictures of a list at once.
	 *
	 * @param int[] $ids Posts.
	 */
	private static function prime_thumbnails( array $ids ) {
		$pictures = array_filter( array_map( 'get_post_thumbnail_id', $ids ) );
		if ( $pictures ) {
			_prime_post_caches( $pictures, false, true );
		}
	}

	/**
	 * A story of this site, as it is now.
	 *
	 * @param \WP_Post $post     A post.
	 * @param int      $position In the list that the service signed.
	 * @return string
	 */
	private static function item_of_post( \WP_Post $post, $position ) {
		$picture = get_the_post_thumbnail(
			$post,
			'medium',
			array(
				'class'   => 'recsys-thumbnail',
				'alt'     => '',
				'loading' => 'lazy',
			)
		);
		$title   = html_entity_decode( wp_strip_all_tags( get_the_title( $post ) ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return self::item( get_permalink( $post ), '' === $title ? __( '(no title)', 'recsys-related' ) : $title, $picture, get_post_timestamp( $post ), $position );
	}

	/**
	 * One story.
	 *
	 * @param string   $url       Where it leads.
	 * @param string   $headline  Text.
	 * @param string   $picture   HTML that is safe.
	 * @param int|null $published Unix time.
	 * @param int      $position  In the list that the service signed.
	 * @return string
	 */
	private static function item( $url, $headline, $picture, $published, $position ) {
		$time = $published
			? sprintf( '<time datetime="%s">%s</time>', esc_attr( gmdate( 'Y-m-d\TH:i:s\Z', $published ) ), esc_html( wp_date( get_option( 'date_format' ), $published ) ) )
			: '';
		return sprintf(
			'<li data-position="%d"%s><a href="%s">%s<span class="recsys-headline">%s</span></a>%s</li>',
			(int) $position,
			'' === $picture ? '' : ' class="has-picture"',
			esc_url( $url, array( 'http', 'https' ) ),
			$picture,
			esc_html( $headline ),
			$time
		);
	}

	/**
	 * A picture from the answer of the service.
	 *
	 * @param string|null $url Its address.
	 * @return string
	 */
	private static function picture( $url ) {
		$clean = $url ? esc_url( $url, is_ssl() ? array( 'https' ) : array( 'http', 'https' ) ) : '';
		return $clean ? sprintf( '<img class="recsys-thumbnail" src="%s" alt="" loading="lazy" decoding="async" width="150" height="150">', $clean ) : '';
	}

	/**
	 * The heading.
	 *
	 * @param array $own With heading, where it is not as in the settings.
	 * @return string
	 */
	private static function heading( array $own ) {
		$given = isset( $own['heading'] ) ? trim( (string) $own['heading'] ) : '';
		return '' === $given ? Settings::heading() : $given;
	}

	/**
	 * Heading and list.
	 *
	 * @param string[] $items   Each an li.
	 * @param string   $heading Text.
	 * @param string   $look    One of Settings::LOOKS.
	 * @return string
	 */
	private static function section( array $items, $heading, $look ) {
		$id = 'recsys-related-' . ++self::$count;
		return sprintf(
			'<section class="recsys-related is-%1$s" aria-labelledby="%2$s"><h2 id="%2$s" class="recsys-heading">%3$s</h2><ol>%4$s</ol></section>',
			esc_attr( $look ),
			esc_attr( $id ),
			esc_html( $heading ),
			implode( '', $items )
		);
	}

	/**
	 * The element that reports views and clicks.
	 *
	 * @param string $html  Heading and list.
	 * @param string $token Of the list.
	 * @return string
	 */
	private static function element( $html, $token ) {
		$events = 'direct' === Settings::get( 'events' ) ? Settings::get( 'url' ) . '/v1/events' : rest_url( 'recsys/v1/events' );
		return sprintf( '<recsys-related token="%s" events="%s">%s</recsys-related>', esc_attr( $token ), esc_url( $events, array( 'http', 'https' ) ), $html );
	}
}
