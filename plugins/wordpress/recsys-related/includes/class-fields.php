<?php
/**
 * Rows of the settings form.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * Each prints one row of a form table.
 */
final class Fields {

	/**
	 * A line of text.
	 *
	 * @param string $name        Of the setting.
	 * @param string $label       For people.
	 * @param string $value       As it is.
	 * @param string $placeholder What holds when it is empty.
	 * @param string $help        Below it.
	 */
	public static function text( $name, $label, $value, $placeholder, $help ) {
		self::begin( $name, $label );
		printf( '<input type="text" class="regular-text" id="%s" name="%s" value="%s" placeholder="%s">', esc_attr( self::id( $name ) ), esc_attr( self::name( $name ) ), esc_attr( $value ), esc_attr( $placeholder ) );
		self::end( $name, $help );
	}

	/**
	 * A secret, which is never printed.
	 *
	 * @param string $name   Of the setting.
	 * @param string $label  For people.
	 * @param bool   $is_set Whether there is one.
	 * @param string $help   Below it.
	 */
	public static function secret( $name, $label, $is_set, $help ) {
		$hint = $is_set ? __( 'Saved; enter a new one to change it', 'recsys-related' ) : 'rk_…';
		self::begin( $name, $label );
		printf( '<input type="password" class="regular-text" autocomplete="new-password" id="%s" name="%s" value="" placeholder="%s">', esc_attr( self::id( $name ) ), esc_attr( self::name( $name ) ), esc_attr( $hint ) );
		self::end( $name, $help );
	}

	/**
	 * A whole number.
	 *
	 * @param string $name  Of the setting.
	 * @param string $label For people.
	 * @param int    $value As it is.
	 * @param int    $least Least.
	 * @param int    $most  Most.
	 * @param string $help  Below it.
	 */
	public static function number( $name, $label, $value, $least, $most, $help ) {
		self::begin( $name, $label );
		printf( '<input type="number" class="small-text" id="%s" name="%s" value="%d" min="%d" max="%d">', esc_attr( self::id( $name ) ), esc_attr( self::name( $name ) ), (int) $value, (int) $least, (int) $most );
		self::end( $name, $help );
	}

	/**
	 * A choice of one of several values.
	 *
	 * @param string   $name    Of the setting.
	 * @param string   $label   For people.
	 * @param string   $value   As it is.
	 * @param string[] $choices Texts by value.
	 * @param string   $help    Below it.
	 */
	public static function choice( $name, $label, $value, array $choices, $help = '' ) {
		printf( '<tr><th scope="row">%1$s</th><td><fieldset><legend class="screen-reader-text"><span>%1$s</span></legend>', esc_html( $label ) );
		foreach ( $choices as $choice => $text ) {
			printf( '<label><input type="radio" name="%s" value="%s" %s> %s</label><br>', esc_attr( self::name( $name ) ), esc_attr( $choice ), checked( $value, $choice, false ), esc_html( $text ) );
		}
		echo '</fieldset>';
		self::end( $name, $help );
	}

	/**
	 * The dial from related to popular, or the learned value.
	 *
	 * @param string $value From 0 to 1, or empty.
	 */
	public static function dial( $value ) {
		$as_learnt = '' === $value;
		self::begin( 'dial', __( 'Related or popular', 'recsys-related' ) );
		?>
		<label><input type="checkbox" id="recsys-dial-learnt" <?php checked( $as_learnt ); ?>> <?php esc_html_e( 'use the value of the service', 'recsys-related' ); ?></label>
		<p class="recsys-dial">
			<span aria-hidden="true"><?php esc_html_e( 'related', 'recsys-related' ); ?></span>
			<input type="range" min="0" max="1" step="0.05" id="<?php echo esc_attr( self::id( 'dial' ) ); ?>" name="<?php echo esc_attr( self::name( 'dial' ) ); ?>" value="<?php echo esc_attr( $as_learnt ? '0.5' : $value ); ?>" <?php disabled( $as_learnt ); ?>>
			<span aria-hidden="true"><?php esc_html_e( 'popular', 'recsys-related' ); ?></span>
			<output for="<?php echo esc_attr( self::id( 'dial' ) ); ?>"><?php echo esc_html( $as_learnt ? '' : $value ); ?></output>
		</p>
		<?php
		// The value that a browser sends if the dial is disabled.
		printf( '<input type="hidden" name="%s" value="" id="recsys-dial-none" %s>', esc_attr( self::name( 'dial' ) ), disabled( ! $as_learnt, true, false ) );
		self::end( 'dial', __( 'From stories on the same subject to stories that most readers want now.', 'recsys-related' ) );
	}

	/**
	 * The categories from which stories are shown.
	 *
	 * @param string[] $chosen Names.
	 */
	public static function sections( array $chosen ) {
		$names = get_categories(
			array(
				'fields'  => 'names',
				'number'  => 50,
				'orderby' => 'count',
				'order'   => 'DESC',
			)
		);
		$label = __( 'Sections', 'recsys-related' );
		printf( '<tr><th scope="row">%1$s</th><td><fieldset class="recsys-sections"><legend class="screen-reader-text"><span>%1$s</span></legend>', esc_html( $label ) );
		printf( '<input type="hidden" name="%s[]" value="">', esc_attr( self::name( 'sections' ) ) );
		foreach ( array_unique( array_merge( $names, $chosen ) ) as $name ) {
			$plain = html_entity_decode( $name, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
			printf( '<label><input type="checkbox" name="%s[]" value="%s" %s> %s</label>', esc_attr( self::name( 'sections' ) ), esc_attr( $plain ), checked( in_array( $plain, $chosen, true ), true, false ), esc_html( $plain ) );
		}
		echo '</fieldset>';
		self::end( 'sections', __( 'Only stories in these categories are shown. If none is selected, stories in all categories are.', 'recsys-related' ) );
	}

	/**
	 * Starts a row with a label.
	 *
	 * @param string $name  Of the setting.
	 * @param string $label For people.
	 */
	private static function begin( $name, $label ) {
		printf( '<tr><th scope="row"><label for="%s">%s</label></th><td>', esc_attr( self::id( $name ) ), esc_html( $label ) );
	}

	/**
	 * Ends a row; text between backticks is printed as code.
	 *
	 * @param string $name Of the setting.
	 * @param string $help Below the field.
	 */
	private static function end( $name, $help ) {
		if ( '' !== $help ) {
			printf( '<p class="description" id="%s-help">%s</p>', esc_attr( self::id( $name ) ), wp_kses( preg_replace( '/`([^`]*)`/', '<code>$1</code>', esc_html( $help ) ), array( 'code' => array() ) ) );
		}
		echo '</td></tr>';
	}

	/**
	 * The id of a field.
	 *
	 * @param string $name Of the setting.
	 * @return string
	 */
	private static function id( $name ) {
		return "recsys-$name";
	}

	/**
	 * The name of a field.
	 *
	 * @param string $name Of the setting.
	 * @return string
	 */
	private static function name( $name ) {
		return Settings::OPTION . "[$name]";
	}
}
