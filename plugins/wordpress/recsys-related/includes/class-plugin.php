<?php
/**
 * Registers all hooks.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Starts the parts; each registers its own hooks.
 */
final class Plugin {

	/**
	 * Runs on every request.
	 */
	public static function start() {
		load_plugin_textdomain( 'recsys-related', false, dirname( plugin_basename( RECSYS_RELATED_FILE ) ) . '/languages' );
		Installer::hook();
		Post_Choices::hook();
		Sender::hook();
		Worker::hook();
		Popular::hook();
		Assets::hook();
		Placement::hook();
		Block::hook();
		Shortcode::hook();
		Rest::hook();
		add_action(
			'widgets_init',
			static function () {
				register_widget( Sidebar_Widget::class );
			}
		);
		if ( is_admin() ) {
			Settings_Page::hook();
			Dashboard_Page::hook();
			Meta_Box::hook();
		}
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			\WP_CLI::add_command( 'recsys', Cli::class );
		}
	}
}
