<?php
/**
 * What is accepted as an answer of the service.
 *
 * @package Recsys_Related
 */

use PHPUnit\Framework\TestCase;
use Recsys_Related\Answer;
use Recsys_Related\Token;

/**
 * Good answers are read, everything else is refused as a whole.
 */
final class AnswerTest extends TestCase {

	/**
	 * An answer with these changes of its item and of itself.
	 *
	 * @param array $item Changes of the item.
	 * @param array $more Changes of the answer.
	 * @return string
	 */
	private static function answer( array $item = array(), array $more = array() ) {
		$item += array(
			'url'          => 'https://example.org/storm?p=1&q=ä',
			'headline'     => '<b>Storm</b> & sea',
			'image'        => 'https://example.org/storm.jpg',
			'published_at' => '2026-03-01T09:00:00Z',
		);
		return wp_json_encode( $more + array( 'items' => array( $item ), 'token' => 'YWJj.ZGVm', 'fallback' => null ) );
	}

	/**
	 * Text is not changed: it is escaped where it is shown.
	 */
	public function test_a_good_answer_is_read_as_it_is() {
		$read = Answer::parse( self::answer() );
		$this->assertSame( 'YWJj.ZGVm', $read->token );
		$this->assertFalse( $read->is_fallback );
		$this->assertSame( '<b>Storm</b> & sea', $read->items[0]['headline'] );
		$this->assertSame( 1, $read->items[0]['position'] );
		$this->assertSame( gmmktime( 9, 0, 0, 3, 1, 2026 ), $read->items[0]['published'] );
	}

	/**
	 * A list may be empty, and without a token.
	 */
	public function test_an_empty_list_is_an_answer() {
		$read = Answer::parse( '{"items": [], "token": null, "fallback": "popular"}' );
		$this->assertSame( array(), $read->items );
		$this->assertTrue( $read->is_fallback );
	}

	/**
	 * An invalid picture or time is left out.
	 */
	public function test_a_broken_picture_or_time_is_left_out() {
		$read = Answer::parse( self::answer( array( 'image' => 'javascript:1', 'published_at' => 'yesterday-ish' ) ) );
		$this->assertNull( $read->items[0]['image'] );
		$this->assertNull( $read->items[0]['published'] );
	}

	/**
	 * Malformed answers.
	 *
	 * @return array[]
	 */
	public function bad_answers() {
		$deep = str_repeat( '[', 600 ) . str_repeat( ']', 600 );
		return array(
			'nothing'             => array( '' ),
			'no JSON'             => array( '<html>' ),
			'half'                => array( substr( self::answer(), 0, -3 ) ),
			'a number'            => array( '7' ),
			'no items'            => array( '{"token": null}' ),
			'items of text'       => array( '{"items": ["a"]}' ),
			'nested'              => array( '{"items": ' . $deep . '}' ),
			'too many'            => array( wp_json_encode( array( 'items' => array_fill( 0, 101, array( 'url' => 'https://a.example/', 'headline' => 'a' ) ) ) ) ),
			'script address'      => array( self::answer( array( 'url' => 'javascript:alert(1)' ) ) ),
			'data address'        => array( self::answer( array( 'url' => 'data:text/html,x' ) ) ),
			'no address'          => array( self::answer( array( 'url' => 'https://' ) ) ),
			'address with a user' => array( self::answer( array( 'url' => 'https://example.org@evil.example/' ) ) ),
			'address with quotes' => array( self::answer( array( 'url' => 'https://example.org/"onclick="x' ) ) ),
			'address with spaces' => array( self::answer( array( 'url' => "https://example.org/a\nb" ) ) ),
			'address too long'    => array( self::answer( array( 'url' => 'https://example.org/' . str_repeat( 'a', 2000 ) ) ) ),
			'address of a list'   => array( self::answer( array( 'url' => array( 'https://example.org/' ) ) ) ),
			'no headline'         => array( self::answer( array( 'headline' => '  ' ) ) ),
			'headline too long'   => array( self::answer( array( 'headline' => str_repeat( 'a', 9000 ) ) ) ),
			'headline of a list'  => array( self::answer( array( 'headline' => array() ) ) ),
			'another token'       => array( self::answer( array(), array( 'token' => '"><script>' ) ) ),
			'token of a number'   => array( self::answer( array(), array( 'token' => 5 ) ) ),
			'token with a line'   => array( self::answer( array(), array( 'token' => "YWJj.ZGVm\n" ) ) ),
		);
	}

	/**
	 * Each is refused.
	 *
	 * @dataProvider bad_answers
	 * @param string $body What came.
	 */
	public function test_anything_else_is_refused( $body ) {
		$this->assertNull( Answer::parse( $body ) );
	}

	/**
	 * A token contains page and stories; a malformed one gives null.
	 */
	public function test_a_token_says_its_page_and_stories() {
		$said  = wp_json_encode( array( 'site', 'https://a.example/q', 5, array( array( 'https://a.example/1', 'One' ), array( 'https://a.example/2', 'Two' ) ) ) );
		$token = rtrim( strtr( base64_encode( $said ), '+/', '-_' ), '=' ) . '.c2lnbmVk';
		$this->assertSame(
			array(
				'page' => 'https://a.example/q',
				'urls' => array( 'https://a.example/1', 'https://a.example/2' ),
			),
			Token::read( $token )
		);
		foreach ( array( 'YWJj.ZGVm', '', 'a', '<.>', 'W10.YQ' ) as $other ) {
			$this->assertNull( Token::read( $other ) );
		}
	}
}
