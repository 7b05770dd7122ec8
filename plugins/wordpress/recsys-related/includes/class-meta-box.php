<?php
/**
 * The settings of a post in the classic editor; the block editor has a panel.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * A box with the pinned stories, one per line, and whether the post is recommended.
 */
final class Meta_Box {

	const NONCE = 'recsys_related_box';

	/**
	 * Registers the hooks.
	 */
	public static function hook() {
		add_action( 'add_meta_boxes', array( self::class, 'add' ) );
		add_action( 'save_post', array( self::class, 'save' ) );
	}

	/**
	 * Adds the box for every post type that has lists.
	 */
	public static function add() {
		add_meta_box(
			'recsys-related',
			__( 'Related headlines', 'recsys-related' ),
			array( self::class, 'show' ),
			Settings::post_types(),
			'side',
			'default',
			array( '__back_compat_meta_box' => true )
		);
	}

	/**
	 * Prints the box.
	 *
	 * @param \WP_Post $post The post.
	 */
	public static function show( $post ) {
		$pins = array_map( 'get_permalink', Post_Choices::pins( $post->ID ) );
		wp_nonce_field( self::NONCE, self::NONCE );
		?>
		<p>
			<label for="recsys-related-pins"><?php esc_html_e( 'Stories pinned to the top of the list: one address or post ID per line', 'recsys-related' ); ?></label>
			<textarea class="widefat" rows="3" id="recsys-related-pins" name="recsys_related_pins"><?php echo esc_textarea( implode( "\n", $pins ) ); ?></textarea>
		</p>
		<p>
			<label><input type="checkbox" name="recsys_related_exclude" value="1" <?php checked( Post_Choices::is_excluded( $post->ID ) ); ?>>
			<?php esc_html_e( 'Never recommend this post', 'recsys-related' ); ?></label>
		</p>
		<?php
	}

	/**
	 * Saves what the box sent, if its nonce is valid.
	 *
	 * @param int $post_id The post.
	 */
	public static function save( $post_id ) {
		$nonce = isset( $_POST[ self::NONCE ] ) ? sanitize_key( $_POST[ self::NONCE ] ) : '';
		if ( ! wp_verify_nonce( $nonce, self::NONCE ) || ! current_user_can( 'edit_post', $post_id ) || wp_is_post_revision( $post_id ) || wp_is_post_autosave( $post_id ) ) {
			return;
		}
		$typed = isset( $_POST['recsys_related_pins'] ) ? sanitize_textarea_field( wp_unslash( $_POST['recsys_related_pins'] ) ) : '';
		$pins  = array();
		foreach ( preg_split( '/\s+/', $typed, -1, PREG_SPLIT_NO_EMPTY ) as $word ) {
			$pins[] = ctype_digit( $word ) ? (int) $word : url_to_postid( $word );
		}
		update_post_meta( $post_id, Post_Choices::PINS, $pins );
		update_post_meta( $post_id, Post_Choices::EXCLUDE, isset( $_POST['recsys_related_exclude'] ) );
	}
}
