<?php
/**
 * Which addresses are inside a network, and which can never be a service.
 *
 * @package Recsys_Related
 */

use PHPUnit\Framework\TestCase;
use Recsys_Related\Address;

/**
 * The first and the last address of every range, and those just outside of it.
 */
final class AddressTest extends TestCase {

	/**
	 * Addresses and what they are.
	 *
	 * @return array[]
	 */
	public function ranges() {
		$never    = array( '0.0.0.0', '0.255.255.255', '100.100.100.200', '168.63.129.16', '169.254.0.0', '169.254.169.254', '192.0.2.1', '224.0.0.1', '255.255.255.255', '::', 'fe80::1', 'febf::1', 'fec0::1', 'ff02::1', '2001:db8::1', 'fd00:ec2::254', '2001:0:1::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1', '', 'localhost', '127.1', '1.2.3.4.5' );
		$internal = array( '10.0.0.0', '10.255.255.255', '100.64.0.1', '127.0.0.1', '127.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.1', '198.18.0.1', '::1', 'fc00::1', 'fdff::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::1', '::127.0.0.1' );
		$public   = array( '1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '223.255.255.255', '2606:4700::1', '::ffff:1.1.1.1', '2002:101:101::1', 'fbff::1' );

		$cases = array();
		foreach ( array( 'never' => $never, 'internal' => $internal, 'public' => $public ) as $range => $ips ) {
			foreach ( $ips as $ip ) {
				$cases[ "$ip $range" ] = array( $ip, $range );
			}
		}
		return $cases;
	}

	/**
	 * By IP, in every form.
	 *
	 * @dataProvider ranges
	 * @param string $ip    An address.
	 * @param string $range What it is.
	 */
	public function test_an_address_is_public_internal_or_never_a_service( $ip, $range ) {
		$this->assertSame( $range, Address::range_of( $ip ) );
	}

	/**
	 * What may be tested before it is saved.
	 */
	public function test_only_public_addresses_and_the_default_one_are_tested_before_they_are_saved() {
		foreach ( array( 'http://127.0.0.1:8750', 'http://localhost:8750', 'http://[::1]:8750/recsys', 'https://1.1.1.1' ) as $url ) {
			$this->assertArrayHasKey( 'ip', Address::find_for_test( $url ), $url );
		}
		foreach ( array( 'http://127.0.0.1', 'http://127.0.0.1:3306', 'http://127.0.0.2:8750', 'http://10.0.0.1:8750', 'http://[::1]', 'http://2130706433:8750', 'http://0x7f000001:8750', 'http://127.1:8750', 'http://169.254.169.254:8750' ) as $url ) {
			$this->assertArrayHasKey( 'problem', Address::find_for_test( $url ), $url );
		}
	}

	/**
	 * A host has many IPv6 addresses.
	 */
	public function test_a_network_is_an_ipv4_address_or_64_bits() {
		$this->assertSame( Address::network_of( '2606:4700:1:2::1' ), Address::network_of( '2606:4700:1:2:ffff::9' ) );
		$this->assertNotSame( Address::network_of( '2606:4700:1:2::1' ), Address::network_of( '2606:4700:1:3::1' ) );
		$this->assertSame( 4, strlen( Address::network_of( '1.2.3.4' ) ) );
		$this->assertSame( '', Address::network_of( 'unknown' ) );
	}
}
