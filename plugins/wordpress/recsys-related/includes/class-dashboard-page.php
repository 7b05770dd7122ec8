<?php
/**
 * The page that shows views, clicks and the state of the service.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * For users who may edit others' posts.
 */
final class Dashboard_Page {

	const SLUG = 'recsys-related';
	const DAYS = 28;

	/**
	 * Registers the hook.
	 */
	public static function hook() {
		add_action( 'admin_menu', array( self::class, 'add' ) );
	}

	/**
	 * Adds the page to the menu.
	 */
	public static function add() {
		$title = __( 'Related headlines', 'recsys-related' );
		$hook  = add_menu_page( $title, $title, 'edit_others_posts', self::SLUG, array( self::class, 'show' ), 'dashicons-list-view', 26 );
		add_submenu_page( self::SLUG, $title, __( 'Overview', 'recsys-related' ), 'edit_others_posts', self::SLUG, array( self::class, 'show' ) );
		add_action(
			"load-$hook",
			static function () {
				wp_enqueue_style( 'recsys-related-admin', Assets::url( 'assets/admin.css' ), array(), RECSYS_RELATED_VERSION );
			}
		);
	}

	/**
	 * Prints the page.
	 */
	public static function show() {
		if ( ! current_user_can( 'edit_others_posts' ) ) {
			return;
		}
		$days = Counts::by_day( self::DAYS );
		?>
		<div class="wrap recsys-admin">
			<h1><?php esc_html_e( 'Related headlines', 'recsys-related' ); ?></h1>
			<?php
			self::show_health();
			self::show_sums( $days );
			self::show_days( $days );
			?>
			<div class="recsys-columns">
				<?php
				self::show_top( 'target_id', __( 'Most clicked stories', 'recsys-related' ) );
				self::show_top( 'post_id', __( 'Posts with the most clicks', 'recsys-related' ) );
				?>
			</div>
			<p class="description"><?php esc_html_e( 'A list counts as shown once half of it has been visible for a second. Bots and browsers that ask not to be tracked are not counted.', 'recsys-related' ); ?></p>
		</div>
		<?php
	}

	/**
	 * Prints whether the service answers, and how many posts are waiting.
	 */
	private static function show_health() {
		if ( '' === Settings::get( 'url' ) ) {
			self::notice( 'info', __( 'No service is configured yet. See Settings.', 'recsys-related' ) );
			return;
		}
		$counts = Stories::counts();
		foreach ( array( 'views', 'writes' ) as $what ) {
			$until = (int) ( new Breaker( $what ) )->until();
			if ( $until > time() ) {
				/* translators: %s: a time of day */
				self::notice( 'warning', sprintf( __( 'The service did not respond in time. It will not be contacted until %s; saved lists are shown in the meantime.', 'recsys-related' ), wp_date( get_option( 'time_format' ) . ' (s)', $until ) ) );
				break;
			}
		}
		if ( Reports::were_turned_away() ) {
			self::notice( 'warning', __( 'Today one address sent more reports than are counted. If this site is behind a proxy, make sure that it passes on the readers’ addresses: see “recsys_related_client_address” in the documentation.', 'recsys-related' ) );
		}
		if ( $counts['refused'] ) {
			/* translators: %d: number of posts */
			self::notice( 'warning', sprintf( _n( '%d post was rejected. See Settings.', '%d posts were rejected. See Settings.', $counts['refused'], 'recsys-related' ), $counts['refused'] ) );
		}
	}

	/**
	 * Prints a line of the summary.
	 *
	 * @param string $kind Of WordPress.
	 * @param string $text For people.
	 */
	private static function notice( $kind, $text ) {
		printf( '<div class="notice notice-%s inline"><p>%s</p></div>', esc_attr( $kind ), esc_html( $text ) );
	}

	/**
	 * Prints the totals of all days.
	 *
	 * @param array[] $days Of Counts::by_day.
	 */
	private static function show_sums( array $days ) {
		$shown   = array_sum( wp_list_pluck( $days, 'shown' ) );
		$clicked = array_sum( wp_list_pluck( $days, 'clicked' ) );
		$counts  = Stories::counts();
		$sums    = array(
			array( number_format_i18n( $shown ), __( 'lists shown', 'recsys-related' ) ),
			array( number_format_i18n( $clicked ), __( 'stories clicked', 'recsys-related' ) ),
			array( self::share( $clicked, $shown ), __( 'clicks per list shown', 'recsys-related' ) ),
			array( number_format_i18n( $counts['known'] ), __( 'posts on the service', 'recsys-related' ) ),
			array( number_format_i18n( $counts['waiting'] ), __( 'posts waiting to be sent', 'recsys-related' ) ),
		);
		/* translators: %d: number of days */
		echo '<h2>' . esc_html( sprintf( __( 'The last %d days', 'recsys-related' ), self::DAYS ) ) . '</h2><dl class="recsys-sums">';
		foreach ( $sums as list( $number, $label ) ) {
			printf( '<div><dt>%s</dt><dd>%s</dd></div>', esc_html( $label ), esc_html( $number ) );
		}
		echo '</dl>';
	}

