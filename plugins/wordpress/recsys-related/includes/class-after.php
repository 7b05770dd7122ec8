<?php
/**
 * Finishing the response early.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Ends the response if this PHP can continue to run after it.
 */
final class After {

	/**
	 * Sends the response to the browser and closes it. Returns whether that worked: if not, the browser waits.
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
