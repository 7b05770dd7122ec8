<?php
/**
 * The settings, which are validated when they are saved.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * The option `recsys_related`. RECSYS_RELATED_URL and RECSYS_RELATED_KEY in wp-config.php override it; a key belongs to
 * the address with which it was saved, and is never sent to another.
 */
final class Settings {

	const OPTION = 'recsys_related';

	const PLACEMENTS = array( 'after', 'none' );
	const LOOKS      = array( 'list', 'cards', 'plain' );
	const EVENTS     = array( 'wordpress', 'direct', 'off' );
	const POPULAR    = array( 'comments', 'views', 'off' );

	/**
	 * The default values.
	 *
	 * @return array
	 */
	public static function defaults() {
		return array(
			'url'       => '',
			'key'       => '',
			'k'         => 5,
			'dial'      => '', // Empty: the learned value.
			'sections'  => array(), // Empty: all.
			'heading'   => '', // Empty: "Related stories" in the site's language.
			'placement' => 'after',
			'look'      => 'list',
			'patience'  => 40, // Milliseconds that a page view may wait for the service.
			'events'    => 'wordpress',
			'popular'   => 'comments',
			'views_key' => '',
		);
	}

	/**
	 * Returns all settings.
	 *
	 * @return array
	 */
	public static function all() {
		$kept = get_option( self::OPTION, array() );
		$all  = array_merge( self::defaults(), is_array( $kept ) ? $kept : array() );
		if ( defined( 'RECSYS_RELATED_URL' ) ) {
			$all['url'] = (string) RECSYS_RELATED_URL;
			$all['key'] = defined( 'RECSYS_RELATED_KEY' ) ? (string) RECSYS_RELATED_KEY : $all['key'];
		}
		return $all;
	}

	/**
	 * Returns one setting.
	 *
	 * @param string $name Its name.
	 * @return mixed
	 */
	public static function get( $name ) {
		return self::all()[ $name ];
	}

	/**
	 * Returns the valid settings from a submitted form. An empty key keeps the saved one if the address is unchanged.
	 *
	 * @param mixed $raw What came.
	 * @return array
	 */
	public static function sanitize( $raw ) {
		$raw  = is_array( $raw ) ? $raw : array();
		$kept = get_option( self::OPTION, array() );
		$old  = array_merge( self::defaults(), is_array( $kept ) ? $kept : array() );
		$text = static function ( $name ) use ( $raw, $old ) {
			return isset( $raw[ $name ] ) && is_scalar( $raw[ $name ] ) ? sanitize_text_field( (string) $raw[ $name ] ) : $old[ $name ];
		};
		$one  = static function ( $name, $allowed ) use ( $text, $old ) {
			$given = $text( $name );
			return in_array( $given, $allowed, true ) ? $given : $old[ $name ];
		};
		$url  = self::sanitize_new_url( (string) $text( 'url' ), $old['url'] );
		$raws = isset( $raw['sections'] ) && is_array( $raw['sections'] ) ? $raw['sections'] : array();
		return array(
			'url'       => $url,
			'key'       => self::sanitize_key( trim( isset( $raw['key'] ) && is_string( $raw['key'] ) ? $raw['key'] : '' ), $url, $old ),
			'k'         => max( 1, min( 20, (int) $text( 'k' ) ) ),
			'dial'      => self::sanitize_dial( $text( 'dial' ) ),
			'sections'  => array_slice( array_values( array_filter( array_map( 'sanitize_text_field', array_filter( $raws, 'is_string' ) ) ) ), 0, 20 ),
			'heading'   => mb_substr( (string) $text( 'heading' ), 0, 200 ),
			'placement' => $one( 'placement', self::PLACEMENTS ),
			'look'      => $one( 'look', self::LOOKS ),
			'patience'  => max( 10, min( 1000, (int) $text( 'patience' ) ) ),
			'events'    => $one( 'events', self::EVENTS ),
			'popular'   => $one( 'popular', self::POPULAR ),
			'views_key' => preg_replace( '/[^\w-]/', '', (string) $text( 'views_key' ) ),
		);
	}

	/**
	 * Whether a text has the form of a key of the service.
	 *
	 * @param string $key As given.
	 * @return bool
	 */
	public static function is_key( $key ) {
		return 1 === preg_match( '/^rk_[\w-]{20,100}$/D', $key );
	}

	/**
	 * Returns the key for an address: the one entered, or the saved one if the address is the same. The old key is not sent
	 * to another address, so that whoever changes the address cannot learn it.
	 *
	 * @param string $typed What was typed.
	 * @param string $url   The address.
	 * @param array  $old   What was kept.
	 * @return string
	 */
	private static function sanitize_key( $typed, $url, array $old ) {
		if ( self::is_key( $typed ) ) {
			return $typed;
		}
		if ( $url === $old['url'] || '' === $old['key'] ) {
			return $old['key'];
		}
		self::complain( 'key', __( 'The address of the service was changed, so the key was removed: a key is only sent to the address it was saved with. Enter the key for the new address.', 'recsys-related' ) );
		return '';
	}

	/**
	 * Returns the new address of the service, or the old one if the new one is impossible.
	 *
	 * @param string $given As given.
	 * @param string $old   The old one.
	 * @return string
	 */
	private static function sanitize_new_url( $given, $old ) {
		$url = self::sanitize_url( $given );
		if ( '' === $url || $url === $old || ! Address::is_never_a_service( $url ) ) {
			return $url;
		}
		self::complain( 'url', __( 'This address cannot be used: it is link-local, multicast or reserved.', 'recsys-related' ) );
		return $old;
	}

	/**
	 * Shows an error on the settings page, if there is one.
	 *
	 * @param string $code What it is about.
	 * @param string $text For people.
	 */
	private static function complain( $code, $text ) {
		if ( function_exists( 'add_settings_error' ) ) {
			add_settings_error( self::OPTION, "recsys-$code", $text );
		}
	}

	/**
	 * Returns the address of a service without a trailing slash, or nothing if it has a user name, query or fragment.
	 *
	 * @param string $url As given.
	 * @return string
	 */
	public static function sanitize_url( $url ) {
		$clean = esc_url_raw( trim( $url ), array( 'http', 'https' ) );
		return preg_match( '#^https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?(/[\w./~%-]*)?$#Di', $clean ) ? untrailingslashit( $clean ) : '';
	}

	/**
	 * Returns a dial from 0 to 1 as text; empty means the learned value.
	 *
	 * @param mixed $dial As given.
	 * @return string
	 */
	public static function sanitize_dial( $dial ) {
		return is_numeric( $dial ) && $dial >= 0 && $dial <= 1 ? rtrim( rtrim( number_format( (float) $dial, 2, '.', '' ), '0' ), '.' ) : '';
	}

	/**
	 * Returns the heading of a list.
	 *
	 * @return string
	 */
	public static function heading() {
		$chosen = self::get( 'heading' );
		return '' === $chosen ? __( 'Related stories', 'recsys-related' ) : $chosen;
	}

	/**
	 * Returns the post types that are sent and that have lists.
	 *
	 * @return string[]
	 */
	public static function post_types() {
		return (array) apply_filters( 'recsys_related_post_types', array( 'post' ) );
	}
}
