<?php
/**
 * Routes of the plugin under /wp-json/recsys/v1.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * What readers' browsers report, and what the settings page asks for.
 */
final class Rest {

	const SPACE = 'recsys/v1';

	/**
	 * Hook of WordPress.
	 */
	public static function hook() {
		add_action( 'rest_api_init', array( self::class, 'register' ) );
	}

	/**
	 * The routes. Only that for events is open; the others take the right to change settings, and a nonce with the cookie.
	 */
	public static function register() {
		$owners = static function () {
			return current_user_can( 'manage_options' );
		};
		$routes = array(
			array( '/events', 'POST', array( Events::class, 'take' ), '__return_true' ),
			array( '/test', 'POST', array( Connection::class, 'test' ), $owners ),
			array( '/archive', 'GET', array( Archive::class, 'progress' ), $owners ),
			array( '/archive', 'POST', array( Archive::class, 'begin' ), $owners ),
			array( '/archive/step', 'POST', array( Archive::class, 'step' ), $owners ),
		);
		$text   = array(
			'type'    => 'string',
			'default' => '',
		);
		$args   = array(
			'/test' => array(
				'url' => $text,
				'key' => $text,
			),
		);
		foreach ( $routes as list( $path, $method, $callback, $may ) ) {
			register_rest_route(
				self::SPACE,
				$path,
				array(
					'methods'             => $method,
					'callback'            => $callback,
					'permission_callback' => $may,
					'args'                => $args[ $path ] ?? array(),
				)
			);
		}
	}
}
