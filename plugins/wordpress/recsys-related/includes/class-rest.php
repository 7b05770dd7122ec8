<?php
/**
 * Routes of the plugin under /wp-json/recsys/v1.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Routes for the reports of readers' browsers and for the settings page.
 */
final class Rest {

	const SPACE = 'recsys/v1';

	/**
	 * Registers the hook.
	 */
	public static function hook() {
		add_action( 'rest_api_init', array( self::class, 'register' ) );
	}

	/**
	 * Registers the routes. Only the one for events is public; the others require the right to change settings, and a nonce.
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
