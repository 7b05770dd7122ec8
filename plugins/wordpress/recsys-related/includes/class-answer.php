<?php
/**
 * The answer of the service to a question for headlines, checked before anything of it is kept.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Headlines in order, and the token of their list. What is not of this form is refused as a whole.
 */
final class Answer {

	const MOST_ITEMS = 100;
	const MOST_TEXT  = 2000;

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
	 * Whether the service did not know the article and answered with what is popular.
	 *
	 * @var bool
	 */
	public $is_fallback = false;

	/**
	 * Reads an answer; null for anything else.
	 *
	 * @param string $body JSON, as it came.
	 * @return Answer|null
	 */
	public static function parse( $body ) {
		$told = json_decode( $body, true, 16 );
		if ( ! is_array( $told ) || ! isset( $told['items'] ) || ! is_array( $told['items'] ) || count( $told['items'] ) > self::MOST_ITEMS ) {
			return null;
		}
		$answer = new self();
		foreach ( array_values( $told['items'] ) as $index => $item ) {
			$read = self::parse_item( $item, $index + 1 );
			if ( null === $read ) {
				return null;
			}
			$answer->items[] = $read;
		}
		$token = $told['token'] ?? null;
		if ( null !== $token && ! Token::is_one( $token ) ) {
			return null;
		}
		$answer->token       = $token;
		$answer->is_fallback = null !== ( $told['fallback'] ?? null );
		return $answer;
	}

	/**
	 * One headline; null for anything else.
	 *
	 * @param mixed $item     As it came.
	 * @param int   $position In the list, from 1.
	 * @return array|null
	 */
	private static function parse_item( $item, $position ) {
		$url      = is_array( $item ) ? ( $item['url'] ?? null ) : null;
		$headline = is_array( $item ) ? ( $item['headline'] ?? null ) : null;
		if ( ! self::is_address( $url ) || ! is_string( $headline ) || '' === trim( $headline ) || strlen( $headline ) > 4 * self::MOST_TEXT ) {
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
	 * Whether a reader can be sent there.
	 *
	 * @param mixed $url As it came.
	 * @return bool
	 */
	private static function is_address( $url ) {
		return is_string( $url ) && strlen( $url ) <= self::MOST_TEXT && 1 === preg_match( '#^https?://[^\s/@\\\\]+(/[^\s<>"\x00-\x1f]*)?$#i', $url );
	}
}
