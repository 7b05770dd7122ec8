<?php
/**
 * The site's own popular posts, sent as a list every hour: what the service learns from.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * By comments or by a count of views that another plugin keeps; any other ranking by the filter `recsys_related_popular`.
 */
final class Popular {

	const DAYS = 7;
	const MOST = 10;

	/**
	 * Under what well-known plugins keep the views of a post.
	 */
	const VIEWS_KEYS = array( 'post_views_count', 'views', 'pageviews', '_post_views', 'wpb_post_views_count' );

	/**
	 * Cron.
	 */
	public static function hook() {
		add_action( 'recsys_related_hourly', array( self::class, 'send' ) );
		add_action( 'recsys_related_hourly', array( Counts::class, 'forget_old' ) );
		add_action( 'recsys_related_hourly', array( Reports::class, 'forget_old' ) );
	}

	/**
	 * Sends the ranking as it stands now. Whether it was taken.
	 *
	 * @return bool
	 */
	public static function send() {
		$client = Client::of_settings();
		$how    = Settings::get( 'popular' );
		$ids    = 'off' === $how ? array() : self::ranking( $how );
		if ( ! $client || count( $ids ) < 2 ) {
			return false;
		}
		$items = array();
		foreach ( $ids as $id ) {
			$items[] = array(
				'url'      => get_permalink( $id ),
				'headline' => Story::text( get_post( $id )->post_title, Story::MOST_TEXT ),
			);
		}
		$list = array(
			'kind'  => 'popular',
			'site'  => Story::site(),
			'title' => 'views' === $how ? 'Most read' : 'Most discussed',
			'items' => $items,
		);
		return $client->post_list( $list, 10.0 )->ok();
	}

	/**
	 * Ids of popular posts of the last days, the most popular first.
	 *
	 * @param string $how `comments` or `views`.
	 * @return int[]
	 */
	public static function ranking( $how ) {
		$query = array(
			'post_type'      => Settings::post_types(),
			'post_status'    => 'publish',
			'has_password'   => false,
			'posts_per_page' => self::MOST,
			'fields'         => 'ids',
			'no_found_rows'  => true,
			'date_query'     => array( array( 'after' => self::DAYS . ' days ago' ) ),
		);
		$key   = 'views' === $how ? self::views_key() : '';
		$order = '' === $key ? array( 'orderby' => 'comment_count' ) : array(
			'orderby'  => 'meta_value_num',
			'meta_key' => $key, // phpcs:ignore WordPress.DB.SlowDBQuery, WordPress.VIP.SlowDBQuery -- once an hour, of a week.
		);
		$ids   = get_posts( $order + $query + array( 'order' => 'DESC' ) );
		$ids   = array_filter(
			$ids,
			static function ( $id ) use ( $key ) {
				return ( '' === $key ? (int) get_post( $id )->comment_count : (float) get_post_meta( $id, $key, true ) ) > 0;
			}
		);
		return array_filter( array_map( 'intval', (array) apply_filters( 'recsys_related_popular', array_values( $ids ) ) ), 'get_post' );
	}

	/**
	 * Where views are counted: as set, else the first of the well-known that is in use.
	 *
	 * @return string
	 */
	public static function views_key() {
		global $wpdb;
		$chosen = Settings::get( 'views_key' );
		if ( '' !== $chosen ) {
			return $chosen;
		}
		foreach ( self::VIEWS_KEYS as $key ) {
			if ( $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM {$wpdb->postmeta} WHERE meta_key = %s LIMIT 1", $key ) ) ) {
				return $key;
			}
		}
		return '';
	}
}
