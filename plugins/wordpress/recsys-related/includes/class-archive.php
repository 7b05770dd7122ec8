<?php
/**
 * Sends all existing posts in the background, and reports progress.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Marks every public post to be sent. The worker sends them from cron and, while it is open, from the settings page.
 */
final class Archive {

	const TOTAL = 'recsys_related_archive';
	const STEP  = array( 10.0, 3.0, 50 );

	/**
	 * Starts; with `anew` it includes unchanged posts.
	 *
	 * @param \WP_REST_Request|null $request May have `anew`.
	 * @return array Progress.
	 */
	public static function begin( $request = null ) {
		$total = Stories::give_archive( $request && rest_sanitize_boolean( $request['anew'] ) );
		update_option( self::TOTAL, $total, false );
		Worker::go_on_later();
		return self::progress();
	}

	/**
	 * Sends a batch now.
	 *
	 * @return array Progress.
	 */
	public static function step() {
		Worker::run_with_archive( self::STEP );
		return self::progress();
	}

	/**
	 * Returns the progress.
	 *
	 * @return array With total, left, known, refused, and the seconds to wait.
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
