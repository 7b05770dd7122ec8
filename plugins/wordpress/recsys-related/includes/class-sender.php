<?php
/**
 * Records changes of posts, which are sent to the service.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * A change is stored before the editor gets a response. It is sent at the end of the request: after the response if
 * PHP can do that (FPM, LiteSpeed), else within two seconds before it. Cron retries what was not accepted.
 */
final class Sender {

	/**
	 * Whether this request recorded a change.
	 *
	 * @var bool
	 */
	private static $has_noted = false;

	/**
	 * The posts that became public in this request.
	 *
	 * @var bool[]
	 */
	private static $news = array();

	/**
	 * Registers the hooks.
	 */
	public static function hook() {
		add_action( 'transition_post_status', array( self::class, 'note_news' ), 10, 3 );
		add_action( 'wp_after_insert_post', array( self::class, 'note' ), 10, 1 );
		add_action( 'before_delete_post', array( self::class, 'note_deletion' ), 10, 1 );
		add_action( 'shutdown', array( self::class, 'send' ), 50 );
	}

	/**
	 * Records posts that were not public before.
	 *
	 * @param string   $to   New status.
	 * @param string   $from Old status.
	 * @param \WP_Post $post The post.
	 */
	public static function note_news( $to, $from, $post ) {
		if ( 'publish' === $to && 'publish' !== $from ) {
			self::$news[ $post->ID ] = true;
		}
	}

	/**
	 * Handles a post that was saved, with its terms and meta.
	 *
	 * @param int $post_id A post.
	 */
	public static function note( $post_id ) {
		$post = get_post( $post_id );
		if ( ! $post || ! in_array( $post->post_type, Settings::post_types(), true ) || '' === Settings::get( 'url' ) ) {
			return;
		}
		if ( Story::is_public( $post ) ) {
			Stories::give( $post->ID, Post_Choices::is_excluded( $post->ID ) ? 'withdraw' : 'send', isset( self::$news[ $post->ID ] ) );
		} elseif ( Stories::of_post( $post->ID ) ) {
			Stories::give( $post->ID, 'withdraw' );
		} else {
			return;
		}
		self::$has_noted = true;
	}

	/**
	 * Handles a post that is deleted permanently.
	 *
	 * @param int $post_id A post.
	 */
	public static function note_deletion( $post_id ) {
		$row = Stories::of_post( $post_id );
		if ( $row ) {
			Stories::forget_post( $post_id );
			self::$has_noted = true;
		}
	}

	/**
	 * Runs at the end of a request that recorded a change.
	 */
	public static function send() {
		if ( self::$has_noted ) {
			self::$has_noted = false;
			Worker::run( After::finish_response() ? Worker::UNHURRIED : Worker::HURRIED );
		}
	}
}
