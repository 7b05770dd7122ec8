<?php
/**
 * A client of the service over HTTP.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * One method for each route. Redirects and compressed responses are not accepted, and the length is limited.
 */
final class Client {

	const MOST_BYTES = 131072;

	/**
	 * The address of the service, without a trailing slash.
	 *
	 * @var string
	 */
	private $url;

	/**
	 * A key with the right to write.
	 *
	 * @var string
	 */
	private $key;

	/**
	 * The IP of its host, if it was looked up already and must not change; else empty.
	 *
	 * @var string
	 */
	private $ip;

	/**
	 * Constructor.
	 *
	 * @param string $url Where the service is.
	 * @param string $key A key that may write.
	 * @param string $ip  Where its host is, or nothing.
	 */
	public function __construct( $url, $key = '', $ip = '' ) {
		$this->url = $url;
		$this->key = $key;
		$this->ip  = $ip;
	}

	/**
	 * A client with the current settings; null if no service is set.
	 *
	 * @return Client|null
	 */
	public static function of_settings() {
		$settings = Settings::all();
		return '' === $settings['url'] ? null : new self( $settings['url'], $settings['key'] );
	}

	/**
	 * Whether a timeout of less than a second is possible: it needs PHP's curl.
	 *
	 * @return bool
	 */
	public static function can_be_quick() {
		return function_exists( 'curl_version' );
	}

	/**
	 * Headlines for a stored article.
	 *
	 * @param array $wishes  Parameters of the question; a list stands for one that is there several times.
	 * @param float $seconds Time limit.
	 * @return Reply
	 */
	public function related( array $wishes, $seconds ) {
		return $this->send( 'GET', '/v1/related?' . self::query( $wishes ), null, $seconds );
	}

	/**
	 * Headlines for an article that is not stored.
	 *
	 * @param array $question The article, and what else is wished.
	 * @param float $seconds  Time limit.
	 * @return Reply
	 */
	public function related_to_draft( array $question, $seconds ) {
		return $this->send( 'POST', '/v1/related', $question, $seconds );
	}

	/**
	 * Stores articles.
	 *
	 * @param array[] $articles As docs/http.md has them.
	 * @param float   $seconds  Time limit.
	 * @return Reply
	 */
	public function put_articles( array $articles, $seconds ) {
		return $this->send( 'PUT', '/v1/articles', array( 'articles' => $articles ), $seconds );
	}

	/**
	 * Withdraws an article.
	 *
	 * @param string $url     Its address.
	 * @param float  $seconds Time limit.
	 * @return Reply
	 */
	public function withdraw( $url, $seconds ) {
		return $this->send( 'DELETE', '/v1/articles?' . self::query( array( 'url' => $url ) ), null, $seconds );
	}

	/**
	 * Stores a list as it is now.
	 *
	 * @param array $list    As docs/http.md has it.
	 * @param float $seconds Time limit.
	 * @return Reply
	 */
	public function post_list( array $list, $seconds ) {
		return $this->send( 'POST', '/v1/lists', $list, $seconds );
	}

	/**
	 * Forwards what a reader's browser reported, with its user agent (bots are not counted) and without its address.
	 *
	 * The key identifies the site's own server: the service accepts the reports of all its readers, which would be
	 * too many for one client without a key. The limits of each reader are applied here (see Reports).
	 *
	 * @param array  $events  As the widget sent them.
	 * @param string $agent   The browser's User-Agent.
	 * @param float  $seconds Time limit.
	 * @return Reply
	 */
	public function report( array $events, $agent, $seconds ) {
		return $this->send( 'POST', '/v1/events', array( 'events' => $events ), $seconds, $agent );
	}

	/**
	 * Whether the service is ready, with the number of stories and the model.
	 *
	 * @param float $seconds Time limit.
	 * @return Reply
	 */
	public function ready( $seconds ) {
		return $this->send( 'GET', '/readyz', null, $seconds );
	}

