<?php
/**
 * Commands for WP-CLI.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Sends the archive to the recsys service, and shows its progress.
 */
final class Cli {

	/**
	 * Sends every published post to the service, and waits until it is done.
	 *
	 * ## OPTIONS
	 *
	 * [--anew]
	 * : Include posts that have not changed since they were sent.
	 *
	 * ## EXAMPLES
	 *
	 *     wp recsys sync
	 *
	 * @param string[] $args    None.
	 * @param string[] $options May have anew.
	 */
	public function sync( $args, $options ) {
		unset( $args );
		$total = Stories::give_archive( isset( $options['anew'] ) );
		update_option( Archive::TOTAL, $total, false );
		$bar  = \WP_CLI\Utils\make_progress_bar( 'Sending', $total );
		$left = $total;
		$idle = 0;
		while ( $left > 0 ) {
			Worker::run_with_archive( Archive::STEP );
			$now = Archive::progress()['left'];
			$bar->tick( max( 0, $left - $now ) );
			$idle = $now < $left ? 0 : $idle + 1;
			$left = $now;
			if ( $idle > Breaker::seconds() + 30 ) {
				\WP_CLI::error( "The service does not take any more; $left posts wait and are sent by cron." );
			}
			sleep( $idle ? 1 : 0 );
		}
		$bar->finish();
		$end = Archive::progress();
		\WP_CLI::success( "{$end['known']} posts known to the service, {$end['refused']} refused." );
	}

	/**
	 * Shows whether the service answers, and how many posts are waiting to be sent.
	 *
	 * ## EXAMPLES
	 *
	 *     wp recsys status
	 */
	public function status() {
		$found  = Connection::ask( Settings::get( 'url' ), Settings::get( 'key' ) );
		$counts = Stories::counts();
		\WP_CLI::line( $found['message'] );
		\WP_CLI::line( "known {$counts['known']}, waiting {$counts['waiting']}, refused {$counts['refused']}" );
		if ( ! $found['ok'] ) {
			\WP_CLI::halt( 1 );
		}
	}

	/**
	 * Carries out pending tasks, for a system cron that does not use HTTP.
	 *
	 * ## EXAMPLES
	 *
	 *     wp recsys work
	 */
	public function work() {
		Worker::run_by_clock();
		\WP_CLI::success( Stories::counts()['waiting'] . ' left.' );
	}
}
