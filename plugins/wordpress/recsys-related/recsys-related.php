<?php
/**
 * Plugin Name:       Recsys Related Headlines
 * Description:       Shows related headlines from your own site under each post, chosen by a recsys service that learns from what your readers read.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The recsys project
 * License:           MIT
 * License URI:       https://opensource.org/licenses/MIT
 * Text Domain:       recsys-related
 * Domain Path:       /languages
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

defined( 'ABSPATH' ) || exit;

define( 'RECSYS_RELATED_VERSION', '0.1.0' );
define( 'RECSYS_RELATED_FILE', __FILE__ );
define( 'RECSYS_RELATED_DIR', __DIR__ );

/**
 * Loads Recsys_Related\Some_Class from includes/class-some-class.php.
 *
 * @param string $name A class with its namespace.
 */
function load_class( $name ) {
	$prefix = __NAMESPACE__ . '\\';
	if ( 0 === strpos( $name, $prefix ) ) {
		$file = strtolower( str_replace( '_', '-', substr( $name, strlen( $prefix ) ) ) );
		$path = __DIR__ . "/includes/class-$file.php";
		if ( is_file( $path ) ) {
			require $path;
		}
	}
}
spl_autoload_register( __NAMESPACE__ . '\load_class' );

register_activation_hook( __FILE__, array( Installer::class, 'activate' ) );
register_deactivation_hook( __FILE__, array( Installer::class, 'deactivate' ) );
add_action( 'plugins_loaded', array( Plugin::class, 'start' ) );
