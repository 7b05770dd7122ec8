"""Both newspapers, crawled once; each test looks at one thing that a new user meets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.newsrooms import NEWSROOMS
from tests.walk.newspaper import Newspaper, open_newspaper


@pytest.fixture(scope="package", params=NEWSROOMS)
def paper(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newspaper]:
    with open_newspaper(request.param, tmp_path_factory.mktemp("walk")) as opened:
        ran = opened.run("init", f"{opened.base}/", "--allow-private", opened.host)
        assert ran.code == 0, ran.err
        settings = opened.folder / "recsys.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace("every =", "delay = 0.01\nevery ="), encoding="utf-8")
        ran = opened.run("crawl", "--allow-private", opened.host)
        assert ran.code == 0, ran.err
        yield opened
