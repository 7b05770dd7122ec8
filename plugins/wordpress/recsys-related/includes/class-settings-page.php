<?php
/**
 * The page on which the plugin is set up.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * A form of the Settings API, a test of the connection, and the archive.
 */
final class Settings_Page {

	const SLUG = 'recsys-related-settings';

	/**
	 * Registers the hooks.
	 */
	public static function hook() {
		add_action( 'admin_init', array( self::class, 'register' ) );
		add_action( 'admin_menu', array( self::class, 'add' ), 20 );
		add_filter( 'plugin_action_links_' . plugin_basename( RECSYS_RELATED_FILE ), array( self::class, 'link' ) );
	}

	/**
	 * Registers the option and its validation.
	 */
	public static function register() {
		register_setting(
			'recsys_related',
			Settings::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( Settings::class, 'sanitize' ),
				'show_in_rest'      => false,
			)
		);
	}

	/**
	 * Adds the page to the menu.
	 */
	public static function add() {
		$hook = add_submenu_page(
			Dashboard_Page::SLUG,
			__( 'Related headlines: settings', 'recsys-related' ),
			__( 'Settings', 'recsys-related' ),
			'manage_options',
			self::SLUG,
			array( self::class, 'show' )
		);
		add_action( "load-$hook", array( self::class, 'load' ) );
	}

	/**
	 * Adds a link to the list of plugins.
	 *
	 * @param string[] $links Others.
	 * @return string[]
	 */
	public static function link( $links ) {
		$url = admin_url( 'admin.php?page=' . self::SLUG );
		return array_merge( array( sprintf( '<a href="%s">%s</a>', esc_url( $url ), esc_html__( 'Settings', 'recsys-related' ) ) ), $links );
	}

	/**
	 * Adds the style and script of the page.
	 */
	public static function load() {
		wp_enqueue_style( 'recsys-related-admin', Assets::url( 'assets/admin.css' ), array(), RECSYS_RELATED_VERSION );
		wp_enqueue_script( 'recsys-related-admin', Assets::url( 'assets/admin.js' ), array( 'wp-api-fetch', 'wp-i18n' ), RECSYS_RELATED_VERSION, true );
		wp_set_script_translations( 'recsys-related-admin', 'recsys-related', RECSYS_RELATED_DIR . '/languages' );
	}

	/**
	 * Prints the page.
	 */
	public static function show() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		$settings = Settings::all();
		?>
		<div class="wrap recsys-admin">
			<h1><?php esc_html_e( 'Related headlines: settings', 'recsys-related' ); ?></h1>
			<?php settings_errors(); ?>
			<form action="options.php" method="post">
				<?php settings_fields( 'recsys_related' ); ?>
				<h2><?php esc_html_e( 'Service', 'recsys-related' ); ?></h2>
				<table class="form-table" role="presentation"><?php self::show_service( $settings ); ?></table>
				<h2><?php esc_html_e( 'List', 'recsys-related' ); ?></h2>
				<table class="form-table" role="presentation"><?php self::show_list( $settings ); ?></table>
				<h2><?php esc_html_e( 'Reader activity', 'recsys-related' ); ?></h2>
				<table class="form-table" role="presentation"><?php self::show_readers( $settings ); ?></table>
				<?php submit_button(); ?>
			</form>
			<?php self::show_archive(); ?>
		</div>
		<?php
	}

	/**
	 * Prints the settings of the connection.
	 *
	 * @param array $settings All.
	 */
	private static function show_service( array $settings ) {
		Fields::text( 'url', __( 'Address', 'recsys-related' ), $settings['url'], 'https://recsys.example.org', __( 'The address of `recsys serve` as reachable from this server.', 'recsys-related' ) );
		Fields::secret( 'key', __( 'Key', 'recsys-related' ), '' !== $settings['key'], __( 'Create it with `recsys keys add wordpress --right write`. It is stored in the database, never shown again, and only sent to the service.', 'recsys-related' ) );
		?>
		<tr>
			<th scope="row"><?php esc_html_e( 'Connection', 'recsys-related' ); ?></th>
			<td>
				<button type="button" class="button" id="recsys-test"><?php esc_html_e( 'Test connection', 'recsys-related' ); ?></button>
				<p id="recsys-test-result" role="status"></p>
			</td>
		</tr>
		<?php
		Fields::number( 'patience', __( 'Timeout', 'recsys-related' ), $settings['patience'], 10, 1000, __( 'How many milliseconds a page view may wait for the service if no list is saved yet. If the service takes longer, it is not contacted for a minute, and the list is fetched in the background.', 'recsys-related' ) );
	}

	/**
	 * Prints the settings of the lists.
	 *
	 * @param array $settings All.
	 */
	private static function show_list( array $settings ) {
		Fields::choice(
			'placement',
			__( 'Place', 'recsys-related' ),
			$settings['placement'],
			array(
				'after' => __( 'After every post', 'recsys-related' ),
				'none'  => __( 'Only where the block, the shortcode [recsys_related] or the widget is placed', 'recsys-related' ),
			)
		);
		Fields::text( 'heading', __( 'Heading', 'recsys-related' ), $settings['heading'], __( 'Related stories', 'recsys-related' ), '' );
		Fields::number( 'k', __( 'Headlines', 'recsys-related' ), $settings['k'], 1, 20, '' );
		Fields::dial( $settings['dial'] );
		Fields::sections( $settings['sections'] );
		Fields::choice(
			'look',
			__( 'Style', 'recsys-related' ),
			$settings['look'],
			array(
				'list'  => __( 'List with thumbnails', 'recsys-related' ),
				'cards' => __( 'Cards', 'recsys-related' ),
				'plain' => __( 'Theme style: do not load the plugin’s style sheet', 'recsys-related' ),
			)
		);
	}

	/**
	 * Prints the settings of the training data.
	 *
	 * @param array $settings All.
	 */
	private static function show_readers( array $settings ) {
		Fields::choice(
			'popular',
			__( 'Popular posts', 'recsys-related' ),
			$settings['popular'],
			array(
				'comments' => __( 'Most discussed in the past week', 'recsys-related' ),
				'views'    => __( 'Most viewed in the past week, as counted by another plugin', 'recsys-related' ),
				'off'      => __( 'Do not send', 'recsys-related' ),
			),
			__( 'Sent every hour. The service learns from it.', 'recsys-related' )
		);
		Fields::text( 'views_key', __( 'Meta key of view counts', 'recsys-related' ), $settings['views_key'], Popular::views_key(), __( 'Leave empty to use a well-known key that is in use.', 'recsys-related' ) );
		Fields::choice(
			'events',
			__( 'Views and clicks', 'recsys-related' ),
			$settings['events'],
			array(
				'wordpress' => __( 'Report to this site, which counts them and forwards them to the service', 'recsys-related' ),
				'direct'    => __( 'Report directly to the service, which must be reachable for readers', 'recsys-related' ),
				'off'       => __( 'Do not report', 'recsys-related' ),
			),
			__( 'No cookies are used, and nothing about readers is stored. Browsers that ask not to be tracked report nothing.', 'recsys-related' )
		);
	}

	/**
	 * Prints the archive and its progress.
	 */
	private static function show_archive() {
		$progress = Archive::progress();
		$done     = max( 0, $progress['total'] - $progress['left'] );
		?>
		<h2><?php esc_html_e( 'Existing posts', 'recsys-related' ); ?></h2>
		<p><?php esc_html_e( 'New and changed posts are sent automatically. Send older posts once; this happens in the background, and you can close this page.', 'recsys-related' ); ?></p>
		<p>
			<button type="button" class="button button-secondary" id="recsys-archive"><?php esc_html_e( 'Send existing posts', 'recsys-related' ); ?></button>
			<label><input type="checkbox" id="recsys-archive-anew"> <?php esc_html_e( 'including posts that have not changed since they were sent', 'recsys-related' ); ?></label>
		</p>
		<p id="recsys-archive-bar"<?php echo $progress['total'] ? '' : ' hidden'; ?>>
			<progress max="<?php echo esc_attr( max( 1, $progress['total'] ) ); ?>" value="<?php echo esc_attr( $done ); ?>" aria-label="<?php esc_attr_e( 'Existing posts', 'recsys-related' ); ?>" data-left="<?php echo esc_attr( $progress['left'] ); ?>"></progress>
			<span role="status"></span>
		</p>
		<?php
		self::show_refused();
	}

	/**
	 * Prints the posts that the service refused, and why.
	 */
	private static function show_refused() {
		$refused = Stories::refused( 20 );
		if ( ! $refused ) {
			return;
		}
		echo '<h3>' . esc_html__( 'Rejected by the service', 'recsys-related' ) . '</h3><ul class="ul-disc">';
		foreach ( $refused as $row ) {
			printf( '<li><a href="%s">%s</a>: %s</li>', esc_url( (string) get_edit_post_link( (int) $row->post_id ) ), esc_html( get_the_title( (int) $row->post_id ) ), esc_html( $row->problem ) );
		}
		echo '</ul>';
	}
}
