<?php
// What tests may change without touching the plugin: a policy, and how long the breaker stays open.
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
