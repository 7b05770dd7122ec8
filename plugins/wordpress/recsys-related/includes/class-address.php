<?php
/**
 * The addresses to which a connection test may connect.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Distinguishes public addresses from those inside a network. The test of an address that is not saved must not let a user of
 * WordPress explore the network of the server. RECSYS_RELATED_ALLOW_PRIVATE in wp-config.php permits it.
 */
final class Address {

	// The default address of `recsys serve`.
	const DEFAULT_PORT = 8750;

	const IS_PUBLIC   = 'public';
	const IS_INTERNAL = 'internal';
	const IS_NEVER    = 'never';

	// Link-local (which includes the metadata services of cloud providers), multicast, and addresses that no host can have.
	const NEVER = array(
		'0.0.0.0/8',
		'100.100.100.200/32',
		'168.63.129.16/32',
		'169.254.0.0/16',
		'192.0.0.0/24',
		'192.0.2.0/24',
		'192.88.99.0/24',
		'198.51.100.0/24',
		'203.0.113.0/24',
		'224.0.0.0/3',
		'::/128',
		'100::/64',
		'2001::/32',
		'2001:db8::/32',
		'fd00:ec2::254/128',
		'fe80::/9',
		'ff00::/8',
	);

	const INTERNAL = array(
		'10.0.0.0/8',
		'100.64.0.0/10',
		'127.0.0.0/8',
		'172.16.0.0/12',
		'192.168.0.0/16',
		'198.18.0.0/15',
		'::1/128',
		'64:ff9b:1::/48',
		'fc00::/7',
	);

	// IPv6 ranges that contain an IPv4 address, and the byte at which it starts.
	const WRAPPED = array(
		'::ffff:0:0/96' => 12,
		'64:ff9b::/96'  => 12,
		'::/96'         => 12,
		'2002::/16'     => 2,
	);

	/**
	 * The IP to which the test of an address that is not saved may connect.
	 *
	 * @param string $url As of Settings::sanitize_url.
	 * @return array With `ip`, or with `problem` for people.
	 */
	public static function find_for_test( $url ) {
		if ( defined( 'RECSYS_RELATED_URL' ) ) {
			return self::refuse( __( 'The address is set in wp-config.php. Only that address can be tested.', 'recsys-related' ) );
		}
		if ( ! Client::can_be_quick() ) {
			return self::refuse( __( 'Without PHP’s curl extension, only the saved address can be tested. Save it first.', 'recsys-related' ) );
		}
		$ips    = self::resolve( (string) wp_parse_url( $url, PHP_URL_HOST ) );
		$ranges = array_map( array( self::class, 'range_of' ), $ips );
		if ( in_array( self::IS_NEVER, $ranges, true ) ) {
			return self::refuse( __( 'This address cannot be used: it is link-local, multicast or reserved.', 'recsys-related' ) );
		}
		if ( in_array( self::IS_INTERNAL, $ranges, true ) && ! self::may_be_internal( $url, $ips ) ) {
			return self::refuse( __( 'An address inside the server’s network must be saved before it can be tested.', 'recsys-related' ) );
		}
		return $ips ? array( 'ip' => $ips[0] ) : self::refuse( __( 'There is no recsys service at this address.', 'recsys-related' ) );
	}

	/**
	 * Whether a service cannot have this address, by the name or IP of its host. A name that does not resolve now is allowed.
	 *
	 * @param string $url As of Settings::sanitize_url.
	 * @return bool
	 */
	public static function is_never_a_service( $url ) {
		$ips = self::resolve( (string) wp_parse_url( $url, PHP_URL_HOST ) );
		return in_array( self::IS_NEVER, array_map( array( self::class, 'range_of' ), $ips ), true );
	}

