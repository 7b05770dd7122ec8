"""`recsys init` and `recsys crawl`: killed at any moment, it loses nothing and asks nothing twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.store import Store
from tests.cli.conftest import ROOT, Recsys, command
from tests.crawl.newssite import NewsSite, Story, playing

STORIES = 40


@pytest.fixture
def played() -> Iterator[NewsSite]:
    now = datetime.now(UTC).replace(microsecond=0)
    stories = [
        Story(
            number,
            f"Council decides case {number} about the old harbour",
            now - timedelta(minutes=90 - number),
        )
        for number in range(STORIES)
    ]
    with playing(NewsSite(lambda: datetime.now(UTC), stories, turn=3)) as site:
        yield site


def test_the_document_shows_what_init_and_collect_print_and_nothing_is_overwritten(
    recsys: Recsys, workplace: Path, played: NewsSite, pytestconfig: pytest.Config
):
    refused = recsys("init", played.base)
    assert (refused.code, played.log) == (1, [])
    hint = f"if it is yours, --allow-private {played.base.removeprefix('http://')}"
    reason = f"127.0.0.1 is not a public address: loopback ({hint})"
    assert refused.err == f"error: {played.base}/: {reason}\n"
    document = ROOT / "docs" / "collecting.md"
    text = document.read_text(encoding="utf-8")
    shown, made = text.split("```console\n")[1].split("```")[0], ""
    for line in [line for line in shown.splitlines() if line.startswith("$ ")]:
        made += line + "\n"
        if line.startswith("$ recsys "):
            ran = recsys(*line.replace("127.0.0.1:38123", played.base.removeprefix("http://")).split()[2:])
            made += ran.out + ran.err
        else:
            made += (workplace / "recsys.toml").read_text()
            with (workplace / "recsys.toml").open("a") as file:
                file.write("delay = 0.01\n")
    made = made.replace(played.base.removeprefix("http://"), "127.0.0.1:38123")
    if pytestconfig.getoption("--refresh-documents"):
        document.write_text(text.replace(shown, made), encoding="utf-8")
    else:
        assert made == shown
    site = tomllib.loads((workplace / "recsys.toml").read_text())["sites"]["127.0.0.1"]
    assert site["feeds"] == [f"{played.base}/feed.xml"]
    before = (workplace / "recsys.toml").read_bytes()
    again = recsys("init", played.base)
    assert again.err == "error: recsys.toml: already describes 127.0.0.1; it is never overwritten\n"
    assert (workplace / "recsys.toml").read_bytes() == before
    (workplace / "recsys.toml").write_text("memory = '1GB'\n")
    shown = recsys("init", played.base, "--allow-private", played.base.removeprefix("http://")).err
    assert "recsys.toml exists and is never overwritten. Add this to it:" in shown
    assert tomllib.loads(shown.split("Add this to it:")[1])["sites"]["127.0.0.1"]["feeds"] == site["feeds"]
    assert (workplace / "recsys.toml").read_text() == "memory = '1GB'\n"


def test_a_profile_that_a_page_on_the_web_suggests_is_collected_by(
    recsys: Recsys, workplace: Path, played: NewsSite
):
    host = played.base.removeprefix("http://")
    table = f'[sites."127.0.0.1"]\nurl = "{played.base}/"\nallow = ["{host}"]\ndelay = 0.01\n'
    (workplace / "recsys.toml").write_text(table)
    suggested = recsys("read", "--suggest-profile", f"{played.base}/")
    assert (suggested.code, suggested.err) == (0, "")
    rules = suggested.out.split("\n", 1)[1].replace('kind = "popular"', 'kind = "latest"')
    assert 'kind = "latest"' in rules
    (workplace / "recsys.toml").write_text(table + rules)
    assert recsys("crawl").code == 1  # the feed has an entry that is none
    with Store.open(workplace / "data" / "recsys.db", create=False) as store:
        kinds = Counter(str(each.list.kind) for each in store.read_lists())
    assert (kinds["popular"], kinds["latest"] > 0) == (0, True)
    gone = recsys("read", "--suggest-profile", f"{played.base}/no-such-page")
    assert (gone.code, gone.err.splitlines()[0]) == (
        1, f"error: {played.base}/no-such-page: status 404",
    )  # fmt: skip


def test_killed_again_and_again_it_ends_with_everything_and_asks_nothing_twice(
    recsys: Recsys, workplace: Path, played: NewsSite
):
    (workplace / "recsys.toml").write_text(
        'user_agent = "daily-example/2 (+https://example.org/bot)"\n'
        f'[sites."127.0.0.1"]\nurl = "{played.base}/"\ndelay = 0.02\n'
        f'allow = ["{played.base.removeprefix("http://")}"]\n'
    )
    kills = 0
    for goal in (3, 15, 30):
        with subprocess.Popen(command("crawl"), stderr=subprocess.DEVNULL) as child:
            while len(played.log) < goal and child.poll() is None:
                time.sleep(0.002)
            child.send_signal(signal.SIGKILL)
            kills += child.wait() == -signal.SIGKILL
    assert kills == 3
    done = recsys("crawl")
    assert done.code in (0, 1), "1 if it is this run that meets the item of the feed without a link"
    with Store.open(workplace / "data" / "recsys.db") as store:
        assert store.integrity.problems() == ()
        pages = {each.article.url for each in store.read_articles() if each.page_seen_at}
        kinds = Counter(str(each.list.kind) for each in store.read_lists())
    assert pages == {played.base + each.path for each in played.stories}
    assert kinds == {"popular": 1, "front_page": 1}
    asked = Counter(played.paths())
    assert sum(asked.values()) - len(asked) <= kills, asked  # what was under way when it was killed
    assert not [path for path in asked if path.startswith(("/private", "/comments"))]
    assert {each.agent for each in played.log} == {"daily-example/2 (+https://example.org/bot)"}
    quiet = recsys("crawl", "--json")
    assert quiet.code == 0
    assert quiet.record["requests"] == 0


def test_it_goes_on_by_itself_and_ends_with_one_line(recsys: Recsys, workplace: Path, played: NewsSite):
    place = played.base.removeprefix("http://")
    args = ("crawl", played.base, "--every", "1s", "--allow-private", place, "--store", "news.db", "--json")
    with subprocess.Popen(command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        deadline = time.monotonic() + 60
        while Counter(played.paths())["/"] < 2 and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert err.decode().splitlines()[-1] == "interrupted; what was acknowledged is on disk"
    assert b'"requests"' in out


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ((), 1, "error: no site given, and none in recsys.toml: recsys init URL writes one"),
        (("not a site",), 2, "expected the address of a site, found 'not a site'"),
        (("example.org", "--every", "soon"), 2, "expected a time such as 15m or 1h, found 'soon'"),
        (("example.org", "--allow-private", "http://x/"), 2, "expected a host and a port"),
        (("http://127.0.0.1:1/",), 1, "port 1 is not one of the web"),
        (("http://127.1:8080/",), 1, "127.0.0.1 is not a public address: loopback"),
    ],
)
def test_what_cannot_be_collected_is_said(recsys: Recsys, args: tuple[str, ...], code: int, says: str):
    ran = recsys("crawl", *args)
    assert ran.code == code
    assert says in " ".join(ran.err.replace("│", " ").split())


def test_without_the_extra_it_says_what_to_install(workplace: Path):
    code = "import sys; sys.modules['httpcore'] = None; from recsys.cli import app; app(['crawl', 'a.org'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.decode() == "error: crawl needs httpcore: pip install 'recsys-headlines[crawl]'\n"
