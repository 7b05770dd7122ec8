<?php
add_theme_support( 'title-tag' );
add_theme_support( 'post-thumbnails' );
add_action( 'widgets_init', static function () {
	register_sidebar( array( 'id' => 'side', 'name' => 'Side', 'before_widget' => '<div class="widget">', 'after_widget' => '</div>' ) );
} );
add_action( 'wp_enqueue_scripts', static function () {
	wp_enqueue_style( 'herald', get_stylesheet_uri(), array(), '1' );
	foreach ( array( 'wp-block-library', 'global-styles', 'classic-theme-styles' ) as $style ) {
		wp_dequeue_style( $style );
	}
}, 100 );
remove_action( 'wp_head', 'print_emoji_detection_script', 7 );
remove_action( 'wp_print_styles', 'print_emoji_styles' );
remove_action( 'wp_enqueue_scripts', 'wp_enqueue_global_styles' );
remove_action( 'wp_footer', 'wp_enqueue_global_styles', 1 );
remove_action( 'wp_body_open', 'wp_global_styles_render_svg_filters' );
show_admin_bar( false );
