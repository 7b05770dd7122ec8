<?php
/**
 * Records which reports of readers' browsers were counted, and how many come from one address.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Anybody can send reports, and a token is valid for four days: so each view counts once and has a few clicks, and a token a
 * few thousand of both. Readers' addresses are not stored, only how much came from each of 65,536 groups of addresses
 * in this minute and on this day. Both tables have a maximum size.
 */
final class Reports {

	const KEPT_DAYS = 5; // More than the four days for which a token is taken.
	const MOST_ROWS = 1000000;

	const MOST_CLICKS   = 5; // Of one view.
	const MOST_OF_TOKEN = 5000; // Views and clicks; a page cache may show one token to many readers.

	const PER_MINUTE = 60;
	const PER_DAY    = 1000;

	// As in the service: words in the user agents of clients that are not readers.
	const BOTS = array( 'bot', 'crawl', 'spider', 'slurp', 'headless', 'lighthouse', 'preview', 'monitor', 'curl', 'wget', 'python' );

	/**
	 * The name of the table of counted views and clicks.
	 *
	 * @return string
	 */
	private static function table() {
		global $wpdb;
		return $wpdb->prefix . 'recsys_reports';
	}

	/**
	 * The name of the table of the number of events by address group.
	 *
	 * @return string
	 */
	private static function rates() {
		global $wpdb;
		return $wpdb->prefix . 'recsys_report_rates';
	}

	/**
	 * Whether a user agent is a reader's.
	 *
	 * @param string $agent User-Agent.
	 * @return bool
	 */
	public static function is_reader( $agent ) {
		return '' !== trim( $agent ) && ! preg_match( '/' . implode( '|', self::BOTS ) . '/i', $agent );
	}

	/**
	 * Whether this many more events may come from an address now. They are added to its count in any case.
	 *
	 * @param string $address IPv4 or IPv6.
	 * @param int    $events  How many.
	 * @return bool
	 */
	public static function may_come( $address, $events ) {
		global $wpdb;
		$table  = self::rates();
		$bucket = hexdec( substr( hash_hmac( 'sha256', Address::network_of( $address ), wp_salt( 'nonce' ) ), 0, 4 ) );

		// The order matters: columns are compared with the minute or day before these are set.
		$sql = "INSERT INTO $table (bucket, in_minute, minute_no, in_day, day_no) VALUES (%d, %d, %d, %d, %d) ON DUPLICATE KEY UPDATE
			in_minute = IF(minute_no = VALUES(minute_no), LEAST(in_minute + VALUES(in_minute), 1000000), VALUES(in_minute)),
			minute_no = VALUES(minute_no),
			in_day = IF(day_no = VALUES(day_no), LEAST(in_day + VALUES(in_day), 1000000), VALUES(in_day)),
			day_no = VALUES(day_no)";
		$wpdb->query( $wpdb->prepare( $sql, $bucket, $events, intdiv( time(), MINUTE_IN_SECONDS ), $events, self::today() ) );

		$row = $wpdb->get_row( $wpdb->prepare( "SELECT in_minute, in_day FROM $table WHERE bucket = %d", $bucket ) );

		list( $per_minute, $per_day ) = self::limits();
		return $row && (int) $row->in_minute <= $per_minute && (int) $row->in_day <= $per_day;
	}

	/**
	 * Whether an address reached its daily limit today: behind a proxy all readers may share one.
	 *
	 * @return bool
	 */
	public static function were_turned_away() {
		global $wpdb;
		$table = self::rates();
		return (bool) $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM $table WHERE day_no = %d AND in_day > %d LIMIT 1", self::today(), self::limits()[1] ) );
	}

	/**
	 * Returns the events that have not been counted and may be, each once.
	 *
	 * @param array[] $events With view and, for clicks, position.
	 * @return array[]
	 */
	public static function find_new( array $events ) {
		global $wpdb;
		$table = self::table();
		$views = array_values( array_unique( wp_list_pluck( $events, 'view' ) ) );
		$marks = implode( ',', array_fill( 0, count( $views ), '%s' ) );
		$known = array();
		foreach ( (array) $wpdb->get_results( $wpdb->prepare( "SELECT view, place FROM $table WHERE view IN ($marks)", $views ) ) as $row ) {
			$known[ $row->view ][ (int) $row->place ] = true;
		}
		$new = array();
		foreach ( $events as $event ) {
			$place = (int) ( $event['position'] ?? 0 );
			$had   = $known[ $event['view'] ] ?? array();
			if ( isset( $had[ $place ] ) || ( $place && count( array_diff_key( $had, array( 0 => 1 ) ) ) >= self::MOST_CLICKS ) ) {
				continue;
			}
			$known[ $event['view'] ][ $place ] = true;

			$new[] = $event;
		}
		return $new;
	}

	/**
	 * Records an event. Returns whether it counts: another request may have been faster, or its token may have too many.
	 *
	 * @param array $event With view, token and, for a click, position. Its token is genuine.
	 * @return bool
	 */
	public static function take( array $event ) {
		global $wpdb;
		$table = self::table();
		$token = md5( $event['token'] );
		$count = (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM (SELECT 1 FROM $table WHERE token = %s LIMIT %d) AS some", $token, self::MOST_OF_TOKEN ) );
		if ( $count >= self::MOST_OF_TOKEN ) {
			return false;
		}
		$sql = "INSERT IGNORE INTO $table (view, place, token, day_no) VALUES (%s, %d, %s, %d)";
		return 1 === $wpdb->query( $wpdb->prepare( $sql, $event['view'], (int) ( $event['position'] ?? 0 ), $token, self::today() ) );
	}

	/**
	 * Removes rows that no valid token can repeat, and the oldest rows beyond the maximum size.
	 */
	public static function forget_old() {
		global $wpdb;
		$table = self::table();
		$rates = self::rates();
		$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE day_no <= %d", self::today() - self::KEPT_DAYS ) );
		$wpdb->query( $wpdb->prepare( "DELETE FROM $rates WHERE day_no < %d", self::today() ) );
		$more = (int) $wpdb->get_var( "SELECT COUNT(*) FROM $table" ) - self::MOST_ROWS;
		if ( $more > 0 ) {
			$wpdb->query( $wpdb->prepare( "DELETE FROM $table ORDER BY day_no LIMIT %d", $more ) );
		}
	}

	/**
	 * The number of events that one address may report in a minute and in a day.
	 *
	 * @return int[]
	 */
	private static function limits() {
		$limits = array_values( array_map( 'intval', (array) apply_filters( 'recsys_related_report_limits', array( self::PER_MINUTE, self::PER_DAY ) ) ) );
		return 2 === count( $limits ) ? $limits : array( self::PER_MINUTE, self::PER_DAY );
	}

	/**
	 * Days since 1970.
	 *
	 * @return int
	 */
	private static function today() {
		return intdiv( time(), DAY_IN_SECONDS );
	}
}
