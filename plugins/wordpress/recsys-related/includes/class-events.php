<?php
/**
 * Views and clicks: forwarded to the service, and counted for the dashboard.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Nothing about readers is stored. The user agent is forwarded so that the service can exclude bots; the IP address is
 * not. Only what the service accepted is counted, and each view and click once (see Reports).
 */
final class Events {

	const MAX_EVENTS = 50;
	const MAX_BYTES  = 300000;
	const SECONDS    = 1.0;

	/**
	 * Handles a report of the widget, in the format of docs/http.md.
	 *
	 * @param \WP_REST_Request $request Its body is JSON, sent as text.
	 * @return \WP_REST_Response
	 */
	public static function take( $request ) {
		$body   = (string) $request->get_body();
		$data   = strlen( $body ) <= self::MAX_BYTES ? json_decode( $body, true, 8 ) : null;
		$events = is_array( $data ) && isset( $data['events'] ) && is_array( $data['events'] ) ? self::read( $data['events'] ) : null;
		if ( ! $events || 'wordpress' !== Settings::get( 'events' ) ) {
			return new \WP_REST_Response( null, $events ? 204 : 400 );
		}
		if ( self::is_from_elsewhere( $request ) ) {
			return new \WP_REST_Response( null, 403 );
		}
		$agent = mb_substr( (string) $request->get_header( 'user_agent' ), 0, 500 );
		if ( ! Reports::is_reader( $agent ) ) {
			return self::counted( 0 );
		}
		if ( ! Reports::may_come( self::address(), count( $events ) ) ) {
			return new \WP_REST_Response( null, 429, array( 'Retry-After' => (string) MINUTE_IN_SECONDS ) );
		}
		$new = Reports::find_new( $events );
		return self::counted( $new ? self::forward( $new, $agent ) : 0 );
	}

	/**
	 * Builds the response to a report.
	 *
	 * @param int $count Events that the service accepted.
	 * @return \WP_REST_Response
	 */
	private static function counted( $count ) {
		return new \WP_REST_Response( array( 'counted' => $count ), 200 );
	}

	/**
	 * Whether the report comes from a page of another site, which could fake clicks of its readers.
	 *
	 * @param \WP_REST_Request $request With the headers that browsers send.
	 * @return bool
	 */
	private static function is_from_elsewhere( $request ) {
		$site   = (string) $request->get_header( 'sec_fetch_site' );
		$origin = (string) $request->get_header( 'origin' );
		if ( in_array( $site, array( 'same-origin', 'same-site' ), true ) || ( 'cross-site' !== $site && in_array( $origin, array( '', 'null' ), true ) ) ) {
			return false;
		}
		$ours = array_map(
			static function ( $url ) {
				return wp_parse_url( $url, PHP_URL_HOST );
			},
			array( home_url(), site_url() )
		);
		return ! in_array( wp_parse_url( $origin, PHP_URL_HOST ), array_filter( $ours ), true ) && ! in_array( $origin, get_allowed_http_origins(), true );
	}

	/**
	 * Returns the client's address. Behind a proxy it is the proxy's address unless a filter returns another: headers can
	 * be forged.
	 *
	 * @return string
	 */
	private static function address() {
		$address = isset( $_SERVER['REMOTE_ADDR'] ) ? sanitize_text_field( wp_unslash( $_SERVER['REMOTE_ADDR'] ) ) : '';
		return (string) apply_filters( 'recsys_related_client_address', $address );
	}

	/**
	 * Returns the events; null if any is malformed.
	 *
	 * @param array $items As received.
	 * @return array[]|null
	 */
	private static function read( array $items ) {
		$events = array();
		foreach ( $items as $event ) {
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
		return $events && count( $events ) <= self::MAX_EVENTS ? $events : null;
	}

	/**
	 * Forwards events to the service, unless it failed within the last minute. Returns how many it accepted.
	 *
	 * @param array[] $events Validated events.
	 * @param string  $agent  The user agent.
	 * @return int
	 */
	private static function forward( array $events, $agent ) {
		$client = Client::of_settings();
		if ( ! $client || (int) ( new Breaker( 'events' ) )->until() > time() ) {
			return 0;
		}
		$reply = $client->report( $events, $agent, self::SECONDS );
		if ( 0 === $reply->status || $reply->status >= 500 ) {
			( new Breaker( 'events' ) )->may_call( time() ); // Opens the breaker.
			return 0;
		}
		$result  = $reply->ok() ? $reply->json() : null;
		$counted = (int) ( $result['counted'] ?? 0 );
		if ( $reply->ok() ) {
			self::count( $events, $counted );
		}
		return $counted;
	}

	/**
	 * Counts what the service accepted. If it accepted only some, views are counted first, so that views are never counted
	 * as clicks. A click on a pinned story is not in the list that the service signed; it is only counted here.
	 *
	 * @param array[] $events  Validated, not counted yet, with valid tokens.
	 * @param int     $counted How many the service accepted.
	 */
	private static function count( array $events, $counted ) {
		usort(
			$events,
			static function ( $one, $other ) {
				return strcmp( $other['kind'], $one['kind'] );
			}
		);
		foreach ( $events as $event ) {
			$list  = Token::read( $event['token'] );
			$pages = $list ? Stories::find( array( $list['page'] ) ) : array();
			$page  = (int) reset( $pages );
			$place = (int) ( $event['position'] ?? 0 );
			if ( $page && $place > count( $list['urls'] ) ) {
				$pins = Post_Choices::pins( $page );
				$pin  = $pins[ Markup::FIRST_PIN - $place ] ?? 0;
				if ( $pin && Reports::take( $event ) ) {
					Counts::click( $page, $pin );
				}
			} elseif ( $page && $counted-- > 0 && Reports::take( $event ) ) {
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
