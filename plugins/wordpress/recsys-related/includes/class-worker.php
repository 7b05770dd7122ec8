<?php
/**
 * The worker: sends and withdraws posts, and fetches lists.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Only one worker runs at a time: it keeps the breaker for writes open. A process that finds it open leaves its task to the
 * running worker, which checks for new tasks after closing it.
 */
final class Worker {

	// Seconds that a request may take, and seconds after which no new request is started.
	// The maximum number of posts per batch.
	const HURRIED   = array( 2.0, 2.0, 5 );
	const UNHURRIED = array( 15.0, 20.0, 50 );

	const BATCH_BYTES = 4000000;

	/**
	 * Registers the cron hooks.
	 */
	public static function hook() {
		add_action( 'recsys_related_work', array( self::class, 'run_by_clock' ) );
		add_action( 'recsys_related_hourly', array( self::class, 'run_by_clock' ) );
	}

	/**
	 * Runs from cron.
	 */
	public static function run_by_clock() {
		self::run_with_archive( self::UNHURRIED );
	}

	/**
	 * Carries out the tasks that are due, including the archive.
	 *
	 * @param array $pace Seconds of a request, seconds after which none is begun, posts at once.
	 */
	public static function run_with_archive( array $pace ) {
		self::run( $pace, true );
	}

	/**
	 * Carries out tasks until none is due or the time is up; cron does the rest.
	 *
	 * @param array $pace         Seconds of a request, seconds after which none is begun, posts at once.
	 * @param bool  $with_archive Whether the archive is due.
	 */
	public static function run( array $pace, $with_archive = false ) {
		list( $seconds, $in_all, $most ) = $pace;

		$client  = Client::of_settings();
		$breaker = new Breaker( 'writes' );
		$end     = microtime( true ) + $in_all;
		$rows    = $client ? Stories::due( time(), $most, $with_archive ) : array();
		while ( $rows && microtime( true ) < $end && $breaker->may_call( time() ) ) {
			if ( ! self::work( $client, $rows, $seconds ) ) {
				break; // The breaker stays open: nobody tries for a minute.
			}
			$breaker->close();
			$rows = Stories::due( time(), $most, $with_archive );
		}
		self::go_on_later();
	}

	/**
	 * Schedules cron if tasks are left.
	 */
	public static function go_on_later() {
		$counts = Stories::counts();
		if ( $counts['waiting'] && ! wp_next_scheduled( 'recsys_related_work' ) ) {
			$is_open = (int) ( new Breaker( 'writes' ) )->until() > time();
			wp_schedule_single_event( time() + ( $is_open || ! $counts['bulk'] ? Breaker::seconds() : 0 ), 'recsys_related_work' );
		}
	}

	/**
	 * Carries out one batch. Returns whether the service works.
	 *
	 * @param Client   $client  The service.
	 * @param object[] $rows    What is to be done.
	 * @param float    $seconds Time limit of a request.
	 * @return bool
	 */
	private static function work( Client $client, array $rows, $seconds ) {
		$to_send = array();
		foreach ( $rows as $row ) {
			if ( 'send' === $row->task ) {
				$to_send[] = $row;
			} elseif ( 'withdraw' === $row->task && ! self::withdraw( $client, $row, $seconds ) ) {
				return false;
			}
		}
		if ( ! self::send( $client, $to_send, $seconds ) ) {
			return false;
		}
		foreach ( $rows as $row ) {
			$is_wanted = 'list' === $row->task || ( (int) $row->is_news && 'withdraw' !== $row->task );
			if ( $is_wanted && ! Lists::make_in_background( (int) $row->post_id, $client, min( $seconds, Lists::BACKGROUND ) ) ) {
				return false;
			}
			if ( 'list' === $row->task ) {
				Stories::done( $row );
			}
		}
		return true;
	}

	/**
	 * Sends posts, as many in one request as fit.
	 *
	 * @param Client   $client  The service.
	 * @param object[] $rows    Rows with the task to send.
	 * @param float    $seconds Time limit of a request.
	 * @return bool Whether the service is well.
	 */
	private static function send( Client $client, array $rows, $seconds ) {
		_prime_post_caches( array_map( 'intval', wp_list_pluck( $rows, 'post_id' ) ) );
		$batch = array();
		$bytes = 0;
		foreach ( $rows as $row ) {
			$letter = self::letter( $row );
			if ( null === $letter ) {
				continue;
			}
			if ( $batch && $bytes + $letter['bytes'] > self::BATCH_BYTES ) {
				if ( ! self::deliver( $client, $batch, $seconds ) ) {
					return false;
				}
				$batch = array();
				$bytes = 0;
			}
			$batch[] = $letter;
			$bytes  += $letter['bytes'];
		}
		return ! $batch || self::deliver( $client, $batch, $seconds );
	}

