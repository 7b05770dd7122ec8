<?php
/**
 * The style sheet and the script of a list; both are files of this site, so that a strict content security policy allows them.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * They are always registered, but only printed where there is a list.
 */
final class Assets {

	/**
	 * Registers the hooks.
	 */
	public static function hook() {
		add_action( 'init', array( self::class, 'register' ), 5 );
		add_action( 'wp_enqueue_scripts', array( self::class, 'style_in_head' ) );
	}

	/**
	 * Registers the style sheet and the script.
	 */
	public static function register() {
		wp_register_style( 'recsys-related', self::url( 'assets/related.css' ), array(), RECSYS_RELATED_VERSION );
		wp_register_script( 'recsys-related', self::url( 'assets/widget.js' ), array(), RECSYS_RELATED_VERSION, true );
	}

	/**
	 * In a theme without blocks the head is printed before the list is known: there the style is printed for every post
	 * that may have one. Otherwise it would be printed below, and the page would shift.
	 */
	public static function style_in_head() {
		if ( is_singular( Settings::post_types() ) && ! wp_is_block_theme() && 'plain' !== Settings::get( 'look' ) ) {
			wp_enqueue_style( 'recsys-related' );
		}
	}

	/**
	 * Prints both, because a list is shown.
	 *
	 * @param string $look One of Settings::LOOKS.
	 */
	public static function need( $look ) {
		if ( 'plain' !== $look ) {
			wp_enqueue_style( 'recsys-related' );
		}
		if ( 'off' !== Settings::get( 'events' ) ) {
			wp_enqueue_script( 'recsys-related' );
		}
	}

	/**
	 * The address of a file of the plugin.
	 *
	 * @param string $path Within the plugin.
	 * @return string
	 */
	public static function url( $path ) {
		return plugins_url( $path, RECSYS_RELATED_FILE );
	}
}
