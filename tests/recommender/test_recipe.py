"""The recipe of docs/python.md, run as it stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from recsys.domain import Article
from tests.newsroom import SITE, newsroom

RECIPE = Path(__file__).parents[2] / "docs" / "python.md"


@dataclass(frozen=True)
class Story:
    """A story as somebody's own program has it."""

    article: Article

    host = SITE

    @property
    def url(self) -> str:
        return self.article.url

    @property
    def published(self) -> datetime:
        return self.article.first_seen_at

    @property
    def headline(self) -> str | None:
        return self.article.headline

    @property
    def text(self) -> str | None:
        return self.article.body


def test_the_ten_lines_print_related_headlines(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = re.search(r"^```python\n(.*?)^```$", RECIPE.read_text(encoding="utf-8"), re.M | re.S).group(1)
    assert len([line for line in code.splitlines() if line and "import" not in line]) <= 10
    stories = [Story(page.article) for page in newsroom() if page.article is not None]
    exec(compile(code, str(RECIPE), "exec"), {"stories": stories})  # the project's own document
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list("12345")
    name = stories[-1].headline.split(":")[0]
    assert lines[0].split(" ", 1)[1].startswith(name)
    assert (tmp_path / "news.db.index").is_dir()
