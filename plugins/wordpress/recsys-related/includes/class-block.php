<?php
/**
 * The block, and what the editor needs for it.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * It is rendered on the server, also in the editor: editors see what readers will see.
 */
final class Block {

	/**
	 * Registers the hooks.
	 */
	public static function hook() {
		add_action( 'init', array( self::class, 'register' ) );
		add_action( 'enqueue_block_editor_assets', array( self::class, 'panel' ) );
	}

	/**
	 * Registers the block of block.json.
	 */
	public static function register() {
		register_block_type( RECSYS_RELATED_DIR . '/block', array( 'render_callback' => array( self::class, 'render' ) ) );
		wp_set_script_translations( 'recsys-related-editor-script', 'recsys-related', RECSYS_RELATED_DIR . '/languages' );
	}

	/**
	 * Adds the panel of a post with its pins and whether it is recommended.
	 */
	public static function panel() {
		$screen = get_current_screen();
		if ( ! $screen || ! in_array( $screen->post_type, Settings::post_types(), true ) ) {
			return;
		}
		$needs = array( 'wp-plugins', 'wp-edit-post', 'wp-element', 'wp-components', 'wp-data', 'wp-core-data', 'wp-api-fetch', 'wp-i18n', 'wp-url', 'wp-html-entities' );
		wp_enqueue_script( 'recsys-related-panel', Assets::url( 'block/panel.js' ), $needs, RECSYS_RELATED_VERSION, true );
		wp_set_script_translations( 'recsys-related-panel', 'recsys-related', RECSYS_RELATED_DIR . '/languages' );
	}

	/**
	 * Returns the list of the post that contains the block.
	 *
	 * @param array     $attributes Of the block.
	 * @param string    $content    Nothing.
	 * @param \WP_Block $block      With the post, in a query loop.
	 * @return string
	 */
	public static function render( $attributes, $content = '', $block = null ) {
		unset( $content );
		$post_id = (int) ( $block->context['postId'] ?? 0 );
		$post_id = $post_id ? $post_id : (int) get_the_ID();
		$preview = self::is_preview( $post_id );
		$html    = $post_id ? Markup::render( $post_id, Shortcode::wishes( (array) $attributes ), $preview ) : '';
		if ( $preview ) { // The editor has a wrapper of its own.
			return '' === $html ? '<p class="recsys-nothing">' . esc_html( self::why_nothing() ) . '</p>' : $html;
		}
		return '' === $html ? '' : '<div ' . get_block_wrapper_attributes() . ">$html</div>";
	}

	/**
	 * Whether the block is shown in the editor.
	 *
	 * @param int $post_id A post.
	 * @return bool
	 */
	private static function is_preview( $post_id ) {
		return defined( 'REST_REQUEST' ) && REST_REQUEST && $post_id && current_user_can( 'edit_post', $post_id );
	}

	/**
	 * The message for editors if readers would see nothing.
	 *
	 * @return string
	 */
	private static function why_nothing() {
		return '' === Settings::get( 'url' )
			? __( 'No service is configured yet. See Related headlines → Settings.', 'recsys-related' )
			: __( 'No related stories yet. Save the post with a title, or check the status of the service under Related headlines.', 'recsys-related' );
	}
}
