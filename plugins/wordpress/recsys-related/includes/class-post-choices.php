<?php
/**
 * Settings of one post: the stories pinned to its list, and whether it is recommended at all.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Two meta values of a post. Pins belong to the plugin: the service's dashboard pins a story in every list, these pin it
 * in the list of one post. A post that must not be recommended is withdrawn from the service, so that no list anywhere
 * contains it. The REST API shows both only to users who may edit the post.
 */
final class Post_Choices {

	const PINS    = '_recsys_related_pins';
	const EXCLUDE = '_recsys_related_exclude';
	const MOST    = 10;

	/**
	 * Registers both for the REST API, through which the editor saves.
	 */
	public static function hook() {
		add_action( 'init', array( self::class, 'register' ), 20 );
	}

	/**
	 * Registers both for every post type that has lists.
	 */
	public static function register() {
		$may = static function ( $allowed, $meta_key, $post_id ) {
			return current_user_can( 'edit_post', $post_id );
		};
		foreach ( Settings::post_types() as $type ) {
			add_filter( "rest_prepare_$type", array( self::class, 'hide' ), 10, 2 );
			register_post_meta(
				$type,
				self::EXCLUDE,
				array(
					'type'          => 'boolean',
					'single'        => true,
					'default'       => false,
					'show_in_rest'  => array( 'schema' => array( 'context' => array( 'edit' ) ) ),
					'auth_callback' => $may,
				)
			);
			register_post_meta(
				$type,
				self::PINS,
				array(
					'type'              => 'array',
					'single'            => true,
					'default'           => array(),
					'sanitize_callback' => array( self::class, 'sanitize_pins' ),
					'auth_callback'     => $may,
					'show_in_rest'      => array(
						'schema' => array(
							'type'     => 'array',
							'context'  => array( 'edit' ),
							'maxItems' => self::MOST,
							'items'    => array( 'type' => 'integer' ),
						),
					),
				)
			);
		}
	}

	/**
	 * Removes both from REST API responses, in any context, for users who may not edit the post.
	 *
	 * @param \WP_REST_Response $response What is answered.
	 * @param \WP_Post          $post     The post.
	 * @return \WP_REST_Response
	 */
	public static function hide( $response, $post ) {
		$data = $response->get_data();
		if ( isset( $data['meta'] ) && is_array( $data['meta'] ) && ! current_user_can( 'edit_post', $post->ID ) ) {
			unset( $data['meta'][ self::PINS ], $data['meta'][ self::EXCLUDE ] );
			$response->set_data( $data );
		}
		return $response;
	}

	/**
	 * The ids of posts, each once.
	 *
	 * @param mixed $value As given.
	 * @return int[]
	 */
	public static function sanitize_pins( $value ) {
		$ids = array_filter( array_map( 'absint', is_array( $value ) ? array_filter( $value, 'is_scalar' ) : array() ) );
		return array_slice( array_values( array_unique( $ids ) ), 0, self::MOST );
	}

	/**
	 * The pinned posts that can be shown for a post, in order.
	 *
	 * @param int $post_id A post.
	 * @return int[]
	 */
	public static function pins( $post_id ) {
		$pins = self::sanitize_pins( get_post_meta( $post_id, self::PINS, true ) );
		return array_values(
			array_filter(
				$pins,
				static function ( $id ) use ( $post_id ) {
					$post = get_post( $id );
					return $post && $id !== (int) $post_id && Story::is_public( $post );
				}
			)
		);
	}

	/**
	 * Whether a post is never recommended.
	 *
	 * @param int $post_id A post.
	 * @return bool
	 */
	public static function is_excluded( $post_id ) {
		return (bool) get_post_meta( $post_id, self::EXCLUDE, true );
	}
}
