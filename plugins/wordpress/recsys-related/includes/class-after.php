<?php
/**
 * Work after the response.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Ends the response where this PHP can go on after it.
 */
final class After {

	/**
	 * Sends what there is to the browser and lets it go. Whether it went: else it waits for what is done now.
	 *
	 * @return bool
	 */
	public static function finish_response() {
		if ( 'cli' === PHP_SAPI || wp_doing_cron() ) {
			return true;
		}
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				$finish();
				return true;
			}
		}
		return false;
	}
}
