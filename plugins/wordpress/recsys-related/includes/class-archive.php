<?php
/**
 * The whole archive sent in the background, with its progress.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Every public post gets the task to be sent; the worker does the rest, by cron and, while somebody looks, from the page.
 */
final class Archive {

	const TOTAL = 'recsys_related_archive';
	const STEP  = array( 10.0, 3.0, 50 );

	/**
	 * Begins; with `anew` also what did not change.
	 *
	 * @param \WP_REST_Request|null $request May have anew.
	 * @return array Progress.
	 */
	public static function begin( $request = null ) {
		$total = Stories::give_archive( $request && rest_sanitize_boolean( $request['anew'] ) );
		update_option( self::TOTAL, $total, false );
		Worker::go_on_later();
		return self::progress();
	}

	/**
	 * Does a part of it now.
	 *
	 * @return array Progress.
	 */
	public static function step() {
		Worker::run_with_archive( self::STEP );
		return self::progress();
	}

	/**
	 * How far it is.
	 *
	 * @return array With total, left, known, refused, and why it waits.
	 */
	public static function progress() {
		$counts = Stories::counts();
		$until  = (int) ( new Breaker( 'writes' ) )->until();
		return array(
			'total'   => (int) get_option( self::TOTAL, 0 ),
			'left'    => $counts['bulk'],
			'known'   => $counts['known'],
			'refused' => $counts['refused'],
			'wait'    => $counts['bulk'] ? max( 0, $until - time() ) : 0,
		);
	}
}
