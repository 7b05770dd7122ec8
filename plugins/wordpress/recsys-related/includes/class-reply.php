<?php
/**
 * What the service said, or that it said nothing.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * A status and a body; status 0 stands for no answer in time.
 */
final class Reply {

	/**
	 * HTTP status.
	 *
	 * @var int
	 */
	public $status;

	/**
	 * What was answered.
	 *
	 * @var string
	 */
	public $body;

	/**
	 * Seconds for which it holds, by its Cache-Control.
	 *
	 * @var int
	 */
	public $max_age;

	/**
	 * Stores.
	 *
	 * @param int    $status        HTTP status, 0 for no answer.
	 * @param string $body          The answer, or why there is none.
	 * @param string $cache_control The header.
	 */
	public function __construct( $status, $body = '', $cache_control = '' ) {
		$this->status  = (int) $status;
		$this->body    = (string) $body;
		$this->max_age = preg_match( '/max-age=(\d{1,9})/', $cache_control, $found ) ? (int) $found[1] : 0;
	}

	/**
	 * Whether it did what was asked.
	 *
	 * @return bool
	 */
	public function ok() {
		return 200 === $this->status;
	}

	/**
	 * Whether the same may be asked again later: the service was away, busy, or does not know our key.
	 *
	 * @return bool
	 */
	public function is_for_later() {
		return ! $this->ok() && ( $this->status < 400 || $this->status >= 500 || in_array( $this->status, array( 401, 403, 404, 408, 429 ), true ) );
	}

	/**
	 * The answer as JSON, null when it is none.
	 *
	 * @return array|null
	 */
	public function json() {
		$told = json_decode( $this->body, true, 32 );
		return is_array( $told ) ? $told : null;
	}

	/**
	 * What went wrong, without a word of what was answered: our own connection's trouble, or the status.
	 *
	 * @return string
	 */
	public function outcome() {
		if ( 0 === $this->status ) {
			return mb_substr( $this->body, 0, 200 );
		}
		return $this->ok() ? __( 'it is not a recsys service', 'recsys-related' ) : "HTTP {$this->status}";
	}

	/**
	 * What went wrong, in a line.
	 *
	 * @return string
	 */
	public function problem() {
		$told    = $this->json();
		$message = $told['error']['message'] ?? null;
		$field   = $told['error']['field'] ?? null;
		if ( is_string( $message ) ) {
			return mb_substr( is_string( $field ) ? "$field: $message" : $message, 0, 400 );
		}
		return 0 === $this->status ? mb_substr( $this->body, 0, 400 ) : "HTTP {$this->status}";
	}
}
