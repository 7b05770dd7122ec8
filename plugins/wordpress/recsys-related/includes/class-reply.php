<?php
/**
 * A response of the service, or none.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Status and body; status 0 if there was no response in time.
 */
final class Reply {

	/**
	 * HTTP status.
	 *
	 * @var int
	 */
	public $status;

	/**
	 * The body.
	 *
	 * @var string
	 */
	public $body;

	/**
	 * Seconds for which it is fresh, by Cache-Control.
	 *
	 * @var int
	 */
	public $max_age;

	/**
	 * Constructor.
	 *
	 * @param int    $status        HTTP status, 0 for no response.
	 * @param string $body          The body, or why there is none.
	 * @param string $cache_control The Cache-Control header.
	 */
	public function __construct( $status, $body = '', $cache_control = '' ) {
		$this->status  = (int) $status;
		$this->body    = (string) $body;
		$this->max_age = preg_match( '/max-age=(\d{1,9})/', $cache_control, $found ) ? (int) $found[1] : 0;
	}

	/**
	 * Whether the request succeeded.
	 *
	 * @return bool
	 */
	public function ok() {
		return 200 === $this->status;
	}

	/**
	 * Whether the request may be retried later: the service was down, busy, or does not know the key.
	 *
	 * @return bool
	 */
	public function is_for_later() {
		return ! $this->ok() && ( $this->status < 400 || $this->status >= 500 || in_array( $this->status, array( 401, 403, 404, 408, 429 ), true ) );
	}

	/**
	 * The body parsed as JSON; null if it is not an object.
	 *
	 * @return array|null
	 */
	public function json() {
		$data = json_decode( $this->body, true, 32 );
		return is_array( $data ) ? $data : null;
	}

	/**
	 * What went wrong, without quoting the response: the connection error, or the status.
	 *
	 * @return string
	 */
	public function outcome() {
		if ( 0 === $this->status ) {
			return mb_substr( $this->body, 0, 200 );
		}
		return $this->ok() ? __( 'not a recsys service', 'recsys-related' ) : "HTTP {$this->status}";
	}

	/**
	 * What went wrong, in one line.
	 *
	 * @return string
	 */
	public function problem() {
		$data    = $this->json();
		$message = $data['error']['message'] ?? null;
		$field   = $data['error']['field'] ?? null;
		if ( is_string( $message ) ) {
			return mb_substr( is_string( $field ) ? "$field: $message" : $message, 0, 400 );
		}
		return 0 === $this->status ? mb_substr( $this->body, 0, 400 ) : "HTTP {$this->status}";
	}
}