	/**
	 * Formats a share as a percentage.
	 *
	 * @param int $part  Part.
	 * @param int $whole Whole.
	 * @return string
	 */
	private static function share( $part, $whole ) {
		return $whole ? number_format_i18n( 100 * $part / $whole, 1 ) . ' %' : '–';
	}

	/**
	 * Prints a bar for each day: its height is the number of views, its lower part the clicks. A table has the same for screen readers.
	 *
	 * @param array[] $days Of Counts::by_day.
	 */
	private static function show_days( array $days ) {
		$most = max( 1, max( wp_list_pluck( $days, 'shown' ) ), max( wp_list_pluck( $days, 'clicked' ) ) );
		$step = 100 / count( $days );
		echo '<svg class="recsys-days" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">';
		foreach ( array_values( $days ) as $place => $day ) {
			foreach ( array( 'shown', 'clicked' ) as $what ) {
				$height = 24 * $day[ $what ] / $most;
				printf( '<rect class="is-%s" x="%.2F" y="%.2F" width="%.2F" height="%.2F"></rect>', esc_attr( $what ), (float) ( $place * $step + 0.3 ), (float) ( 24 - $height ), (float) ( $step - 0.6 ), (float) $height );
			}
		}
		echo '</svg><p class="recsys-legend" aria-hidden="true"><span>' . esc_html( self::day( array_key_first( $days ) ) ) . '</span>';
		echo '<span><i class="is-shown"></i> ' . esc_html__( 'shown', 'recsys-related' ) . ' <i class="is-clicked"></i> ' . esc_html__( 'clicked', 'recsys-related' ) . '</span>';
		echo '<span>' . esc_html( self::day( array_key_last( $days ) ) ) . '</span></p>';
		echo '<div class="screen-reader-text"><table><caption>' . esc_html__( 'By day', 'recsys-related' ) . '</caption><thead><tr><th>' . esc_html__( 'Day', 'recsys-related' ) . '</th><th>' . esc_html__( 'Shown', 'recsys-related' ) . '</th><th>' . esc_html__( 'Clicked', 'recsys-related' ) . '</th></tr></thead><tbody>';
		foreach ( $days as $day => $count ) {
			printf( '<tr><th>%s</th><td>%d</td><td>%d</td></tr>', esc_html( self::day( $day ) ), (int) $count['shown'], (int) $count['clicked'] );
		}
		echo '</tbody></table></div>';
	}

	/**
	 * Formats a day as set for the site.
	 *
	 * @param string $day As 2026-03-01.
	 * @return string
	 */
	private static function day( $day ) {
		return date_i18n( get_option( 'date_format' ), strtotime( $day ) );
	}

	/**
	 * Prints a table of posts.
	 *
	 * @param string $by    As of Counts::top.
	 * @param string $title Above it.
	 */
	private static function show_top( $by, $title ) {
		$rows     = Counts::top( $by, self::DAYS, 10 );
		$is_pages = 'post_id' === $by;
		echo '<section><h2>' . esc_html( $title ) . '</h2>';
		if ( ! $rows ) {
			echo '<p>' . esc_html__( 'Nothing yet.', 'recsys-related' ) . '</p></section>';
			return;
		}
		echo '<table class="widefat striped"><thead><tr><th scope="col">' . esc_html__( 'Post', 'recsys-related' ) . '</th>';
		echo $is_pages ? '<th scope="col" class="num">' . esc_html__( 'Shown', 'recsys-related' ) . '</th>' : '';
		echo '<th scope="col" class="num">' . esc_html__( 'Clicked', 'recsys-related' ) . '</th></tr></thead><tbody>';
		foreach ( $rows as $row ) {
			printf( '<tr><td><a href="%s">%s</a></td>', esc_url( (string) get_permalink( (int) $row->id ) ), esc_html( wp_strip_all_tags( get_the_title( (int) $row->id ) ) ) );
			echo $is_pages ? '<td class="num">' . esc_html( number_format_i18n( (int) $row->shown ) ) . '</td>' : '';
			echo '<td class="num">' . esc_html( number_format_i18n( (int) $row->clicked ) ) . '</td></tr>';
		}
		echo '</tbody></table></section>';
	}
}
