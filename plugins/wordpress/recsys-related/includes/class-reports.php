<?php
/**
 * Which reports of readers' browsers were counted already, and how many come from one address.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Everybody may report, and a token is good for four days: so each view counts once, has a few clicks, and a token has a
 * few thousand of both. Of a reader's address nothing is kept but how much came from one of 65,536 groups of addresses
 * in this minute and on this day. Both tables have a greatest size.
 */
final class Reports {

	const KEPT_DAYS = 5; // More than the four days for which a token is taken.
	const MOST_ROWS = 1000000;

	const MOST_CLICKS   = 5; // Of one view.
	const MOST_OF_TOKEN = 5000; // Views and clicks; a page cache may show one token to many readers.

	const PER_MINUTE = 60;
	const PER_DAY    = 1000;

	// As the service has it: words in the name of a client that is no reader.
	const BOTS = array( 'bot', 'crawl', 'spider', 'slurp', 'headless', 'lighthouse', 'preview', 'monitor', 'curl', 'wget', 'python' );

	/**
	 * Name of the table of views and clicks that were counted.
	 *
	 * @return string
	 */
	private static function table() {
		global $wpdb;
		return $wpdb->prefix . 'recsys_reports';
	}

	/**
	 * Name of the table of how much came from where.
	 *
	 * @return string
	 */
	private static function rates() {
		global $wpdb;
		return $wpdb->prefix . 'recsys_report_rates';
	}

	/**
	 * Whether the name of a browser is a reader's.
	 *
	 * @param string $agent User-Agent.
	 * @return bool
	 */
	public static function is_reader( $agent ) {
		return '' !== trim( $agent ) && ! preg_match( '/' . implode( '|', self::BOTS ) . '/i', $agent );
	}

	/**
	 * Whether so many events more may come from an address now. They are added to what came from it in any case.
	 *
	 * @param string $address IPv4 or IPv6.
	 * @param int    $events  How many.
	 * @return bool
	 */
	public static function may_come( $address, $events ) {
		global $wpdb;
		$table  = self::rates();
		$bucket = hexdec( substr( hash_hmac( 'sha256', Address::network_of( $address ), wp_salt( 'nonce' ) ), 0, 4 ) );

		// What is compared with a minute or a day is set before that minute or day is.
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
	 * Whether more came from an address today than is counted: behind a proxy all readers may have one.
	 *
	 * @return bool
	 */
	public static function were_turned_away() {
		global $wpdb;
		$table = self::rates();
		return (bool) $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM $table WHERE day_no = %d AND in_day > %d LIMIT 1", self::today(), self::limits()[1] ) );
	}

	/**
	 * Those of some events that were not counted yet and may be, each once.
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
	 * Notes that an event counts. Whether it does: another request may have been quicker, or its token have too many.
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
	 * Removes what no token can report again, and what is too much: the oldest.
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
	 * Events that one address may report in a minute and on a day.
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
