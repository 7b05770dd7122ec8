<?php
/**
 * List tokens, signed by the service. Only the service can check whether one is genuine.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Reads a token without checking its signature; callers that rely on it ask the service first.
 */
final class Token {

	const LONGEST = 60000;

	/**
	 * Whether a text has the form of a token.
	 *
	 * @param mixed $token As it came.
	 * @return bool
	 */
	public static function is_one( $token ) {
		return is_string( $token ) && strlen( $token ) <= self::LONGEST && 1 === preg_match( '/^[\w-]+\.[\w-]+$/D', $token );
	}

	/**
	 * The page of the list and the addresses in it, in order; null if the token is malformed.
	 *
	 * @param string $token A token.
	 * @return array|null With `page` and `urls`.
	 */
	public static function read( $token ) {
		if ( ! self::is_one( $token ) ) {
			return null;
		}
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- the form of a token.
		$said = json_decode( (string) base64_decode( strtr( strtok( $token, '.' ), '-_', '+/' ) ), true, 8 );
		if ( ! is_array( $said ) || ! isset( $said[1], $said[3] ) || ! is_string( $said[1] ) || ! is_array( $said[3] ) ) {
			return null;
		}
		$urls = array();
		foreach ( $said[3] as $item ) {
			$urls[] = is_array( $item ) && isset( $item[0] ) && is_string( $item[0] ) ? $item[0] : '';
		}
		return array(
			'page' => $said[1],
			'urls' => $urls,
		);
	}
}
