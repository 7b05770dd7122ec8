<?php
/**
 * Which values of a submitted form are saved.
 *
 * @package Recsys_Related
 */

use PHPUnit\Framework\TestCase;
use Recsys_Related\Client;
use Recsys_Related\Reply;
use Recsys_Related\Settings;
use Recsys_Related\Shortcode;

/**
 * Invalid values become the old value, or the nearest valid one.
 */
final class SettingsTest extends TestCase {

	/**
	 * Addresses of a service.
	 *
	 * @return array[]
	 */
	public function addresses() {
		return array(
			array( 'https://recsys.example.org/', 'https://recsys.example.org' ),
			array( ' http://127.0.0.1:8750 ', 'http://127.0.0.1:8750' ),
			array( 'https://example.org/api/recsys/', 'https://example.org/api/recsys' ),
			array( 'ftp://example.org', '' ),
			array( 'javascript:alert(1)', '' ),
			array( 'https://example.org/?a=1', '' ),
			array( 'https:', '' ),
			array( 'http://[::1]:8750/', 'http://[::1]:8750' ),
			array( 'http://recsys:8750', 'http://recsys:8750' ),
			array( 'http://name:word@example.org', '' ),
			array( 'http://example.org@127.0.0.1', '' ),
			array( 'http://example.org\\@127.0.0.1', '' ),
			array( "http://example.org\r\nX: y", '' ),
		);
	}

	/**
	 * Only http and https, no query, no slash at the end.
	 *
	 * @dataProvider addresses
	 * @param string $given As typed.
	 * @param string $kept  As kept.
	 */
	public function test_an_address_is_one_of_a_service( $given, $kept ) {
		$this->assertSame( $kept, Settings::sanitize_url( $given ) );
	}

	/**
	 * From 0 to 1, or the learned value.
	 */
	public function test_a_dial_is_a_number_from_0_to_1_or_nothing() {
		$given = array( '0' => '0', '1' => '1', '0.25' => '0.25', '.5' => '0.5', '1.1' => '', '-1' => '', 'half' => '', '' => '' );
		foreach ( $given as $dial => $kept ) {
			$this->assertSame( $kept, Settings::sanitize_dial( (string) $dial ) );
		}
	}

	/**
	 * An invalid choice keeps the old value.
	 */
	public function test_nonsense_is_not_kept() {
		$kept = Settings::sanitize(
			array(
				'k'        => '900',
				'patience' => '-4',
				'look'     => '<script>',
				'events'   => array( 'x' ),
				'heading'  => '<script>alert(1)</script>More',
				'sections' => array( 'Sport', '', array( 'x' ), '<i>News</i>' ),
				'key'      => 'not a key',
				'evil'     => 'x',
			)
		);
		$this->assertSame( array( 20, 10, 'list', 'wordpress', 'More' ), array( $kept['k'], $kept['patience'], $kept['look'], $kept['events'], $kept['heading'] ) );
		$this->assertSame( array( 'Sport', 'News' ), $kept['sections'] );
		$this->assertSame( (string) ( get_option( Settings::OPTION )['key'] ?? '' ), $kept['key'] );
		$this->assertArrayNotHasKey( 'evil', $kept );
		$this->assertSame( $kept, Settings::sanitize( $kept ), 'what is kept is kept again' );
	}

	/**
	 * A text with another header in it is not a key.
	 */
	public function test_a_key_is_letters_and_figures() {
		$good = 'rk_' . str_repeat( 'x', 40 );
		$this->assertTrue( Settings::is_key( $good ) );
		foreach ( array( '', 'rk_', "$good\n", "$good\r\nX-Forwarded-For: 1", "$good ", "Bearer $good" ) as $key ) {
			$this->assertFalse( Settings::is_key( $key ) );
		}
	}

	/**
	 * A shortcode may ask for less, not for anything.
	 */
	public function test_a_shortcode_asks_for_what_there_is() {
		$wishes = Shortcode::wishes( array( 'k' => '99', 'dial' => '7', 'heading' => ' On ', 'look' => 'cards', 0 => 'x' ) );
		$this->assertSame( array( 'k' => 20, 'dial' => '', 'heading' => 'On', 'look' => 'cards' ), $wishes );
	}

	/**
	 * A list is a repeated parameter.
	 */
	public function test_a_query_has_a_list_as_the_service_reads_it() {
		$this->assertSame( 'url=https%3A%2F%2Fa.example%2F%3Fp%3D1&section=A%20B&section=C', Client::query( array( 'url' => 'https://a.example/?p=1', 'section' => array( 'A B', 'C' ) ) ) );
	}

	/**
	 * Which requests may be retried, and which are refused for good.
	 */
	public function test_a_reply_says_whether_to_come_again() {
		foreach ( array( 0, 302, 401, 403, 408, 429, 500, 503 ) as $status ) {
			$this->assertTrue( ( new Reply( $status ) )->is_for_later(), (string) $status );
		}
		foreach ( array( 200, 413, 422 ) as $status ) {
			$this->assertFalse( ( new Reply( $status ) )->is_for_later(), (string) $status );
		}
		$this->assertSame( 300, ( new Reply( 200, '', 'public, max-age=300, stale-while-revalidate=3000' ) )->max_age );
		$this->assertSame( 'HTTP 422', ( new Reply( 422, '{"error": {"code": "invalid", "message": "too many", "field": "k"}}' ) )->outcome() );
		$this->assertSame( 'k: too many', ( new Reply( 422, '{"error": {"code": "invalid", "message": "too many", "field": "k"}}' ) )->problem() );
	}
}
