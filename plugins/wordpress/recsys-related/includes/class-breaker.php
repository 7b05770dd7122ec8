<?php
/**
 * A circuit breaker that is opened before each call and closed by a successful answer.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * The caller opens it, so that others do not wait at the same time: in each minute at most one page view
 * waits for a service that is down or hangs. It is a row of the options table that is compared and set in one statement,
 * and never read through a cache.
 */
final class Breaker {

	const SECONDS = 60;

	/**
	 * The option with the time until which calls are blocked.
	 *
	 * @var string
	 */
	private $option;

	/**
	 * Constructor.
	 *
	 * @param string $what What is called: `views` or `writes`. One does not wait for the other.
	 */
	public function __construct( $what ) {
		$this->option = "recsys_related_breaker_$what";
	}

	/**
	 * Seconds for which calls are blocked after a failure.
	 *
	 * @return int
	 */
	public static function seconds() {
		return max( 1, (int) apply_filters( 'recsys_related_breaker_seconds', self::SECONDS ) );
	}

	/**
	 * Whether the caller may call. If so, calls are blocked for others until `close`, or until the time is over.
	 *
	 * @param int $now Unix time.
	 * @return bool
	 */
	public function may_call( $now ) {
		global $wpdb;
		$until = $this->until();
		if ( null === $until ) {
			$sql = "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, '0', 'no')";
			$wpdb->query( $wpdb->prepare( $sql, $this->option ) );
		} elseif ( $until > $now ) {
			return false;
		}
		$sql = "UPDATE {$wpdb->options} SET option_value = %d WHERE option_name = %s AND CAST(option_value AS UNSIGNED) <= %d";
		return 1 === $wpdb->query( $wpdb->prepare( $sql, $now + self::seconds(), $this->option, $now ) );
	}

	/**
	 * Allows all calls, after a successful answer.
	 */
	public function close() {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = '0' WHERE option_name = %s", $this->option ) );
	}

	/**
	 * The Unix time until which calls are blocked; null if there never was a call.
	 *
	 * @return int|null
	 */
	public function until() {
		global $wpdb;
		$found = $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", $this->option ) );
		return null === $found ? null : (int) $found;
	}
}
