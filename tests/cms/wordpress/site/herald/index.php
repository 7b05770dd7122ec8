<!doctype html>
<html <?php language_attributes(); ?>>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><?php wp_head(); ?></head>
<body><div class="page">
<header class="masthead"><a href="<?php echo esc_url( home_url( '/' ) ); ?>"><?php bloginfo( 'name' ); ?></a></header>
<main>
<?php
while ( have_posts() ) {
	the_post();
	if ( is_singular() ) {
		the_title( '<h1>', '</h1>' );
		echo '<p class="date">' . esc_html( get_the_date() ) . '</p>';
		the_content();
	} else {
		the_title( '<h2><a href="' . esc_url( get_permalink() ) . '">', '</a></h2>' );
	}
}
?>
</main>
<?php if ( is_active_sidebar( 'side' ) ) { ?>
<aside aria-label="Beside"><?php dynamic_sidebar( 'side' ); ?></aside>
<?php } ?>
<footer class="foot"><?php bloginfo( 'name' ); ?></footer>
</div><?php wp_footer(); ?></body></html>