	/**
	 * Returns what to send for a row; null if the service already has it or there is nothing to send.
	 *
	 * @param object $row A row.
	 * @return array|null
	 */
	private static function letter( $row ) {
		$post = get_post( (int) $row->post_id );
		if ( ! $post || ! Story::is_public( $post ) ) {
			Stories::done( $row );
			return null;
		}
		$is_known = ! in_array( $row->sent, array( '', 'withdrawn' ), true );
		$article  = Story::build( $post, (int) $row->is_news || $is_known || 'withdrawn' === $row->sent );
		$bare     = array_diff_key( $article, array( 'first_seen_at' => 1 ) );
		$hash     = md5( (string) wp_json_encode( $bare ) );
		if ( '' !== $row->url && self::is_other_address( $row->url, $article['url'] ) ) {
			Stories::withdraw_address( $row->url );
		}
		if ( $hash === $row->sent && ! (int) $row->is_news ) {
			Stories::done( $row );
			return null;
		}
		return array(
			'row'     => $row,
			'article' => $article,
			'hash'    => $hash,
			'bytes'   => strlen( (string) wp_json_encode( $article ) ),
		);
	}

	/**
	 * Whether two addresses lead to different places.
	 *
	 * @param string $one   An address.
	 * @param string $other Another.
	 * @return bool
	 */
	private static function is_other_address( $one, $other ) {
		return Stories::key_of( $one ) !== Stories::key_of( $other );
	}

	/**
	 * Sends a batch. If the service refuses it, sends the posts one by one, so that a bad one does not hold up the others.
	 *
	 * @param Client  $client  The service.
	 * @param array[] $batch   Of `letter`.
	 * @param float   $seconds Time limit of a request.
	 * @return bool Whether the service is well.
	 */
	private static function deliver( Client $client, array $batch, $seconds ) {
		$reply = $client->put_articles( wp_list_pluck( $batch, 'article' ), $seconds );
		if ( $reply->is_for_later() ) {
			foreach ( $batch as $letter ) {
				Stories::later( $letter['row'], time(), $reply->problem() );
			}
			return false;
		}
		if ( ! $reply->ok() && count( $batch ) > 1 ) {
			foreach ( $batch as $letter ) {
				if ( ! self::deliver( $client, array( $letter ), $seconds ) ) {
					return false;
				}
			}
			return true;
		}
		foreach ( $batch as $letter ) {
			self::note_delivery( $letter, $reply );
		}
		return true;
	}

	/**
	 * Records that a post was accepted or refused.
	 *
	 * @param array $letter Of `letter`.
	 * @param Reply $reply  What the service said.
	 */
	private static function note_delivery( array $letter, Reply $reply ) {
		$url = $letter['article']['url'];
		Stories::done(
			$letter['row'],
			array(
				'url'     => $url,
				'url_key' => Stories::key_of( $url ),
				'sent'    => $reply->ok() ? $letter['hash'] : '',
				'problem' => $reply->ok() ? '' : mb_substr( $reply->problem(), 0, 500 ),
			)
		);
	}

	/**
	 * Withdraws what was sent for a row, or what another system sent for its post.
	 *
	 * @param Client $client  The service.
	 * @param object $row     A row.
	 * @param float  $seconds Time limit.
	 * @return bool Whether the service is well.
	 */
	private static function withdraw( Client $client, $row, $seconds ) {
		$url   = '' === $row->url ? (string) get_permalink( (int) $row->post_id ) : $row->url;
		$reply = $client->withdraw( $url, $seconds );
		if ( 404 !== $reply->status && $reply->is_for_later() ) {
			Stories::later( $row, time(), $reply->problem() );
			return false;
		}
		if ( null === $row->post_id ) {
			Stories::drop( $row );
		} else {
			Stories::done( $row, array( 'sent' => 'withdrawn' ) );
		}
		return true;
	}
}
