"""The plugin's code: it parses, keeps WordPress's rules, passes its unit tests; zip and texts are complete."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.cms.wordpress.conftest import Herald
from tests.cms.wordpress.hosting import build_plugin
from tests.cms.wordpress.packages import need_wordpress
from tests.cms.wordpress.standards import PLUGIN, phpcs

pytestmark = pytest.mark.cms

SOURCE = PLUGIN / "recsys-related"
LANGUAGES = SOURCE / "languages"


@pytest.fixture(autouse=True)
def _packages() -> None:
    need_wordpress()


def run(*command: str | Path, **env: str) -> str:
    """What a command prints that has to succeed."""
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_file_parses():
    for path in [*SOURCE.rglob("*.php"), *(PLUGIN / "tests").glob("*.php")]:
        assert "No syntax errors" in run("php", "-l", path)


def test_php_7_4_can_read_it():
    newer = r"\b(match\s*\(|enum |readonly )|\?->|#\[|\bfn\b.*\.\.\.\)|: (?:static|mixed|never)\b|str_contains|str_starts_with|str_ends_with"
    for path in SOURCE.rglob("*.php"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.findall(newer, code) == [], path.name


def test_the_code_keeps_wordpress_s_rules():
    print(run(*phpcs(), "--report=summary", SOURCE))


def test_the_rules_see_what_is_wrong(tmp_path: Path):
    bad = tmp_path / "class-bad.php"
    bad.write_text("<?php\necho $_GET['a'];\nif($a == 1) {echo 1;}\n")
    found = subprocess.run(
        [*phpcs(), "--report=csv", "-s", str(bad)], capture_output=True, text=True, timeout=60, check=False
    )
    for rule in ("EscapeOutput", "ValidatedSanitizedInput", "YodaConditions"):
        assert rule in found.stdout


def test_the_unit_tests_pass(herald: Herald):
    folder = herald.site.folder
    command = (
        "phpunit",
        "--no-configuration",
        "--do-not-cache-result",
        "--bootstrap",
        PLUGIN / "tests" / "bootstrap.php",
    )
    said = run(*command, PLUGIN / "tests", SITE=str(folder), **herald.site.env)
    found = re.search(r"OK \((\d+) tests", said)
    print(said.splitlines()[-1] if said else "")
    assert found, said
    assert int(found[1]) > 40


def test_the_zip_is_the_same_each_time_and_holds_what_runs():
    first = build_plugin().read_bytes()
    built = build_plugin()
    assert built.read_bytes() == first
    with zipfile.ZipFile(built) as archive:
        names = {name.removeprefix("recsys-related/") for name in archive.namelist()}
        widget = archive.read("recsys-related/assets/widget.js")
    assert {
        "recsys-related.php",
        "uninstall.php",
        "readme.txt",
        "LICENSE",
        "languages/recsys-related-ja.mo",
    } <= names
    assert widget == (PLUGIN.parents[1] / "recsys" / "serve" / "static" / "widget.js").read_bytes()


def test_every_text_can_be_translated_and_is_in_japanese(tmp_path: Path):
    import sys

    template = LANGUAGES / "recsys-related.pot"
    kept = template.read_text(encoding="utf-8")
    shutil.copytree(PLUGIN, tmp_path / "wordpress")
    run(sys.executable, tmp_path / "wordpress" / "translations.py")
    assert (tmp_path / "wordpress/recsys-related/languages/recsys-related.pot").read_text(
        encoding="utf-8"
    ) == kept
    texts = re.findall(r"^msgid .*$", kept, re.MULTILINE)
    said = (LANGUAGES / "recsys-related-ja.po").read_text(encoding="utf-8")
    assert re.findall(r"^msgid .*$", said, re.MULTILINE) == texts
    assert re.findall(r'^msgstr(?:\[\d\])? ""\n(?!")', said, re.MULTILINE) == []


def test_the_readme_is_in_the_directory_s_form():
    readme = (SOURCE / "readme.txt").read_text(encoding="utf-8")
    head = (SOURCE / "recsys-related.php").read_text(encoding="utf-8")
    for name in ("Requires at least", "Requires PHP", "License"):
        (here,), (there,) = (
            re.findall(rf"^(?: \* )?{name}: +(.+)$", text, re.MULTILINE) for text in (readme, head)
        )
        assert here == there
    version = re.search(r"Version: +(\S+)", head)[1]
    assert f"Stable tag: {version}" in readme
    assert f"= {version} =" in readme
    assert f"RECSYS_RELATED_VERSION', '{version}'" in head
    assert all(f"== {part} ==" in readme for part in ("Description", "Installation", "Changelog"))
    summary = readme.split("\n\n")[1]
    assert len(summary) <= 150


def test_the_commands_of_wp_cli_load_and_send_the_archive(herald: Herald):
    harness = (
        "class WP_CLI { public static $said = array(); static function __callStatic( $how, $args ) { self::$said[] = array( $how, $args[0] ?? null ); } }"
        "eval( 'namespace WP_CLI\\Utils; function make_progress_bar( $a, $b ) { return new class { function tick() {} function finish() {} }; }' );"
        "define( 'WP_CLI', true ); Recsys_Related\\Plugin::start();"
        "$cli = new Recsys_Related\\Cli(); $cli->sync( array(), array( 'anew' => true ) ); $cli->status( ); $cli->work(); return WP_CLI::$said;"
    )
    said = herald.site.php(harness)
    assert said[0] == ["add_command", "recsys"]
    assert re.fullmatch(r"\d{3} posts known to the service, 0 refused\.", said[1][1])
    assert said[2][1].startswith("Connected.")
    assert said[-1] == ["success", "0 left."]
