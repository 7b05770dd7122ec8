<?php
/**
 * What was shown and clicked: handed on to the service, and counted for the dashboard.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Nothing is kept of a reader. The browser's name goes with the report so that the service can leave bots out; the
 * address does not. Only what the service took is counted.
 */
final class Events {

	const MOST       = 50;
	const MOST_BYTES = 300000;
	const SECONDS    = 1.0;

	/**
	 * A report of the widget, in the form of docs/http.md.
	 *
	 * @param \WP_REST_Request $request Its body is JSON, sent as text.
	 * @return \WP_REST_Response
	 */
	public static function take( $request ) {
		$body   = (string) $request->get_body();
		$told   = strlen( $body ) <= self::MOST_BYTES ? json_decode( $body, true, 8 ) : null;
		$events = is_array( $told ) && isset( $told['events'] ) && is_array( $told['events'] ) ? self::read( $told['events'] ) : null;
		if ( ! $events || 'wordpress' !== Settings::get( 'events' ) ) {
			return new \WP_REST_Response( null, $events ? 204 : 400 );
		}
		$agent   = mb_substr( (string) $request->get_header( 'user_agent' ), 0, 500 );
		$counted = self::hand_on( $events, $agent );
		return new \WP_REST_Response( array( 'counted' => $counted ), 200 );
	}

	/**
	 * Events that are well formed; null when one is not.
	 *
	 * @param array $told As sent.
	 * @return array[]|null
	 */
	private static function read( array $told ) {
		$events = array();
		foreach ( $told as $event ) {
			$is_known = is_array( $event ) && in_array( $event['kind'] ?? '', array( 'shown', 'clicked' ), true );
			if ( ! $is_known || ! Token::is_one( $event['token'] ?? '' ) || ! preg_match( '/^[0-9a-f]{32}$/D', (string) ( $event['view'] ?? '' ) ) ) {
				return null;
			}
			$read = array_intersect_key( $event, array_flip( array( 'kind', 'token', 'view' ) ) );
			if ( 'clicked' === $event['kind'] ) {
				$read['position'] = (int) ( $event['position'] ?? 0 );
				if ( $read['position'] < 1 || $read['position'] > Markup::FIRST_PIN ) {
					return null;
				}
			}
			$events[] = $read;
		}
		return $events && count( $events ) <= self::MOST ? $events : null;
	}

	/**
	 * Sends events to the service, unless it did not answer within the last minute. How many it took.
	 *
	 * @param array[] $events Well formed.
	 * @param string  $agent  The browser's name.
	 * @return int
	 */
	private static function hand_on( array $events, $agent ) {
		$client = Client::of_settings();
		if ( ! $client || (int) ( new Breaker( 'events' ) )->until() > time() ) {
			return 0;
		}
		$reply = $client->report( $events, $agent, self::SECONDS );
		if ( 0 === $reply->status || $reply->status >= 500 ) {
			( new Breaker( 'events' ) )->may_call( time() ); // Opens it.
			return 0;
		}
		$told    = $reply->ok() ? $reply->json() : null;
		$counted = (int) ( $told['counted'] ?? 0 );
		self::count( $events, $counted, $reply->ok() && ! preg_match( '/bot|crawl|spider|headless|curl|wget|python/i', $agent ) );
		return $counted;
	}

	/**
	 * Counts what the service took: clicks first, when it took only some. A click on a pinned story is not in the list that
	 * the service signed, so it counts nothing there, and once here.
	 *
	 * @param array[] $events    Well formed, with genuine tokens.
	 * @param int     $counted   How many the service took.
	 * @param bool    $is_reader Whether the browser's name is no bot's.
	 */
	private static function count( array $events, $counted, $is_reader ) {
		usort(
			$events,
			static function ( $one, $other ) {
				return strcmp( $one['kind'], $other['kind'] );
			}
		);
		foreach ( $events as $event ) {
			$list  = Token::read( $event['token'] );
			$pages = $list ? Stories::find( array( $list['page'] ) ) : array();
			$page  = (int) reset( $pages );
			$place = (int) ( $event['position'] ?? 0 );
			if ( ! $page ) {
				continue;
			}
			if ( $place > count( $list['urls'] ) ) {
				$pins = Post_Choices::pins( $page );
				$pin  = $pins[ Markup::FIRST_PIN - $place ] ?? 0;
				if ( $pin && $is_reader ) {
					Counts::click( $page, $pin );
				}
				continue;
			}
			if ( $counted-- > 0 ) {
				$place ? self::count_click( $page, $list['urls'][ $place - 1 ] ) : Counts::show( $page );
			}
		}
	}

	/**
	 * Counts a click on a story of a list.
	 *
	 * @param int    $page Post id of the page.
	 * @param string $url  Of the story.
	 */
	private static function count_click( $page, $url ) {
		$found = Stories::find( array( $url ) );
		Counts::click( $page, (int) reset( $found ) );
	}
}
