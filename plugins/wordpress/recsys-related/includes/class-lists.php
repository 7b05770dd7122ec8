<?php
/**
 * The list of a post: cached, requested if it is not cached, refreshed in the background.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Lists are transients that last three days in case the service is down; the token of a list is valid for four days.
 * Only positions and addresses are cached: headline, picture and date come from WordPress when a list is shown.
 */
final class Lists {

	const KEPT        = 3 * DAY_IN_SECONDS;
	const FRESH_LEAST = 60;
	const FRESH_MOST  = 600;
	const BACKGROUND  = 2.0; // Seconds that a question may take after the response.
	const AT_ONCE     = 3; // Lists that are made anew after one page view.

	/**
	 * Lists that are shown stale in this request: post id, query.
	 *
	 * @var array[]
	 */
	private static $stale = array();

	/**
	 * The query for a post.
	 *
	 * @param int   $post_id A post.
	 * @param array $own     With k, dial, sections where they are not as in the settings.
	 * @return array Parameters of GET /v1/related; empty when pinned stories leave no place.
	 */
	public static function question( $post_id, array $own = array() ) {
		$settings = Settings::all();
		$pins     = Post_Choices::pins( $post_id );
		$places   = (int) ( $own['k'] ?? 0 ? $own['k'] : $settings['k'] ) - count( $pins );
		$dial     = (string) ( $own['dial'] ?? '' );
		if ( $places < 1 ) {
			return array();
		}
		return array_filter(
			array(
				'url'      => get_permalink( $post_id ),
				'k'        => $places,
				'dial'     => '' === $dial ? $settings['dial'] : $dial,
				'section'  => $settings['sections'],
				'exclude'  => array_map( 'get_permalink', $pins ),
				'fallback' => 'popular',
			),
			static function ( $value ) {
				return '' !== $value && array() !== $value;
			}
		);
	}

	/**
	 * The list for a public post in a page view: at once if one is cached, else within the timeout of the settings.
	 *
	 * @param int   $post_id A post.
	 * @param array $own     As of `question`.
	 * @return array With `items` and `token`; no items when there is none.
	 */
	public static function beside( $post_id, array $own = array() ) {
		$question = self::question( $post_id, $own );
		$client   = $question ? Client::of_settings() : null;
		if ( ! $client ) {
			return self::nothing();
		}
		$kept = get_transient( self::name( $post_id, $question ) );
		if ( is_array( $kept ) ) {
			if ( $kept['fresh_until'] <= time() ) {
				self::make_after_response( $post_id, $question );
			}
			return $kept;
		}
		$made = Client::can_be_quick() ? self::ask( $client, $post_id, $question, Settings::get( 'patience' ) / 1000 ) : null;
		return null === $made ? self::nothing() : $made;
	}

	/**
	 * The list for a post that is not public, for its editors: requested each time.
	 *
	 * @param \WP_Post $post A post.
	 * @param array    $own  As of `question`.
	 * @return array With `items` and `token`.
	 */
	public static function beside_draft( \WP_Post $post, array $own = array() ) {
		$client   = Client::of_settings();
		$question = self::question( $post->ID, $own );
		$reply    = $client && $question ? self::put_as_draft( $client, $post, $question, self::BACKGROUND ) : null;
		$answer   = $reply && $reply->ok() ? Answer::parse( $reply->body ) : null;
		return $answer ? self::shape( $answer, 0 ) : self::nothing();
	}

	/**
	 * Requests the list for a post as it is in WordPress, whether the service has it or not.
	 *
	 * @param Client   $client   The service.
	 * @param \WP_Post $post     A post.
	 * @param array    $question Of `question`.
	 * @param float    $seconds  Time limit.
	 * @return Reply
	 */
	private static function put_as_draft( Client $client, \WP_Post $post, array $question, $seconds ) {
		$wishes = array_diff_key( $question, array_flip( array( 'url', 'fallback' ) ) );
		if ( isset( $wishes['dial'] ) ) {
			$wishes['dial'] = (float) $wishes['dial'];
		}
		$draft = array_diff_key( Story::build( $post ), array( 'published_at' => 1 ) );
		return $client->related_to_draft( array( 'article' => $draft ) + $wishes, $seconds );
	}

	/**
	 * Requests a list. A post that is never recommended is not stored by the service, so it is sent with the request.
	 *
	 * @param Client $client   The service.
	 * @param int    $post_id  A post.
	 * @param array  $question Of `question`.
	 * @param float  $seconds  Time limit.
	 * @return Reply
	 */
	private static function put( Client $client, $post_id, array $question, $seconds ) {
		if ( Post_Choices::is_excluded( $post_id ) ) {
			return self::put_as_draft( $client, get_post( $post_id ), $question, $seconds );
		}
		return $client->related( $question, $seconds );
	}

	/**
	 * Requests the list of a post with the current settings, before its first view. Returns whether the service works.
	 *
	 * @param int    $post_id A post.
	 * @param Client $client  The service.
	 * @param float  $seconds Time limit.
	 * @return bool
	 */
	public static function make_in_background( $post_id, Client $client, $seconds ) {
		$post     = get_post( $post_id );
		$question = $post && Story::is_public( $post ) ? self::question( $post_id ) : array();
		return ! $question || null !== self::take( self::put( $client, $post_id, $question, $seconds ), $post_id, $question );
	}

