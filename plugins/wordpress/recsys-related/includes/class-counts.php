<?php
/**
 * Counts of views and clicks, by day and post.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * A table of counts without anything about readers. Rows older than ninety days are removed.
 */
final class Counts {

	const RETENTION_DAYS = 90;

	/**
	 * Name of the table.
	 *
	 * @return string
	 */
	private static function table() {
		global $wpdb;
		return $wpdb->prefix . 'recsys_counts';
	}

	/**
	 * Counts a view of a post's list.
	 *
	 * @param int $post_id The post.
	 */
	public static function show( $post_id ) {
		self::add( $post_id, 0, 1, 0 );
	}

	/**
	 * Counts a click in a post's list.
	 *
	 * @param int $post_id   The post.
	 * @param int $target_id The clicked post, 0 if it belongs to another site.
	 */
	public static function click( $post_id, $target_id ) {
		self::add( $post_id, $target_id, 0, 1 );
	}

	/**
	 * Adds to the counts of today, in one statement.
	 *
	 * @param int $post_id   The post.
	 * @param int $target_id The story.
	 * @param int $shown     Times.
	 * @param int $clicked   Times.
	 */
	private static function add( $post_id, $target_id, $shown, $clicked ) {
		global $wpdb;
		$table = self::table();
		$sql   = "INSERT INTO $table (day, post_id, target_id, shown, clicked) VALUES (%s, %d, %d, %d, %d)
			ON DUPLICATE KEY UPDATE shown = shown + VALUES(shown), clicked = clicked + VALUES(clicked)";
		$wpdb->query( $wpdb->prepare( $sql, wp_date( 'Y-m-d' ), $post_id, $target_id, $shown, $clicked ) );
	}

	/**
	 * Returns the counts of the last days, including today.
	 *
	 * @param int $days How many.
	 * @return array[] With shown and clicked by day, oldest first, including days without any.
	 */
	public static function by_day( $days ) {
		global $wpdb;
		$table = self::table();
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT day, SUM(shown) AS shown, SUM(clicked) AS clicked FROM $table WHERE day >= %s GROUP BY day", self::since( $days ) ), OBJECT_K );
		$found = array();
		for ( $back = $days - 1; $back >= 0; $back-- ) {
			$day           = wp_date( 'Y-m-d', time() - $back * DAY_IN_SECONDS );
			$found[ $day ] = array(
				'shown'   => (int) ( $rows[ $day ]->shown ?? 0 ),
				'clicked' => (int) ( $rows[ $day ]->clicked ?? 0 ),
			);
		}
		return $found;
	}

	/**
	 * Returns the posts whose lists were clicked most, or the most clicked stories.
	 *
	 * @param string $by   `post_id` for pages, `target_id` for stories.
	 * @param int    $days Of how many days.
	 * @param int    $most Rows.
	 * @return object[] With id, shown, clicked.
	 */
	public static function top( $by, $days, $most ) {
		global $wpdb;
		$table  = self::table();
		$column = 'target_id' === $by ? 'target_id' : 'post_id';
		$sql    = "SELECT $column AS id, SUM(shown) AS shown, SUM(clicked) AS clicked FROM $table WHERE day >= %s AND $column > 0
			GROUP BY $column ORDER BY clicked DESC, shown DESC, $column DESC LIMIT %d";
		return $wpdb->get_results( $wpdb->prepare( $sql, self::since( $days ), $most ) );
	}

	/**
	 * Removes old rows.
	 */
	public static function forget_old() {
		global $wpdb;
		$table = self::table();
		$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE day < %s", self::since( self::RETENTION_DAYS ) ) );
	}

	/**
	 * Returns the first of so many days that end today.
	 *
	 * @param int $days How many.
	 * @return string
	 */
	private static function since( $days ) {
		return wp_date( 'Y-m-d', time() - ( $days - 1 ) * DAY_IN_SECONDS );
	}
}
