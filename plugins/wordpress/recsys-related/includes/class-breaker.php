<?php
/**
 * A circuit breaker that is opened before a call is made and closed by a good answer.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Who may call opens it, so that whoever comes meanwhile does not wait as well: of all page views of a minute one at most
 * pays for a service that is dead or hangs. It is a row of the options table that is compared and set in one statement,
 * and never read through a cache.
 */
final class Breaker {

	const SECONDS = 60;

	/**
	 * The option that holds until when nobody calls.
	 *
	 * @var string
	 */
	private $option;

	/**
	 * Stores.
	 *
	 * @param string $what What is called: `views` or `writes`. One does not wait for the other.
	 */
	public function __construct( $what ) {
		$this->option = "recsys_related_breaker_$what";
	}

	/**
	 * Seconds for which nobody calls after a failure.
	 *
	 * @return int
	 */
	public static function seconds() {
		return max( 1, (int) apply_filters( 'recsys_related_breaker_seconds', self::SECONDS ) );
	}

	/**
	 * Whether the caller may call. From then on nobody else may until `close`, or until the time is over.
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
	 * After a good answer: everybody may call.
	 */
	public function close() {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = '0' WHERE option_name = %s", $this->option ) );
	}

	/**
	 * Until when nobody calls, in Unix time; null when nobody ever called.
	 *
	 * @return int|null
	 */
	public function until() {
		global $wpdb;
		$found = $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", $this->option ) );
		return null === $found ? null : (int) $found;
	}
}
