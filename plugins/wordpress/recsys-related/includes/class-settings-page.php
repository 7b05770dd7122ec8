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
	 * Hooks of WordPress.
	 */
	public static function hook() {
		add_action( 'admin_init', array( self::class, 'register' ) );
		add_action( 'admin_menu', array( self::class, 'add' ), 20 );
		add_filter( 'plugin_action_links_' . plugin_basename( RECSYS_RELATED_FILE ), array( self::class, 'link' ) );
	}

	/**
	 * The option, and how it is checked.
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
	 * Its place in the menu.
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
	 * In the list of plugins.
	 *
	 * @param string[] $links Others.
	 * @return string[]
	 */
	public static function link( $links ) {
		$url = admin_url( 'admin.php?page=' . self::SLUG );
		return array_merge( array( sprintf( '<a href="%s">%s</a>', esc_url( $url ), esc_html__( 'Settings', 'recsys-related' ) ) ), $links );
	}

	/**
	 * Its style and script.
	 */
	public static function load() {
		wp_enqueue_style( 'recsys-related-admin', Assets::url( 'assets/admin.css' ), array(), RECSYS_RELATED_VERSION );
		wp_enqueue_script( 'recsys-related-admin', Assets::url( 'assets/admin.js' ), array( 'wp-api-fetch', 'wp-i18n' ), RECSYS_RELATED_VERSION, true );
		wp_set_script_translations( 'recsys-related-admin', 'recsys-related', RECSYS_RELATED_DIR . '/languages' );
	}

	/**
	 * The page.
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
				<h2><?php esc_html_e( 'What readers do', 'recsys-related' ); ?></h2>
				<table class="form-table" role="presentation"><?php self::show_readers( $settings ); ?></table>
				<?php submit_button(); ?>
			</form>
			<?php self::show_archive(); ?>
		</div>
		<?php
	}

	/**
	 * Where the service is.
	 *
	 * @param array $settings All.
	 */
	private static function show_service( array $settings ) {
		Fields::text( 'url', __( 'Address', 'recsys-related' ), $settings['url'], 'https://recsys.example.org', __( 'Where `recsys serve` listens, as this server reaches it.', 'recsys-related' ) );
		Fields::secret( 'key', __( 'Key', 'recsys-related' ), '' !== $settings['key'], __( 'Made by `recsys keys add wordpress --right write`. It is kept in the database, never shown again, and sent to the service only.', 'recsys-related' ) );
		?>
		<tr>
			<th scope="row"><?php esc_html_e( 'Connection', 'recsys-related' ); ?></th>
			<td>
				<button type="button" class="button" id="recsys-test"><?php esc_html_e( 'Test the connection', 'recsys-related' ); ?></button>
				<p id="recsys-test-result" role="status"></p>
			</td>
		</tr>
		<?php
		Fields::number( 'patience', __( 'Patience', 'recsys-related' ), $settings['patience'], 10, 1000, __( 'Milliseconds that a page view may wait for the service when no list is kept yet. A service that takes longer is left alone for a minute, and the list is made in the background.', 'recsys-related' ) );
	}

	/**
	 * What is shown.
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
				'none'  => __( 'Only where the block, the shortcode [recsys_related] or the widget stands', 'recsys-related' ),
			)
		);
		Fields::text( 'heading', __( 'Heading', 'recsys-related' ), $settings['heading'], __( 'Related stories', 'recsys-related' ), '' );
		Fields::number( 'k', __( 'Headlines', 'recsys-related' ), $settings['k'], 1, 20, '' );
		Fields::dial( $settings['dial'] );
		Fields::sections( $settings['sections'] );
		Fields::choice(
			'look',
			__( 'Look', 'recsys-related' ),
			$settings['look'],
			array(
				'list'  => __( 'List with small pictures', 'recsys-related' ),
				'cards' => __( 'Cards', 'recsys-related' ),
				'plain' => __( 'As the theme has it: no style of ours', 'recsys-related' ),
			)
		);
	}

	/**
	 * What is learnt from.
	 *
	 * @param array $settings All.
	 */
	private static function show_readers( array $settings ) {
		Fields::choice(
			'popular',
			__( 'Popular posts', 'recsys-related' ),
			$settings['popular'],
			array(
				'comments' => __( 'The most discussed of a week', 'recsys-related' ),
				'views'    => __( 'The most viewed of a week, as another plugin counts them', 'recsys-related' ),
				'off'      => __( 'Send none', 'recsys-related' ),
			),
			__( 'Sent every hour; it is what the service learns from.', 'recsys-related' )
		);
		Fields::text( 'views_key', __( 'Views are counted in', 'recsys-related' ), $settings['views_key'], Popular::views_key(), __( 'A meta key; empty: a well-known one that is in use.', 'recsys-related' ) );
		Fields::choice(
			'events',
			__( 'Shown and clicked', 'recsys-related' ),
			$settings['events'],
			array(
				'wordpress' => __( 'Reported to this site, which counts them and hands them on', 'recsys-related' ),
				'direct'    => __( 'Reported to the service, which readers can reach at its address', 'recsys-related' ),
				'off'       => __( 'Not reported', 'recsys-related' ),
			),
			__( 'Without cookies, and nothing is kept of a reader. Browsers that ask not to be tracked report nothing.', 'recsys-related' )
		);
	}

	/**
	 * The archive and its progress.
	 */
	private static function show_archive() {
		$progress = Archive::progress();
		$done     = max( 0, $progress['total'] - $progress['left'] );
		?>
		<h2><?php esc_html_e( 'Archive', 'recsys-related' ); ?></h2>
		<p><?php esc_html_e( 'New and changed posts are sent by themselves. What was published before the plugin came is sent once, in the background; this page may be closed meanwhile.', 'recsys-related' ); ?></p>
		<p>
			<button type="button" class="button button-secondary" id="recsys-archive"><?php esc_html_e( 'Send the archive', 'recsys-related' ); ?></button>
			<label><input type="checkbox" id="recsys-archive-anew"> <?php esc_html_e( 'also what did not change since it was sent', 'recsys-related' ); ?></label>
		</p>
		<p id="recsys-archive-bar"<?php echo $progress['total'] ? '' : ' hidden'; ?>>
			<progress max="<?php echo esc_attr( max( 1, $progress['total'] ) ); ?>" value="<?php echo esc_attr( $done ); ?>" aria-label="<?php esc_attr_e( 'Archive', 'recsys-related' ); ?>" data-left="<?php echo esc_attr( $progress['left'] ); ?>"></progress>
			<span role="status"></span>
		</p>
		<?php
		self::show_refused();
	}

	/**
	 * Posts that the service refused, and why.
	 */
	private static function show_refused() {
		$refused = Stories::refused( 20 );
		if ( ! $refused ) {
			return;
		}
		echo '<h3>' . esc_html__( 'Refused by the service', 'recsys-related' ) . '</h3><ul class="ul-disc">';
		foreach ( $refused as $row ) {
			printf( '<li><a href="%s">%s</a>: %s</li>', esc_url( (string) get_edit_post_link( (int) $row->post_id ) ), esc_html( get_the_title( (int) $row->post_id ) ), esc_html( $row->problem ) );
		}
		echo '</ul>';
	}
}
