<?php
/**
 * The table of posts that the service knows, and of pending changes.
 *
 * @package Recsys_Related
 */

namespace Recsys_Related;

/**
 * One row for every post that was to be sent; a row without a post is an address that has to be withdrawn.
 * `task` is `send`, `withdraw`, `list` (request the list of the post), or empty. A task that is set again while it is carried out gets a new `version`, and stays.
 */
final class Stories {

	/**
	 * The name of the table.
	 *
	 * @return string
	 */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'recsys_stories';
	}

	/**
	 * The key by which an address is found.
	 *
	 * @param string $url An address.
	 * @return string
	 */
	public static function key_of( $url ) {
		$parts = explode( '#', (string) $url );
		return md5( untrailingslashit( preg_replace( '#^https?://(www\.)?#i', '', $parts[0] ) ) );
	}

	/**
	 * Sets the task of a post.
	 *
	 * @param int    $post_id A post.
	 * @param string $task    What is to be done.
	 * @param bool   $is_news Whether the story is news: just published.
	 */
	public static function give( $post_id, $task, $is_news = false ) {
		global $wpdb;
		$table = self::table();
		$sql   = "INSERT INTO $table (post_id, task, is_news) VALUES (%d, %s, %d) ON DUPLICATE KEY UPDATE
			task = VALUES(task), is_news = GREATEST(is_news, VALUES(is_news)), version = version + 1, due = 0, tries = 0, problem = ''";
		$wpdb->query( $wpdb->prepare( $sql, $post_id, $task, (int) $is_news ) );
	}

	/**
	 * Requests the list of a post in the background, unless it has another task.
	 *
	 * @param int $post_id A post.
	 */
	public static function want_list( $post_id ) {
		global $wpdb;
		$table = self::table();
		$sql   = "UPDATE $table SET task = 'list', due = %d WHERE post_id = %d AND task = ''";
		if ( $wpdb->query( $wpdb->prepare( $sql, time() + Breaker::seconds(), $post_id ) ) && ! wp_next_scheduled( 'recsys_related_work' ) ) {
			wp_schedule_single_event( time() + Breaker::seconds(), 'recsys_related_work' );
		}
	}

	/**
	 * Marks an address to be withdrawn that no post has any more.
	 *
	 * @param string $url An address.
	 */
	public static function withdraw_address( $url ) {
		global $wpdb;
		$wpdb->insert(
			self::table(),
			array(
				'url'     => $url,
				'url_key' => self::key_of( $url ),
				'task'    => 'withdraw',
			)
		);
	}

	/**
	 * Handles a deleted post: its address stays in the table until it is withdrawn from the service.
	 *
	 * @param int $post_id A post.
	 */
	public static function forget_post( $post_id ) {
		global $wpdb;
		$table = self::table();
		$sql   = "UPDATE $table SET post_id = NULL, task = 'withdraw', version = version + 1, due = 0, tries = 0 WHERE post_id = %d";
		$wpdb->query( $wpdb->prepare( $sql, $post_id ) );
	}

	/**
	 * The row of a post; null if there is none.
	 *
	 * @param int $post_id A post.
	 * @return object|null
	 */
	public static function of_post( $post_id ) {
		global $wpdb;
		$table = self::table();
		return $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $table WHERE post_id = %d", $post_id ) );
	}

	/**
	 * The posts with these addresses.
	 *
	 * @param string[] $urls Addresses.
	 * @return int[] Post ids by address, of those that are ours.
	 */
	public static function find( array $urls ) {
		global $wpdb;
		if ( ! $urls ) {
			return array();
		}
		$table = self::table();
		$keys  = array_map( array( self::class, 'key_of' ), array_values( $urls ) );
		$marks = implode( ',', array_fill( 0, count( $keys ), '%s' ) );
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT url_key, post_id FROM $table WHERE post_id IS NOT NULL AND url_key IN ($marks)", $keys ), OBJECT_K );
		$found = array();
		foreach ( array_values( $urls ) as $index => $url ) {
			if ( isset( $rows[ $keys[ $index ] ] ) ) {
				$found[ $url ] = (int) $rows[ $keys[ $index ] ]->post_id;
			}
		}
		return $found;
	}

	/**
	 * The tasks that are due; posts that were saved by an editor come before the archive.
	 *
	 * @param int  $now       Unix time.
	 * @param int  $most      Rows.
	 * @param bool $with_bulk Whether the archive counts.
	 * @return object[]
	 */
	public static function due( $now, $most, $with_bulk ) {
		global $wpdb;
		$table = self::table();
		$sql   = "SELECT * FROM $table WHERE task <> '' AND due <= %d AND bulk <= %d ORDER BY bulk, due, id LIMIT %d";
		return $wpdb->get_results( $wpdb->prepare( $sql, $now, (int) $with_bulk, $most ) );
	}

	/**
	 * Marks the task of a row as done, unless there is a newer one.
	 *
	 * @param object $row  As it was read.
	 * @param array  $more What else is noted.
	 */
	public static function done( $row, array $more = array() ) {
		global $wpdb;
		$table = self::table();
		$wpdb->update( $table, $more + array( 'bulk' => 0 ), array( 'id' => $row->id ) );
		$wpdb->query( $wpdb->prepare( "UPDATE $table SET task = '', is_news = 0, tries = 0, due = 0 WHERE id = %d AND version = %d", $row->id, $row->version ) );
	}

	/**
	 * Deletes a row that is no longer needed.
	 *
	 * @param object $row As it was read.
	 */
	public static function drop( $row ) {
		global $wpdb;
		$wpdb->delete( self::table(), array( 'id' => $row->id, 'version' => $row->version ) );
	}

	/**
	 * Schedules a retry: after a minute, then twice as long each time, an hour at most.
	 *
	 * @param object $row     As it was read.
	 * @param int    $now     Unix time.
	 * @param string $problem Why it could not be done.
	 */
	public static function later( $row, $now, $problem ) {
		global $wpdb;
		$wait = min( HOUR_IN_SECONDS, Breaker::seconds() * ( 1 << min( (int) $row->tries, 6 ) ) );
		$wpdb->update(
			self::table(),
			array(
				'due'     => $now + $wait,
				'tries'   => min( (int) $row->tries + 1, 1000 ),
				'problem' => mb_substr( $problem, 0, 500 ),
			),
			array( 'id' => $row->id, 'version' => $row->version )
		);
	}

	/**
	 * The number of posts that the service has, that are waiting, that are waiting as part of the archive, and that were refused.
	 *
	 * @return int[]
	 */
	public static function counts() {
		global $wpdb;
		$table = self::table();
		$row   = $wpdb->get_row( "SELECT COALESCE(SUM(sent NOT IN ('', 'withdrawn')), 0) AS known, COALESCE(SUM(task NOT IN ('', 'list')), 0) AS waiting, COALESCE(SUM(bulk), 0) AS bulk, COALESCE(SUM(task = '' AND problem <> ''), 0) AS refused FROM $table", ARRAY_A );
		return array_map( 'intval', (array) $row );
	}

	/**
	 * The titles of posts that the service refused, and why.
	 *
	 * @param int $most Rows.
	 * @return object[]
	 */
	public static function refused( $most ) {
		global $wpdb;
		$table = self::table();
		return $wpdb->get_results( $wpdb->prepare( "SELECT post_id, problem FROM $table WHERE task = '' AND problem <> '' ORDER BY id DESC LIMIT %d", $most ) );
	}

	/**
	 * Sets the task to send for every public post.
	 *
	 * @param bool $anew Whether also what did not change.
	 * @return int Posts that are to be sent.
	 */
	public static function give_archive( $anew = false ) {
		global $wpdb;
		$table = self::table();
		$types = Settings::post_types();
		$marks = implode( ',', array_fill( 0, count( $types ), '%s' ) );
		$sent  = $anew ? "''" : 'sent';
		$sql   = "INSERT INTO $table (post_id, task, bulk)
			SELECT p.ID, IF(m.post_id IS NULL, 'send', 'withdraw'), 1 FROM {$wpdb->posts} p
			LEFT JOIN {$wpdb->postmeta} m ON m.post_id = p.ID AND m.meta_key = '_recsys_related_exclude' AND m.meta_value = '1'
			WHERE p.post_status = 'publish' AND p.post_password = '' AND p.post_type IN ($marks)
			ON DUPLICATE KEY UPDATE task = VALUES(task), bulk = 1, version = version + 1, due = 0, tries = 0, problem = '', sent = $sent";
		$wpdb->query( $wpdb->prepare( $sql, $types ) );
		return self::counts()['bulk'];
	}
}
