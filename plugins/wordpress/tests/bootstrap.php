<?php
/**
 * Loads a WordPress in which the plugin is active: SITE names its folder, the database is as its wp-config.php has it.
 *
 *     SITE=/srv/www/site phpunit --bootstrap tests/bootstrap.php tests
 *
 * @package Recsys_Related
 */

$_SERVER['HTTP_HOST']       = 'localhost';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REQUEST_URI']     = '/';

require getenv( 'SITE' ) . '/wp-load.php';
