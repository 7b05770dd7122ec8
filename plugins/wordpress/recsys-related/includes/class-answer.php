<?php
/**
 * The answer of the service with headlines, validated before anything is stored.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Headlines in order, and the token of their list. A malformed answer is rejected as a whole.
 */
final class Answer {

	const MAX_ITEMS = 100;
	const MAX_TEXT  = 2000;

	/**
	 * Each with url, headline, image (or null), published (Unix time or null) and position in the list, from 1.
	 *
	 * @var array[]
	 */
	public $items = array();

	/**
	 * Signed, or null.
	 *
	 * @var string|null
	 */
	public $token = null;

	/**
	 * Whether the service did not know the article and returned popular stories.
	 *
	 * @var bool
	 */
	public $is_fallback = false;

	/**
	 * Parses an answer; null if it is malformed.
	 *
	 * @param string $body JSON as received.
	 * @return Answer|null
	 */
	public static function parse( $body ) {
		$data = json_decode( $body, true, 16 );
		if ( ! is_array( $data ) || ! isset( $data['items'] ) || ! is_array( $data['items'] ) || count( $data['items'] ) > self::MAX_ITEMS ) {
			return null;
		}
		$answer = new self();
		foreach ( array_values( $data['items'] ) as $index => $item ) {
			$read = self::parse_item( $item, $index + 1 );
			if ( null === $read ) {
				return null;
			}
			$answer->items[] = $read;
		}
		$token = $data['token'] ?? null;
		if ( null !== $token && ! Token::is_one( $token ) ) {
			return null;
		}
		$answer->token       = $token;
		$answer->is_fallback = null !== ( $data['fallback'] ?? null );
		return $answer;
	}

	/**
	 * Parses one headline; null if it is malformed, or only fills a place for which nothing is related.
	 *
	 * @param mixed $item     As received.
	 * @param int   $position In the list, from 1.
	 * @return array|null
	 */
	private static function parse_item( $item, $position ) {
		$url      = is_array( $item ) ? ( $item['url'] ?? null ) : null;
		$headline = is_array( $item ) ? ( $item['headline'] ?? null ) : null;
		if ( isset( $item['fill'] ) || ! self::is_address( $url ) || ! is_string( $headline ) || '' === trim( $headline ) || strlen( $headline ) > 4 * self::MAX_TEXT ) {
			return null;
		}
		$image     = $item['image'] ?? null;
		$published = $item['published_at'] ?? null;
		$published = is_string( $published ) ? strtotime( $published ) : false;
		return array(
			'url'       => $url,
			'headline'  => $headline,
			'image'     => self::is_address( $image ) ? $image : null,
			'published' => false === $published ? null : $published,
			'position'  => $position,
		);
	}

	/**
	 * Whether it is a web address.
	 *
	 * @param mixed $url As received.
	 * @return bool
	 */
	private static function is_address( $url ) {
		return is_string( $url ) && strlen( $url ) <= self::MAX_TEXT && 1 === preg_match( '#^https?://[^\s/@\\\\]+(/[^\s<>"\x00-\x1f]*)?$#i', $url );
	}
}
