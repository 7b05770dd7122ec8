<?php
/**
 * [recsys_related k="5" dial="0.3" heading="More" look="cards"].
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Shows the list of the post that contains the shortcode.
 */
final class Shortcode {

	/**
	 * Registers the shortcode.
	 */
	public static function hook() {
		add_shortcode( 'recsys_related', array( self::class, 'render' ) );
	}

	/**
	 * Returns the list.
	 *
	 * @param array|string $attributes As written.
	 * @return string
	 */
	public static function render( $attributes ) {
		return Markup::render( get_the_ID(), self::wishes( (array) $attributes ) );
	}

	/**
	 * Returns the valid options of one list from the attributes.
	 *
	 * @param array $given With k, dial, heading, look, each or none.
	 * @return array
	 */
	public static function wishes( array $given ) {
		$text = static function ( $name ) use ( $given ) {
			return isset( $given[ $name ] ) && is_scalar( $given[ $name ] ) ? trim( (string) $given[ $name ] ) : '';
		};
		return array(
			'k'       => max( 0, min( 20, (int) $text( 'k' ) ) ),
			'dial'    => Settings::sanitize_dial( $text( 'dial' ) ),
			'heading' => mb_substr( $text( 'heading' ), 0, 200 ),
			'look'    => $text( 'look' ),
		);
	}
}
