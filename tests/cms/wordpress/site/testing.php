<?php
// What tests may change without touching the plugin: a policy, how long the breaker stays open, limits and addresses.
add_action(
	'send_headers',
	static function () {
		if ( isset( $_GET['strict'] ) ) {
			header( "Content-Security-Policy: default-src 'self'" );
		}
	}
);
add_filter(
	'recsys_related_breaker_seconds',
	static function ( $seconds ) {
		return (int) get_option( 'testing_breaker_seconds', $seconds );
	}
);
add_filter(
	'recsys_related_report_limits',
	static function ( $limits ) {
		return get_option( 'testing_report_limits', $limits );
	}
);
add_filter(
	'recsys_related_client_address',
	static function ( $address ) {
		return get_option( 'testing_client_address', $address );
	}
);
if ( get_option( 'testing_allow_private' ) ) {
	define( 'RECSYS_RELATED_ALLOW_PRIVATE', true );
}
add_filter(
	'locale',
	static function ( $locale ) {
		return isset( $_GET['in'] ) && 'ja' === $_GET['in'] ? 'ja' : $locale;
	}
);

// `?plain` is a page as it is without the plugin: it is not even loaded.
add_filter(
	'option_active_plugins',
	static function ( $plugins ) {
		return isset( $_GET['plain'] ) ? array() : $plugins;
	}
);