	/**
	 * Records a list that has to be refreshed after the response.
	 *
	 * @param int   $post_id  A post.
	 * @param array $question Of `question`.
	 */
	private static function make_after_response( $post_id, array $question ) {
		if ( ! self::$stale ) {
			add_action( 'shutdown', array( self::class, 'make_stale_anew' ), 60 );
		}
		if ( count( self::$stale ) < self::AT_ONCE ) {
			self::$stale[ self::name( $post_id, $question ) ] = array( $post_id, $question );
		}
	}

	/**
	 * Refreshes after the response if PHP can do that, else within the timeout of the settings.
	 */
	public static function make_stale_anew() {
		$client = Client::of_settings();
		$is_out = After::finish_response();
		if ( ! $client || ! ( $is_out || Client::can_be_quick() ) ) {
			return;
		}
		foreach ( $is_out ? self::$stale : array_slice( self::$stale, 0, 1 ) as $wanted ) {
			list( $post_id, $question ) = $wanted;
			self::ask( $client, $post_id, $question, $is_out ? self::BACKGROUND : Settings::get( 'patience' ) / 1000 );
		}
	}

	/**
	 * Requests a list, unless the breaker is open.
	 *
	 * @param Client $client   The service.
	 * @param int    $post_id  A post.
	 * @param array  $question Of `question`.
	 * @param float  $seconds  Time limit.
	 * @return array|null A list; null when none was to be had.
	 */
	private static function ask( Client $client, $post_id, array $question, $seconds ) {
		$breaker = new Breaker( 'views' );
		if ( ! $breaker->may_call( time() ) ) {
			return null;
		}
		$made = self::take( self::put( $client, $post_id, $question, $seconds ), $post_id, $question );
		if ( null === $made ) {
			Stories::want_list( $post_id );
		} else {
			$breaker->close();
		}
		return $made;
	}

	/**
	 * Caches an answer; null if it is malformed. A query that the service refuses has an empty list.
	 *
	 * @param Reply $reply    What the service said.
	 * @param int   $post_id  A post.
	 * @param array $question Of `question`.
	 * @return array|null
	 */
	private static function take( Reply $reply, $post_id, array $question ) {
		$name = self::name( $post_id, $question );
		if ( in_array( $reply->status, array( 404, 422 ), true ) && null !== $reply->json() ) {
			return self::keep( $name, self::nothing() );
		}
		$answer = $reply->ok() ? Answer::parse( $reply->body ) : null;
		if ( ! $answer ) {
			return null;
		}
		if ( $answer->is_fallback ) {
			self::introduce( $post_id );
		}
		return self::keep( $name, self::shape( $answer, $answer->is_fallback ? 0 : $reply->max_age ) );
	}

	/**
	 * Sends a post again that the service does not know.
	 *
	 * @param int $post_id A post.
	 */
	private static function introduce( $post_id ) {
		$row = Stories::of_post( $post_id );
		if ( ! $row || ( '' === $row->task && '' === $row->problem ) ) {
			Stories::give( $post_id, 'send', true );
			Worker::go_on_later();
		}
	}

	/**
	 * The part of an answer that is cached.
	 *
	 * @param Answer $answer  An answer.
	 * @param int    $max_age Seconds for which it holds, as the service says.
	 * @return array
	 */
	private static function shape( Answer $answer, $max_age ) {
		$ids   = Stories::find( wp_list_pluck( $answer->items, 'url' ) );
		$items = array();
		foreach ( $answer->items as $item ) {
			$id      = $ids[ $item['url'] ] ?? 0;
			$items[] = $id ? array( 'id' => $id ) + array_intersect_key( $item, array( 'position' => 1 ) ) : array( 'id' => 0 ) + $item;
		}
		$fresh = (int) apply_filters( 'recsys_related_fresh_seconds', max( self::FRESH_LEAST, min( self::FRESH_MOST, $max_age ) ) );
		return array(
			'items'       => $items,
			'token'       => $answer->token,
			'fresh_until' => time() + $fresh,
		);
	}

	/**
	 * Caches a list.
	 *
	 * @param string $name Of the transient.
	 * @param array  $list A list.
	 * @return array The list.
	 */
	private static function keep( $name, array $list ) {
		set_transient( $name, $list, self::KEPT );
		return $list;
	}

	/**
	 * Caches an empty list for a minute.
	 *
	 * @return array
	 */
	private static function nothing() {
		return array(
			'items'       => array(),
			'token'       => null,
			'fresh_until' => time() + self::FRESH_LEAST,
		);
	}

	/**
	 * The name under which the answer to a query is cached.
	 *
	 * @param int   $post_id  A post.
	 * @param array $question Of `question`.
	 * @return string
	 */
	private static function name( $post_id, array $question ) {
		return "recsys_related_{$post_id}_" . substr( md5( (string) wp_json_encode( $question ) . Settings::get( 'url' ) . (int) Post_Choices::is_excluded( $post_id ) ), 0, 12 );
	}
}
