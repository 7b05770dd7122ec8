"""A network of two sites: the plugin works on both, and leaves nothing on either."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cms.wordpress.conftest import Herald
from tests.cms.wordpress.hosting import INSTALL, PLUGIN

pytestmark = pytest.mark.cms

NETWORK = """
global $wpdb;
foreach ( $wpdb->tables( 'ms_global' ) as $table => $name ) {
	$wpdb->$table = $name;
}
install_network();
populate_network( 1, 'localhost', 'editor@example.org', 'A network', '/', false );
return 1;
"""
LEFT = """
global $wpdb; $left = array();
foreach ( get_sites( array( 'fields' => 'ids' ) ) as $id ) {
	switch_to_blog( $id );
	$left[] = $wpdb->get_col( "SHOW TABLES LIKE '{$wpdb->prefix}recsys%'" );
	$left[] = $wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%recsys%'" );
	$left[] = $wpdb->get_col( "SELECT meta_key FROM $wpdb->postmeta WHERE meta_key LIKE '%recsys%'" );
	$left[] = array_values( array_filter( array_map( 'key', _get_cron_array() ), function ( $hook ) { return false !== strpos( $hook, 'recsys' ); } ) );
	restore_current_blog();
}
return $left;
"""


def test_it_comes_to_every_site_of_a_network_and_leaves_none_of_its_own_behind(
    herald: Herald, tmp_path: Path
):
    herald.site.database.run("CREATE DATABASE network")
    env = {
        **herald.site.env,
        "SITE_DATABASE": "network",
        "SITE_URL": "http://localhost",
        "SITE_NETWORK": "to be made",
    }
    site = replace(herald.site, env=env)
    site.php(INSTALL, SITE_INSTALLS="1")
    site.php(NETWORK)
    network = replace(site, env={**env, "SITE_NETWORK": "made"})
    network.php(f"return activate_plugin( '{PLUGIN}', '', true );")
    second = network.php(
        "return wp_insert_site( array( 'domain' => 'localhost', 'path' => '/second/', 'title' => 'Second', 'user_id' => 1 ) );"
    )
    assert second == 2

    used = network.php(
        "$found = array(); foreach ( array( 1, 2 ) as $id ) { switch_to_blog( $id ); Recsys_Related\\Installer::bring_up_to_date();"
        " update_option( 'recsys_related', array( 'url' => 'http://127.0.0.1:9', 'key' => 'rk_x' ) );"
        " $post = wp_insert_post( array( 'post_title' => 'Here', 'post_content' => 'x', 'post_status' => 'publish', 'meta_input' => array( '_recsys_related_exclude' => '1' ) ) );"
        " ( new Recsys_Related\\Breaker( 'views' ) )->may_call( time() ); set_transient( \"recsys_related_{$post}_x\", 1, 60 ); Recsys_Related\\Counts::show( $post );"
        " $found[] = Recsys_Related\\Stories::counts()['waiting']; restore_current_blog(); } return $found;"
    )
    assert used == [1, 1]
    assert all(network.php(LEFT))

    network.php(f"deactivate_plugins( '{PLUGIN}', false, true ); return 1;")
    assert not any("recsys" in hook for hook in network.php(LEFT)[3::4]), "nothing runs by the clock"
    network.php(f"uninstall_plugin( '{PLUGIN}' ); return 1;")
    assert network.php(LEFT) == [[]] * 8
