<?php
/**
 * The breaker, on a real database.
 *
 * @package Recsys_Related
 */

use PHPUnit\Framework\TestCase;
use Recsys_Related\Breaker;
use Recsys_Related\Stories;

/**
 * It is open before the call, closed by success, and otherwise open for a minute.
 */
final class BreakerTest extends TestCase {

	/**
	 * Starts without any earlier call.
	 */
	protected function setUp(): void {
		global $wpdb;
		$wpdb->query( "DELETE FROM {$wpdb->options} WHERE option_name LIKE 'recsys\_related\_breaker\_test%'" );
	}

	/**
	 * The first caller waits, the others do not.
	 */
	public function test_who_comes_while_somebody_calls_does_not() {
		$one   = new Breaker( 'test' );
		$other = new Breaker( 'test' );
		$this->assertNull( $one->until() );
		$this->assertTrue( $one->may_call( 1000 ) );
		$this->assertFalse( $other->may_call( 1000 ) );
		$one->close();
		$this->assertTrue( $other->may_call( 1000 ) );
	}

	/**
	 * A failure is a call that was not closed.
	 */
	public function test_after_a_failure_one_may_call_once_a_minute() {
		$breaker = new Breaker( 'test' );
		$this->assertSame( 60, Breaker::SECONDS );
		$calls = 0;
		for ( $now = 1000; $now < 1000 + 5 * 60; $now++ ) {
			$calls += (int) $breaker->may_call( $now );
		}
		$this->assertSame( 5, $calls );
	}

	/**
	 * One does not stop the other.
	 */
	public function test_views_do_not_wait_for_writes() {
		$this->assertTrue( ( new Breaker( 'test' ) )->may_call( 1000 ) );
		$this->assertTrue( ( new Breaker( 'test_other' ) )->may_call( 1000 ) );
	}

	/**
	 * An address is the same with and without www, slash and fragment.
	 */
	public function test_an_address_is_known_in_every_spelling() {
		$keys = array_map( array( Stories::class, 'key_of' ), array( 'https://www.example.org/a/', 'http://example.org/a', 'https://example.org/a/#top' ) );
		$this->assertCount( 1, array_unique( $keys ) );
		$this->assertNotSame( $keys[0], Stories::key_of( 'https://example.org/A/' ) );
		$this->assertNotSame( $keys[0], Stories::key_of( 'https://example.org/a/?p=1' ) );
	}
}
