<?php
/**
 * Whether the service answers, and takes our key.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Asks without writing anything.
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
		$url = Settings::sanitize_url( (string) $request['url'] );
		$key = trim( (string) $request['key'] );
		return new \WP_REST_Response( self::ask( $url, '' === $key ? Settings::get( 'key' ) : $key ) );
	}

	/**
	 * Asks whether it is ready, then to withdraw a page that does not exist: who may write is told that nobody knows it.
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
		$told   = $ready->ok() ? $ready->json() : null;
		if ( ! isset( $told['articles'], $told['model'] ) ) {
			/* translators: %s: what went wrong */
			return self::said( false, sprintf( __( 'The service does not answer: %s', 'recsys-related' ), $ready->problem() ) );
		}
		$refused = $client->withdraw( home_url( '/recsys-related-connection-test' ), self::SECONDS );
		if ( 404 !== $refused->status ) {
			/* translators: %s: what went wrong */
			return self::said( false, sprintf( __( 'The service answers, but the key may not write: %s', 'recsys-related' ), $refused->problem() ) );
		}
		/* translators: 1: number of stories, 2: name of a model */
		return self::said( true, sprintf( __( 'Connected. The service knows %1$s stories, its model is “%2$s”, and the key may write.', 'recsys-related' ), number_format_i18n( (int) $told['articles'] ), (string) $told['model'] ) );
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
