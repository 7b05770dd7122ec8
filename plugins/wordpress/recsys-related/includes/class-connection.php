<?php
/**
 * Tests the connection to the service and the key.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Tests without writing anything. The saved key is only sent to the saved address; another address is tested without a
 * key, or with the one entered with it. Responses are never shown verbatim.
 */
final class Connection {

	const SECONDS = 4.0;

	/**
	 * Handles the test on the settings page, with the values in its form, saved or not.
	 *
	 * @param \WP_REST_Request $request With url and key.
	 * @return \WP_REST_Response With ok and message.
	 */
	public static function test( $request ) {
		return new \WP_REST_Response( self::find( Settings::sanitize_url( (string) $request['url'] ), trim( (string) $request['key'] ) ) );
	}

	/**
	 * Tests an address.
	 *
	 * @param string $url   The address of the service; empty if invalid.
	 * @param string $typed The key that was entered, or empty.
	 * @return array With ok and message.
	 */
	private static function find( $url, $typed ) {
		if ( '' !== $typed && ! Settings::is_key( $typed ) ) {
			return self::result( false, __( 'Invalid key: it must begin with rk_.', 'recsys-related' ) );
		}
		if ( '' === $url || Settings::get( 'url' ) === $url ) {
			return self::ask( $url, '' === $typed ? Settings::get( 'key' ) : $typed );
		}
		$place = Address::find_for_test( $url );
		return isset( $place['problem'] ) ? self::result( false, $place['problem'] ) : self::ask_elsewhere( $url, $typed, $place['ip'] );
	}

	/**
	 * Asks the saved address whether it is ready, then withdraws a page that does not exist: a key with the right to
	 * write gets a 404.
	 *
	 * @param string $url The address of the service.
	 * @param string $key A key.
	 * @return array With ok and message.
	 */
	public static function ask( $url, $key ) {
		if ( '' === $url ) {
			return self::result( false, __( 'Invalid address: it must begin with http:// or https://.', 'recsys-related' ) );
		}
		$client = new Client( $url, $key );
		$ready  = $client->ready( self::SECONDS );
		$health = self::read_health( $ready );
		if ( null === $health ) {
			/* translators: %s: what went wrong */
			return self::result( false, sprintf( __( 'The service does not respond: %s', 'recsys-related' ), $ready->outcome() ) );
		}
		return self::try_key( $client, $health );
	}

	/**
	 * Tests an address that is not saved. The result reveals nothing except whether there is a service.
	 *
	 * @param string $url   The address to test.
	 * @param string $typed The key that was entered, or empty.
	 * @param string $ip    The IP address of its host.
	 * @return array With ok and message.
	 */
	private static function ask_elsewhere( $url, $typed, $ip ) {
		$client = new Client( $url, $typed, $ip );
		$health = self::read_health( $client->ready( self::SECONDS ) );
		if ( null === $health ) {
			return self::result( false, __( 'There is no recsys service at this address.', 'recsys-related' ) );
		}
		if ( '' !== $typed ) {
			return self::try_key( $client, $health );
		}
		/* translators: %s: number of stories */
		return self::result( true, sprintf( __( 'A recsys service responds and knows %s stories. The saved key was not sent, because it belongs to the saved address. To test the key, enter it or save the address first.', 'recsys-related' ), number_format_i18n( $health['articles'] ) ) );
	}

	/**
	 * Tests whether a key has the right to write.
	 *
	 * @param Client $client The service, with the key.
	 * @param array  $health Of `read_health`.
	 * @return array With ok and message.
	 */
	private static function try_key( Client $client, array $health ) {
		$refused = $client->withdraw( home_url( '/recsys-related-connection-test' ), self::SECONDS );
		if ( 404 !== $refused->status ) {
			/* translators: %s: what went wrong */
			return self::result( false, sprintf( __( 'The service responds, but the key does not have the right to write: %s', 'recsys-related' ), $refused->outcome() ) );
		}
		/* translators: 1: number of stories, 2: name of a model */
		return self::result( true, sprintf( __( 'Connected. The service knows %1$s stories and uses the model “%2$s”. The key has the right to write.', 'recsys-related' ), number_format_i18n( $health['articles'] ), $health['model'] ) );
	}

	/**
	 * Parses the health of a service; null if it is malformed.
	 *
	 * @param Reply $ready The response.
	 * @return array|null With articles and model.
	 */
	private static function read_health( Reply $ready ) {
		$health = $ready->ok() ? $ready->json() : null;
		if ( ! is_int( $health['articles'] ?? null ) || ! is_string( $health['model'] ?? null ) ) {
			return null;
		}
		return array(
			'articles' => max( 0, $health['articles'] ),
			'model'    => mb_substr( preg_replace( '/[^\w.:-]/', '', $health['model'] ), 0, 60 ),
		);
	}

	/**
	 * Builds a result.
	 *
	 * @param bool   $ok      Whether the test succeeded.
	 * @param string $message For people.
	 * @return array
	 */
	private static function result( $ok, $message ) {
		return array(
			'ok'      => $ok,
			'message' => $message,
		);
	}
}