	/**
	 * Sends one request.
	 *
	 * @param string      $method  HTTP method.
	 * @param string      $path    Path and query.
	 * @param array|null  $body    What is sent as JSON.
	 * @param float       $seconds Time limit for everything together, to the millisecond where PHP has curl.
	 * @param string|null $agent   User-Agent, ours when null.
	 * @return Reply
	 */
	private function send( $method, $path, $body, $seconds, $agent = null ) {
		$headers = array( 'Accept' => 'application/json' );
		if ( '' !== $this->key && 'GET' !== $method ) {
			$headers['Authorization'] = "Bearer {$this->key}";
		}
		if ( null !== $body ) {
			$headers['Content-Type'] = 'application/json';
			$body                    = wp_json_encode( $body );
		}
		$limit = self::limiter( $seconds, $this->resolution() );
		add_action( 'http_api_curl', $limit, 1000 );
		try {
			$answer = wp_remote_request(
				$this->url . $path,
				array(
					'method'              => $method,
					'headers'             => $headers,
					'body'                => $body,
					'timeout'             => $seconds,
					'redirection'         => 0,
					'decompress'          => false,
					'limit_response_size' => self::MOST_BYTES + 1,
					'user-agent'          => null === $agent ? 'recsys-related/' . RECSYS_RELATED_VERSION : $agent,
				)
			);
		} finally {
			remove_action( 'http_api_curl', $limit, 1000 );
		}
		return self::read( $answer );
	}

	/**
	 * The response, or why there is none.
	 *
	 * @param array|\WP_Error $answer Of WordPress.
	 * @return Reply
	 */
	private static function read( $answer ) {
		if ( is_wp_error( $answer ) ) {
			return new Reply( 0, $answer->get_error_message() );
		}
		$body = wp_remote_retrieve_body( $answer );
		if ( strlen( $body ) > self::MOST_BYTES ) {
			return new Reply( 0, __( 'The response is too large.', 'recsys-related' ) );
		}
		$holds = wp_remote_retrieve_header( $answer, 'cache-control' );
		return new Reply( wp_remote_retrieve_response_code( $answer ), $body, is_string( $holds ) ? $holds : '' );
	}

	/**
	 * The entry for curl that avoids a second name lookup.
	 *
	 * @return string[]
	 */
	private function resolution() {
		if ( '' === $this->ip ) {
			return array();
		}
		$parts = wp_parse_url( $this->url );
		$port  = $parts['port'] ?? ( 'https' === $parts['scheme'] ? 443 : 80 );
		return array( "{$parts['host']}:$port:{$this->ip}" );
	}

	/**
	 * Sets limits in milliseconds: WordPress rounds them up to whole seconds.
	 *
	 * @param float    $seconds    Time limit.
	 * @param string[] $resolution Where a host is, as curl takes it.
	 * @return callable
	 */
	private static function limiter( $seconds, array $resolution ) {
		return static function ( $handle ) use ( $seconds, $resolution ) {
			$milliseconds = max( 1, (int) round( 1000 * $seconds ) );
			// phpcs:disable WordPress.WP.AlternativeFunctions -- what the hook http_api_curl is for.
			curl_setopt( $handle, CURLOPT_NOSIGNAL, 1 );
			curl_setopt( $handle, CURLOPT_CONNECTTIMEOUT_MS, $milliseconds );
			curl_setopt( $handle, CURLOPT_TIMEOUT_MS, $milliseconds );
			if ( $resolution ) {
				curl_setopt( $handle, CURLOPT_RESOLVE, $resolution );
			}
			// phpcs:enable
		};
	}

	/**
	 * A query string in which a list is a repeated parameter.
	 *
	 * @param array $parameters By name.
	 * @return string
	 */
	public static function query( array $parameters ) {
		$parts = array();
		foreach ( $parameters as $name => $values ) {
			foreach ( (array) $values as $value ) {
				$parts[] = rawurlencode( $name ) . '=' . rawurlencode( (string) $value );
			}
		}
		return implode( '&', $parts );
	}
}
