<?php
/**
 * A post as it is sent.
 *
 * @package Recsys_Related
 */

use PHPUnit\Framework\TestCase;
use Recsys_Related\Story;

/**
 * Text without markup; only what everybody may read.
 */
final class StoryTest extends TestCase {

	/**
	 * A post that is not in a database.
	 *
	 * @param array $fields Of a post.
	 * @return WP_Post
	 */
	private static function post( array $fields ) {
		$post         = new WP_Post( (object) ( $fields + array( 'ID' => 0, 'post_type' => 'post', 'post_status' => 'publish', 'post_date' => '2026-03-01 10:00:00', 'post_date_gmt' => '2026-03-01 09:00:00' ) ) );
		$post->filter = 'raw';
		return $post;
	}

	/**
	 * No comment of a block, no tag, no shortcode, no entity.
	 */
	public function test_the_text_is_what_a_reader_reads() {
		add_shortcode( 'gallery', '__return_empty_string' );
		$content = "<!-- wp:paragraph {\"a\":1} -->\n<p>Sea &amp; <b>storm</b>[gallery ids=\"1\"]</p><p>Second&nbsp;one</p>\n<!-- /wp:paragraph --><script>var x = 1;</script>";
		$article = Story::build( self::post( array( 'post_title' => 'Storm &#8220;Anna&#8221; <i>again</i>', 'post_content' => $content ) ) );
		$this->assertSame( 'Storm “Anna” again', $article['headline'] );
		$this->assertMatchesRegularExpression( '/^Sea & storm\s+Second\xc2\xa0one$/', $article['body'] );
		$this->assertSame( '2026-03-01T09:00:00Z', $article['published_at'] );
		$this->assertArrayNotHasKey( 'first_seen_at', $article );
		$this->assertArrayNotHasKey( 'image', $article );
	}

	/**
	 * Posts of the archive count as seen when they were published.
	 */
	public function test_an_old_story_is_no_news() {
		$article = Story::build( self::post( array( 'post_title' => 'Old' ) ), false );
		$this->assertSame( '2026-03-01T09:00:00Z', $article['first_seen_at'] );
	}

	/**
	 * Drafts, private posts, other types and posts with a password are not sent.
	 */
	public function test_only_what_everybody_may_read_is_public() {
		$this->assertTrue( Story::is_public( self::post( array() ) ) );
		foreach ( array( array( 'post_status' => 'draft' ), array( 'post_status' => 'private' ), array( 'post_status' => 'trash' ), array( 'post_password' => 'x' ), array( 'post_type' => 'page' ) ) as $fields ) {
			$this->assertFalse( Story::is_public( self::post( $fields ) ) );
		}
	}
}
