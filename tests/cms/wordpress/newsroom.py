"""The simulated newsroom as posts: two hundred stories of ten days, the last of them an hour old."""

from __future__ import annotations

import html
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from recsys.domain import Article
from recsys.simulation import Newsroom, Plan, simulate
from tests.cms.wordpress.hosting import WORKERS, Site

PLAN = Plan(days=10, articles_per_day=20, views_per_day=0)
STORIES = 200


@dataclass(frozen=True)
class Posted:
    """The newsroom, and what became of its stories: posts of the REST API, by their row."""

    newsroom: Newsroom
    posts: tuple[dict[str, Any], ...]

    def row_of(self, url: str) -> int:
        return next(row for row, post in enumerate(self.posts) if post["link"] == url)

    def relation(self, query: int, row: int) -> float:
        """How much two stories truly have to do with each other, in logits."""
        import numpy as np

        return float(self.newsroom.tastes.relation(query, np.array([row]))[0])


def post_newsroom(site: Site, now: datetime, pictures: list[int]) -> Posted:
    """Publish all stories through REST, four at once; two of three have a picture."""
    newsroom = simulate(PLAN)
    stories = newsroom.stories.articles[-STORIES:]
    shift = now - timedelta(hours=1) - stories[-1].first_seen_at
    with site.client(editor=True) as client:
        sections = {
            name: _category(client, name) for name in sorted({each.section or "News" for each in stories})
        }

    def publish(numbered: tuple[int, Article]) -> dict[str, Any]:
        row, article = numbered
        with site.client(editor=True) as client:
            body = post_of(article, article.first_seen_at + shift, sections[article.section or "News"])
            return create(
                client, {**body, "featured_media": pictures[(row // 3) % len(pictures)] if row % 3 else 0}
            )

    with ThreadPoolExecutor(WORKERS) as pool:
        return Posted(newsroom, tuple(pool.map(publish, enumerate(stories))))


def post_of(article: Article, at: datetime, category: int) -> dict[str, Any]:
    """A story as the REST API takes it."""
    paragraphs = (article.body or "").split("\n")
    content = "\n\n".join(
        f"<!-- wp:paragraph -->\n<p>{html.escape(each)}</p>\n<!-- /wp:paragraph -->"
        for each in paragraphs
        if each.strip()
    )
    return {
        "title": html.escape(article.headline or ""),
        "content": content,
        "date_gmt": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        "status": "publish",
        "categories": [category],
    }


def create(client: httpx.Client, post: dict[str, Any], post_id: int | None = None) -> dict[str, Any]:
    """Create or change a post; as it is then."""
    answer = client.post(f"/wp-json/wp/v2/posts{'' if post_id is None else f'/{post_id}'}", json=post)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


def _category(client: httpx.Client, name: str) -> int:
    answer = client.post("/wp-json/wp/v2/categories", json={"name": name})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])
