<?php
/**
 * Whether the service answers, and takes our key.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Asks without writing anything. The saved key goes to the saved address only; another address is tested without a key,
 * or with the one that was typed beside it. Nothing that is answered is repeated as it is.
 */
final class Connection {

	const SECONDS = 4.0;

	/**
	 * For the settings page: with what stands in its form, saved or not.
	 *
	 * @param \WP_REST_Request $request With url and key.
	 * @return \WP_REST_Response With ok and message.
	 */
	public static function test( $request ) {
		return new \WP_REST_Response( self::find( Settings::sanitize_url( (string) $request['url'] ), trim( (string) $request['key'] ) ) );
	}

	/**
	 * What is found at an address.
	 *
	 * @param string $url   Where the service is; empty for what is no address.
	 * @param string $typed A key that was typed, or nothing.
	 * @return array With ok and message.
	 */
	private static function find( $url, $typed ) {
		if ( '' !== $typed && ! Settings::is_key( $typed ) ) {
			return self::said( false, __( 'This is no key: it has to begin with rk_.', 'recsys-related' ) );
		}
		if ( '' === $url || Settings::get( 'url' ) === $url ) {
			return self::ask( $url, '' === $typed ? Settings::get( 'key' ) : $typed );
		}
		$place = Address::find_for_test( $url );
		return isset( $place['problem'] ) ? self::said( false, $place['problem'] ) : self::ask_elsewhere( $url, $typed, $place['ip'] );
	}

	/**
	 * Asks the saved address whether it is ready, then to withdraw a page that does not exist: who may write is told
	 * that nobody knows it.
	 *
	 * @param string $url Where the service is.
	 * @param string $key A key.
	 * @return array With ok and message.
	 */
	public static function ask( $url, $key ) {
		if ( '' === $url ) {
			return self::said( false, __( 'This is no address: it has to begin with http:// or https://.', 'recsys-related' ) );
		}
		$client = new Client( $url, $key );
		$ready  = $client->ready( self::SECONDS );
		$health = self::read_health( $ready );
		if ( null === $health ) {
			/* translators: %s: what went wrong */
			return self::said( false, sprintf( __( 'The service does not answer: %s', 'recsys-related' ), $ready->outcome() ) );
		}
		return self::try_key( $client, $health );
	}

	/**
	 * The same of an address that is not saved, which is told from others by nothing but whether a service is there.
	 *
	 * @param string $url   Where the service may be.
	 * @param string $typed A key that was typed, or nothing.
	 * @param string $ip    Where the host of the address is.
	 * @return array With ok and message.
	 */
	private static function ask_elsewhere( $url, $typed, $ip ) {
		$client = new Client( $url, $typed, $ip );
		$health = self::read_health( $client->ready( self::SECONDS ) );
		if ( null === $health ) {
			return self::said( false, __( 'No recsys service answers at this address.', 'recsys-related' ) );
		}
		if ( '' !== $typed ) {
			return self::try_key( $client, $health );
		}
		/* translators: %s: number of stories */
		return self::said( true, sprintf( __( 'A recsys service answers and knows %s stories. No key was sent: the saved key is sent to the saved address only. Type a key, or save the address, and test again.', 'recsys-related' ), number_format_i18n( $health['articles'] ) ) );
	}

	/**
	 * Whether a key may write.
	 *
	 * @param Client $client The service, with the key.
	 * @param array  $health Of `read_health`.
	 * @return array With ok and message.
	 */
	private static function try_key( Client $client, array $health ) {
		$refused = $client->withdraw( home_url( '/recsys-related-connection-test' ), self::SECONDS );
		if ( 404 !== $refused->status ) {
			/* translators: %s: what went wrong */
			return self::said( false, sprintf( __( 'The service answers, but the key may not write: %s', 'recsys-related' ), $refused->outcome() ) );
		}
		/* translators: 1: number of stories, 2: name of a model */
		return self::said( true, sprintf( __( 'Connected. The service knows %1$s stories, its model is “%2$s”, and the key may write.', 'recsys-related' ), number_format_i18n( $health['articles'] ), $health['model'] ) );
	}

	/**
	 * What a service says of itself; null for anything else.
	 *
	 * @param Reply $ready What was answered.
	 * @return array|null With articles and model.
	 */
	private static function read_health( Reply $ready ) {
		$told = $ready->ok() ? $ready->json() : null;
		if ( ! is_int( $told['articles'] ?? null ) || ! is_string( $told['model'] ?? null ) ) {
			return null;
		}
		return array(
			'articles' => max( 0, $told['articles'] ),
			'model'    => mb_substr( preg_replace( '/[^\w.:-]/', '', $told['model'] ), 0, 60 ),
		);
	}

	/**
	 * A finding.
	 *
	 * @param bool   $ok      Whether all is well.
	 * @param string $message For people.
	 * @return array
	 */
	private static function said( $ok, $message ) {
		return array(
			'ok'      => $ok,
			'message' => $message,
		);
	}
}
