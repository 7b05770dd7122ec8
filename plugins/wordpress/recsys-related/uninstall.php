<?php
/**
 * Removes everything that the plugin created: tables, options, cached lists, post meta, cron events; on every site of a network.
 *
 * @package Recsys_Related
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require __DIR__ . '/includes/class-installer.php';

Recsys_Related\Installer::uninstall();
