<?php
/**
 * Sends the site's popular posts as a list every hour, from which the service learns.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Ranks by comments or by the views that another plugin counts; the filter `recsys_related_popular` can supply another ranking.
 */
final class Popular {

	const DAYS = 7;
	const MOST = 10;

	/**
	 * The meta keys under which well-known plugins store the views of a post.
	 */
	const VIEWS_KEYS = array( 'post_views_count', 'views', 'pageviews', '_post_views', 'wpb_post_views_count' );

	/**
	 * Registers the cron hook.
	 */
	public static function hook() {
		add_action( 'recsys_related_hourly', array( self::class, 'send' ) );
		add_action( 'recsys_related_hourly', array( Counts::class, 'forget_old' ) );
		add_action( 'recsys_related_hourly', array( Reports::class, 'forget_old' ) );
	}

	/**
	 * Sends the current ranking. Returns whether it was accepted.
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
	 * The ids of the popular posts of the last days, the most popular first.
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
	 * The meta key of views: the one in the settings, else the first well-known one that is in use.
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
