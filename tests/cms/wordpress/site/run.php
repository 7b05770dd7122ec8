<?php
// Runs the code on stdin in the site, and prints what it returns as JSON.
$url = parse_url( getenv( 'SITE_URL' ) );
$_SERVER = array_merge(
	$_SERVER,
	array(
		'HTTP_HOST'       => $url['host'] . ( isset( $url['port'] ) ? ':' . $url['port'] : '' ),
		'SERVER_NAME'     => $url['host'],
		'SERVER_PROTOCOL' => 'HTTP/1.1',
		'REQUEST_METHOD'  => 'GET',
		'REQUEST_URI'     => '/',
		'REMOTE_ADDR'     => '127.0.0.1',
	)
);
$code = stream_get_contents( STDIN );
if ( getenv( 'SITE_INSTALLS' ) ) {
	define( 'WP_INSTALLING', true );
}
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
echo "\n=>" . json_encode( eval( $code ) );
