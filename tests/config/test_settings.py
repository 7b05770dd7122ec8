"""Where store and models lie: option over variable, variable over recsys.toml, that over the default."""

from __future__ import annotations

import os
from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from recsys.config.settings import Settings, find_zone, load_settings
from recsys.config.sites import Site
from recsys.errors import SettingsError


def test_by_default_they_lie_below_the_working_directory(tmp_path: Path):
    assert load_settings(tmp_path, {}) == Settings("data/recsys.db", Path("models"))


def test_the_nearer_source_wins(tmp_path: Path):
    (tmp_path / "recsys.toml").write_text('store = "file.db"\nmodels = "file"\n')
    assert load_settings(tmp_path, {}) == Settings("file.db", Path("file"))
    assert load_settings(tmp_path, {"RECSYS_STORE": "variable.db"}) == Settings("variable.db", Path("file"))
    given = load_settings(tmp_path, {"RECSYS_STORE": "variable.db"}, {"store": "option.db", "models": None})
    assert given == Settings("option.db", Path("file"))


def test_an_empty_variable_is_none(tmp_path: Path):
    assert load_settings(tmp_path, {"RECSYS_STORE": "", "RECSYS_NONESUCH": ""}) == Settings()


def test_variables_of_other_programs_are_left_alone(tmp_path: Path):
    assert load_settings(tmp_path, {"HOME": "x", "RECSYSTEM": "y"}) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stor = 'x'", "recsys.toml: stor: unknown setting, expected one of store, models"),
        (
            "zone = 'Mars/Base'",
            "recsys.toml: zone: expected a time zone such as Europe/Paris, found 'Mars/Base'",
        ),
        (
            "zone = '/etc/passwd'",
            "recsys.toml: zone: expected a time zone such as Europe/Paris, found '/etc/passwd'",
        ),
        ("zone = 'Europe'", "recsys.toml: zone: expected a time zone such as Europe/Paris, found 'Europe'"),
        ("store = 5", "recsys.toml: store: expected a path or a database URL, found 5"),
        ("models = ''", "recsys.toml: models: expected the path of a folder, found ''"),
        ("models = ['a']", "recsys.toml: models: expected the path of a folder, found ['a']"),
        ("memory = 'much'", "recsys.toml: memory: expected a size such as 500MB or 2GB, found 'much'"),
        ("memory = 5", "recsys.toml: memory: expected a size such as 500MB or 2GB, found 5"),
        ("store = ", "recsys.toml: expected TOML: Invalid value"),
    ],
)
def test_a_wrong_file_is_refused_with_file_key_and_what_was_expected(tmp_path: Path, text: str, message: str):
    (tmp_path / "recsys.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {})
    assert str(caught.value).startswith(message)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "recsys.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"recsys\.toml: expected text in UTF-8"):
        load_settings(tmp_path, {})


def test_a_file_that_is_no_file_or_nested_without_end_is_refused_in_one_line(tmp_path: Path):
    path = tmp_path / "recsys.toml"
    path.write_text("store = " + "[" * 100_000)
    with pytest.raises(SettingsError, match=r"recsys\.toml: expected TOML"):
        load_settings(tmp_path, {})
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SettingsError, match=r"recsys\.toml: expected a file that can be read: not a regular"):
        load_settings(tmp_path, {})


def test_a_misspelt_variable_is_refused_before_it_means_another_store(tmp_path: Path):
    with pytest.raises(SettingsError, match="RECSYS_STROE: unknown setting, expected one of store, models"):
        load_settings(tmp_path, {"RECSYS_STROE": "x.db"})


def test_a_variable_of_spaces_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match="RECSYS_MODELS: expected the path of a folder, found ''"):
        load_settings(tmp_path, {"RECSYS_MODELS": "  "})


def test_which_kernels_are_taken_is_no_setting_and_no_misspelt_one(tmp_path):
    assert load_settings(tmp_path, {"RECSYS_KERNELS": "numpy"}) == Settings()


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GB", 2 * 10**9), ("1.5 gb", 15 * 10**8), ("500MB", 5 * 10**8), ("64kB", 64_000), ("0B", 0)],
)
def test_memory_is_a_size(tmp_path: Path, text: str, size: int):
    assert load_settings(tmp_path, {"RECSYS_MEMORY": text}).memory == size


def test_sites_are_tables_with_addresses_from_their_own_on(tmp_path: Path):
    (tmp_path / "recsys.toml").write_text(
        'user_agent = "example-news/1.0 (+https://example.org/bot)"\n[sites."example.org"]\n'
        'url = "https://www.example.org"\npages = ["/sport", "https://www.example.org/world"]\nfeeds = []\n'
        'every = "30 minutes"\ndelay = 2\nallow = ["10.0.0.1:80", "[::1]:8123"]\nkeep = "2w"\n'
        '[sites."b.example"]\n'
    )
    settings = load_settings(tmp_path, {})
    assert settings.user_agent == "example-news/1.0 (+https://example.org/bot)"
    assert settings.sites == (
        Site(
            "example.org",
            "https://www.example.org/",
            feeds=(),
            pages=("https://www.example.org/sport", "https://www.example.org/world"),
            every=timedelta(minutes=30),
            delay=2.0,
            allow=("10.0.0.1:80", "[::1]:8123"),
            keep=timedelta(days=14),
        ),
        Site("b.example", "https://b.example/"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sites = 5", 'recsys.toml: sites: expected tables such as [sites."example.org"], found 5'),
        ("[sites]\na = 1", 'recsys.toml: sites."a": expected a table, found 1'),
        ('[sites."a/b"]', "recsys.toml: sites.\"a/b\": expected the name of a host, found 'a/b'"),
        ("[sites.a]\nfeed = []", 'recsys.toml: sites."a".feed: unknown setting, expected one of url, feeds'),
        ("[sites.a]\nevery = '15x'", 'recsys.toml: sites."a".every: expected a time such as 15m or 1h'),
        (
            "[sites.a]\nevery = 15",
            'recsys.toml: sites."a".every: expected a time such as 15m or 1h, found 15',
        ),
        ("[sites.a]\nfeeds = ['ftp://a/']", 'recsys.toml: sites."a".feeds: expected a list of web addresses'),
        ("[sites.a]\nallow = ['http://a/']", 'recsys.toml: sites."a".allow: expected a list of hosts'),
        ("[sites.a]\ndelay = -1", 'recsys.toml: sites."a".delay: expected seconds from 0 to 3600, found -1'),
        (
            "[sites.'a.org']\nurl = 'https://b.org/'",
            'recsys.toml: sites."a.org".url: expected an address of a.org',
        ),
        ("user_agent = '(nobody)'", "recsys.toml: user_agent: expected a name such as example-news/1.0"),
    ],
)
def test_a_wrong_site_is_refused_with_its_name_key_and_what_was_expected(
    tmp_path: Path, text: str, message: str
):
    (tmp_path / "recsys.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {})
    assert str(caught.value).startswith(message)


def test_the_zone_is_utc_unless_it_is_named(tmp_path: Path):
    assert find_zone(load_settings(tmp_path, {}).zone) is UTC
    settings = load_settings(tmp_path, {"RECSYS_ZONE": "Asia/Tokyo"})
    assert find_zone(settings.zone) == ZoneInfo("Asia/Tokyo")
