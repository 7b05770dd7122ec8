"""A real WordPress with the plugin as `make plugin` builds it, on a database of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from tests.cms.wordpress.database import Database
from tests.cms.wordpress.packages import WORDPRESS
from tests.serve.hosting import free_port

ROOT = Path(__file__).parents[3]
GIVEN = Path(__file__).parent / "site"
PLUGIN = "recsys-related/recsys-related.php"
WORKERS = 4
PATIENCE = 30.0  # seconds until a page is answered
PHP = ("php", "-d", "sendmail_path=/bin/true", "-d", "memory_limit=512M", "-d", "opcache.enable_cli=1")
INSTALL = """
wp_install( 'The Brackwater Herald', 'editor', 'editor@example.org', true, '', 'a test password' );
update_option( 'permalink_structure', '/%year%/%postname%/' );
update_option( 'timezone_string', 'UTC' );
update_option( 'blogdescription', 'News from an invented town' );
update_option( 'show_avatars', 0 );
$seen = array( 'core/edit-post' => array( 'welcomeGuide' => false ), '_modified' => '2030-01-01T00:00:00Z' );
update_user_meta( 1, 'wp_persisted_preferences', $seen );
flush_rewrite_rules();
wp_delete_post( 1, true );
$made = WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'tests' ) );
return $made[0];
"""


@dataclass(frozen=True)
class Site:
    """An installed WordPress: its folder, address and database, and how its editor logs in."""

    folder: Path
    url: str
    env: Mapping[str, str]
    database: Database
    password: str = ""

    def php(self, code: str, **env: str) -> Any:
        """What PHP code returns that is run in the site, with all of WordPress loaded."""
        done = subprocess.run(
            [*PHP, str(self.folder / "run.php")],
            input=code, env={**os.environ, **self.env, **env}, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.rpartition("\n=>")[2])

    def client(self, *, editor: bool = False) -> httpx.Client:
        """A client of its pages, or of its REST API as the editor."""
        auth = ("editor", self.password) if editor else None
        return httpx.Client(base_url=self.url, auth=auth, timeout=60, trust_env=False)

    def cron(self) -> None:
        """What a system's cron does once a minute."""
        with self.client() as client:
            client.get("/wp-cron.php").raise_for_status()

    def complaints(self) -> str:
        """What PHP and WordPress complained of in our files."""
        log = self.folder / "debug.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return "\n".join(line for line in lines if "recsys" in line.lower())


def build_plugin() -> Path:
    """The zip, built anew as `make plugin` does."""
    command = [sys.executable, str(ROOT / "plugins" / "wordpress" / "package.py")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return ROOT / "dist" / "recsys-related.zip"


def lay_files(folder: Path, database: Database, url: str, name: str, **env: str) -> Site:
    """WordPress, the tests' own files and the plugin in a folder; nothing is installed yet."""
    shutil.copytree(
        WORDPRESS, folder, ignore=shutil.ignore_patterns("wp-config.php", "debug.log"), symlinks=False
    )
    for each in ("wp-config.php", "router.php", "run.php"):
        shutil.copy(GIVEN / each, folder / each)
    (folder / "wp-content" / "mu-plugins").mkdir(exist_ok=True)
    shutil.copy(GIVEN / "testing.php", folder / "wp-content" / "mu-plugins" / "testing.php")
    shutil.copytree(GIVEN / "herald", folder / "wp-content" / "themes" / "herald")
    with zipfile.ZipFile(build_plugin()) as plugin:
        plugin.extractall(folder / "wp-content" / "plugins")
    database.run(f"CREATE DATABASE {name}")
    places = {"SITE_DATABASE": name, "SITE_HOST": f"127.0.0.1:{database.port}", "SITE_URL": url}
    return Site(folder, url, {**places, **env}, database)


@contextmanager
def serve_site(folder: Path, database: Database) -> Iterator[Site]:
    """A site with the plugin active, served until the block ends."""
    port = free_port()
    bare = lay_files(folder, database, f"http://127.0.0.1:{port}", "herald")
    site = replace(bare, password=bare.php(INSTALL, SITE_INSTALLS="1"))
    assert site.php(f"return activate_plugin( '{PLUGIN}' );") is None
    command = [*PHP, "-S", f"127.0.0.1:{port}", "-t", str(folder), str(folder / "router.php")]
    env = {**os.environ, **site.env, "PHP_CLI_SERVER_WORKERS": str(WORKERS)}
    with (folder / "php.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(site)
        yield site
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the workers too, which outlive their parent
        process.wait()


def _wait(site: Site) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(site.url, timeout=10, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError((site.folder / "php.log").read_text())
