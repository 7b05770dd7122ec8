<?php
/**
 * Creates, updates and removes what the plugin stores in a database.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Tables and cron events, on one site or on every site of a network.
 */
final class Installer {

	const SCHEMA        = 2;
	const SCHEMA_OPTION = 'recsys_related_schema';
	const TABLES        = array( 'recsys_stories', 'recsys_counts', 'recsys_reports', 'recsys_report_rates' );

	/**
	 * Handles sites that are added or deleted later, and updates without a new activation.
	 */
	public static function hook() {
		add_action( 'init', array( self::class, 'bring_up_to_date' ), 5 );
		add_filter( 'wpmu_drop_tables', array( self::class, 'tables_to_drop' ), 10, 2 );
	}

	/**
	 * Runs on activation, for all sites if it is activated for the network.
	 *
	 * @param bool $network_wide Whether for every site.
	 */
	public static function activate( $network_wide ) {
		if ( is_multisite() && $network_wide ) {
			self::on_every_site( array( self::class, 'install' ) );
		} else {
			self::install();
		}
	}

	/**
	 * Removes the cron events; everything else stays for the next activation.
	 *
	 * @param bool $network_wide Whether for every site.
	 */
	public static function deactivate( $network_wide ) {
		$stop = static function () {
			wp_clear_scheduled_hook( 'recsys_related_work' );
			wp_clear_scheduled_hook( 'recsys_related_hourly' );
		};
		if ( is_multisite() && $network_wide ) {
			self::on_every_site( $stop );
		} else {
			$stop();
		}
	}

	/**
	 * Creates the tables of a site that was added to a network.
	 */
	public static function bring_up_to_date() {
		if ( (int) get_option( self::SCHEMA_OPTION ) !== self::SCHEMA ) {
			self::install();
		}
	}

	/**
	 * Creates the tables and the hourly event of the current site.
	 */
	public static function install() {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$charset = $wpdb->get_charset_collate();
		dbDelta(
			"CREATE TABLE {$wpdb->prefix}recsys_stories (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				post_id bigint(20) unsigned DEFAULT NULL,
				url varchar(2000) NOT NULL DEFAULT '',
				url_key char(32) NOT NULL DEFAULT '',
				task varchar(10) NOT NULL DEFAULT '',
				is_news tinyint(1) NOT NULL DEFAULT 0,
				bulk tinyint(1) NOT NULL DEFAULT 0,
				version int(10) unsigned NOT NULL DEFAULT 0,
				due int(10) unsigned NOT NULL DEFAULT 0,
				tries smallint(5) unsigned NOT NULL DEFAULT 0,
				sent char(32) NOT NULL DEFAULT '',
				problem varchar(500) NOT NULL DEFAULT '',
				PRIMARY KEY  (id),
				UNIQUE KEY post_id (post_id),
				KEY url_key (url_key),
				KEY todo (task,bulk,due)
			) $charset;"
		);
		dbDelta(
			"CREATE TABLE {$wpdb->prefix}recsys_counts (
				day date NOT NULL,
				post_id bigint(20) unsigned NOT NULL,
				target_id bigint(20) unsigned NOT NULL DEFAULT 0,
				shown int(10) unsigned NOT NULL DEFAULT 0,
				clicked int(10) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (day,post_id,target_id)
			) $charset;"
		);
		dbDelta(
			"CREATE TABLE {$wpdb->prefix}recsys_reports (
				view char(32) NOT NULL,
				place tinyint(3) unsigned NOT NULL DEFAULT 0,
				token char(32) NOT NULL,
				day_no int(10) unsigned NOT NULL,
				PRIMARY KEY  (view,place),
				KEY token (token),
				KEY day_no (day_no)
			) $charset;"
		);
		dbDelta(
			"CREATE TABLE {$wpdb->prefix}recsys_report_rates (
				bucket smallint(5) unsigned NOT NULL,
				minute_no int(10) unsigned NOT NULL,
				in_minute int(10) unsigned NOT NULL,
				day_no int(10) unsigned NOT NULL,
				in_day int(10) unsigned NOT NULL,
				PRIMARY KEY  (bucket)
			) $charset;"
		);
		if ( ! wp_next_scheduled( 'recsys_related_hourly' ) ) {
			wp_schedule_event( time() + 60, 'hourly', 'recsys_related_hourly' );
		}
		update_option( self::SCHEMA_OPTION, self::SCHEMA );
	}

	/**
	 * Includes our tables when a site of a network is deleted.
	 *
	 * @param string[] $tables  Tables that are dropped.
	 * @param int      $site_id The site.
	 * @return string[]
	 */
	public static function tables_to_drop( $tables, $site_id ) {
		global $wpdb;
		$prefix = $wpdb->get_blog_prefix( $site_id );
		return array_merge( $tables, self::tables( $prefix ) );
	}

	/**
	 * Returns the names of our tables of a site.
	 *
	 * @param string $prefix Of the site.
	 * @return string[]
	 */
	private static function tables( $prefix ) {
		return array_map(
			static function ( $table ) use ( $prefix ) {
				return $prefix . $table;
			},
			self::TABLES
		);
	}

	/**
	 * Removes everything from every site.
	 */
	public static function uninstall() {
		if ( is_multisite() ) {
			self::on_every_site( array( self::class, 'uninstall_site' ) );
		} else {
			self::uninstall_site();
		}
	}

	/**
	 * Removes everything from the current site.
	 */
	public static function uninstall_site() {
		global $wpdb;
		wp_clear_scheduled_hook( 'recsys_related_work' );
		wp_clear_scheduled_hook( 'recsys_related_hourly' );
		$wpdb->query( 'DROP TABLE IF EXISTS ' . implode( ', ', self::tables( $wpdb->prefix ) ) );
		$names = array( 'recsys_related%', '_transient_recsys_related%', '_transient_timeout_recsys_related%', 'widget_recsys_related%' );
		foreach ( $names as $name ) {
			$pattern = str_replace( '_', '\_', $name );
			$options = $wpdb->get_col( $wpdb->prepare( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE %s", $pattern ) );
			foreach ( $options as $option ) {
				delete_option( $option );
			}
		}
		delete_post_meta_by_key( '_recsys_related_pins' );
		delete_post_meta_by_key( '_recsys_related_exclude' );
	}

	/**
	 * Calls a function for each site.
	 *
	 * @param callable $work What is done there.
	 */
	private static function on_every_site( $work ) {
		foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $site_id ) {
			switch_to_blog( $site_id );
			call_user_func( $work );
			restore_current_blog();
		}
	}
}