	/**
	 * The kind of an IP.
	 *
	 * @param string $ip IPv4 or IPv6.
	 * @return string One of the constants IS_…; IS_NEVER for what is no IP.
	 */
	public static function range_of( $ip ) {
		$packed = filter_var( $ip, FILTER_VALIDATE_IP ) ? inet_pton( $ip ) : false;
		if ( false === $packed ) {
			return self::IS_NEVER;
		}
		if ( self::is_in( $packed, self::NEVER ) ) {
			return self::IS_NEVER;
		}
		if ( self::is_in( $packed, self::INTERNAL ) ) {
			return self::IS_INTERNAL;
		}
		foreach ( self::WRAPPED as $range => $offset ) {
			if ( self::is_in( $packed, array( $range ) ) ) {
				return self::range_of( inet_ntop( substr( $packed, $offset, 4 ) ) );
			}
		}
		return self::IS_PUBLIC;
	}

	/**
	 * An IPv4 address, or the network of an IPv6 address: one host has many of those.
	 *
	 * @param string $ip IPv4 or IPv6.
	 * @return string Bytes; empty for what is no IP.
	 */
	public static function network_of( $ip ) {
		$packed = filter_var( $ip, FILTER_VALIDATE_IP ) ? (string) inet_pton( $ip ) : '';
		return 16 === strlen( $packed ) ? substr( $packed, 0, 8 ) : $packed;
	}

	/**
	 * All IPs of a host. IPs are accepted in their usual form only.
	 *
	 * @param string $host Name, IPv4, or IPv6 in brackets.
	 * @return string[]
	 */
	private static function resolve( $host ) {
		$bare = trim( $host, '[]' );
		if ( filter_var( $bare, FILTER_VALIDATE_IP ) ) {
			return array( $bare );
		}
		if ( preg_match( '/(^|\.)(0x[0-9a-f]*|\d+)\.?$/i', $bare ) ) {
			return array( '0.0.0.0' ); // 127.1, 2130706433 and the like: no name ends in a number.
		}
		$ips     = gethostbynamel( $bare );
		$records = function_exists( 'dns_get_record' ) && false !== strpos( $bare, '.' ) ? dns_get_record( $bare, DNS_AAAA ) : array();
		return array_merge( $ips ? $ips : array(), wp_list_pluck( is_array( $records ) ? $records : array(), 'ipv6' ) );
	}

	/**
	 * Whether an internal address may be tested before it is saved: the default address of `recsys serve` on this
	 * machine, or any if wp-config.php permits it.
	 *
	 * @param string   $url An address.
	 * @param string[] $ips Of its host.
	 * @return bool
	 */
	private static function may_be_internal( $url, array $ips ) {
		if ( defined( 'RECSYS_RELATED_ALLOW_PRIVATE' ) && RECSYS_RELATED_ALLOW_PRIVATE ) {
			return true;
		}
		return self::DEFAULT_PORT === wp_parse_url( $url, PHP_URL_PORT ) && ! array_diff( $ips, array( '127.0.0.1', '::1' ) );
	}

	/**
	 * Whether an address is in one of the ranges.
	 *
	 * @param string   $packed Of inet_pton.
	 * @param string[] $ranges In CIDR notation.
	 * @return bool
	 */
	private static function is_in( $packed, array $ranges ) {
		foreach ( $ranges as $range ) {
			list( $network, $bits ) = explode( '/', $range );

			$network = inet_pton( $network );
			$whole   = intdiv( (int) $bits, 8 );
			$mask    = ( 0xff << ( 8 - (int) $bits % 8 ) ) & 0xff;
			$is_same = strlen( $network ) === strlen( $packed ) && substr( $network, 0, $whole ) === substr( $packed, 0, $whole );
			if ( $is_same && ( 0 === $mask || ( ord( $network[ $whole ] ) & $mask ) === ( ord( $packed[ $whole ] ) & $mask ) ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The reason why an address is not tested.
	 *
	 * @param string $problem For people.
	 * @return array
	 */
	private static function refuse( $problem ) {
		return array( 'problem' => $problem );
	}
}
