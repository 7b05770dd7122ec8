<?php
/**
 * The list in a sidebar.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * A widget that shows the list of the current post, and nothing on other pages.
 */
final class Sidebar_Widget extends \WP_Widget {

	/**
	 * Sets the names of the widget.
	 */
	public function __construct() {
		parent::__construct(
			'recsys_related',
			__( 'Related headlines', 'recsys-related' ),
			array(
				'description'           => __( 'Related headlines for the current post.', 'recsys-related' ),
				'show_instance_in_rest' => true,
			)
		);
	}

	/**
	 * Prints the widget on a page.
	 *
	 * @param array $args     Of the sidebar.
	 * @param array $instance Heading and number.
	 */
	public function widget( $args, $instance ) {
		$html = is_singular( Settings::post_types() ) ? Markup::render( get_queried_object_id(), Shortcode::wishes( (array) $instance ) ) : '';
		if ( '' !== $html ) {
			// The theme's own markup, and ours, which is escaped where it is built.
			echo $args['before_widget'] . $html . $args['after_widget']; // phpcs:ignore WordPress.Security.EscapeOutput, WordPress.XSS.EscapeOutput
		}
	}

	/**
	 * Prints the form.
	 *
	 * @param array $instance Heading and number.
	 */
	public function form( $instance ) {
		$wishes = Shortcode::wishes( (array) $instance );
		?>
		<p>
			<label for="<?php echo esc_attr( $this->get_field_id( 'heading' ) ); ?>"><?php esc_html_e( 'Heading', 'recsys-related' ); ?></label>
			<input class="widefat" id="<?php echo esc_attr( $this->get_field_id( 'heading' ) ); ?>" name="<?php echo esc_attr( $this->get_field_name( 'heading' ) ); ?>" value="<?php echo esc_attr( $wishes['heading'] ); ?>">
		</p>
		<p>
			<label for="<?php echo esc_attr( $this->get_field_id( 'k' ) ); ?>"><?php esc_html_e( 'Headlines (0 uses the setting)', 'recsys-related' ); ?></label>
			<input type="number" min="0" max="20" class="tiny-text" id="<?php echo esc_attr( $this->get_field_id( 'k' ) ); ?>" name="<?php echo esc_attr( $this->get_field_name( 'k' ) ); ?>" value="<?php echo esc_attr( $wishes['k'] ); ?>">
		</p>
		<?php
	}

	/**
	 * Returns the valid values of the form.
	 *
	 * @param array $new_instance As sent.
	 * @param array $old_instance As kept.
	 * @return array
	 */
	public function update( $new_instance, $old_instance ) {
		unset( $old_instance );
		$wishes            = Shortcode::wishes( (array) $new_instance );
		$wishes['heading'] = sanitize_text_field( $wishes['heading'] );
		return array_intersect_key( $wishes, array( 'heading' => 1, 'k' => 1 ) );
	}
}
