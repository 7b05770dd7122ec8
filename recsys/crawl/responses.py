"""What an answer holds: addresses to fetch, records to store, and what to know of it next time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from recsys.config.sites import Site
from recsys.crawl.discovery import read_announcement
from recsys.crawl.fetched_documents import read_article, read_text
from recsys.crawl.front_page import read_front
from recsys.crawl.frontier import Frontier
from recsys.crawl.frontier_schema import Address, FrontierEntry, Priority, Role
from recsys.crawl.frontier_updates import at_usual, kept, name, name_all, name_linked
from recsys.crawl.http_client import Answer
from recsys.crawl.list_snapshots import choose_new, dump_lists, load_lists, seen_again
from recsys.crawl.politeness import PoliteClient
from recsys.crawl.url_patterns import story_digest
from recsys.crawl.well_known import USUAL_FEEDS, USUAL_SITEMAPS
from recsys.documents import Record, article_record, canonical_url, list_record, site_of
from recsys.documents.html.link_rules import is_same_site, is_story
from recsys.documents.source import Source
from recsys.domain import Kind
from recsys.errors import ReadError

_MOST_SITEMAPS = 50  # of one robots.txt
MOST_STORIES = {Role.FEED: 1_000, Role.SITEMAP: 5_000}
"""Stories of one document that are taken, the newest; news sitemaps have at most a thousand."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an answer holds. `content` identifies the story of an article's page; None for no story."""

    named: tuple[FrontierEntry, ...] = ()
    records: tuple[Record, ...] = ()
    said: str | None = None
    published_at: datetime | None = None
    problems: tuple[ReadError, ...] = ()
    is_quiet: bool = False
    content: str | None = None


class Discovery:
    """Reads answers by the role of their address."""

    def __init__(self, agenda: Frontier, asker: PoliteClient) -> None:
        self._agenda, self._asker = agenda, asker

    def find(self, site: Site, address: Address, answer: Answer, source: Source) -> Found:
        """What an answer holds; ReadError where it is not what its role expects."""
        if address.role is Role.PAGE:
            return self._find_on_page(site, address, answer, source)
        if address.role is Role.ARTICLE:
            return self._find_article(site, address, answer, source)
        return self._find_announced(site, address, answer, source)

    def find_again(self, address: Address, now: datetime) -> Found:
        """What an answer without news tells: that the lists of a page are still the same."""
        if address.role is not Role.PAGE:
            return Found(said=address.said, content=address.content)
        known = load_lists(address.said)
        new, current = choose_new(seen_again(known, now), known)
        return Found((), tuple(new), dump_lists(current))

    def _find_announced(self, site: Site, address: Address, answer: Answer, source: Source) -> Found:
        announced = read_announcement(answer.body, source, base=answer.url)
        own = [each for each in announced.stories if is_same_site(site_of(each.url), site.name)]
        problems = announced.problems
        most = MOST_STORIES[address.role]
        if len(own) > most:
            oldest = datetime.min.replace(tzinfo=source.observed_at.tzinfo)
            own.sort(key=lambda each: each.published_at or each.changed_at or oldest, reverse=True)
            problems = (*problems, source.error(f"at most {most:,} stories", len(own)))
        priority = Priority.BACKFILL if address.role is Role.SITEMAP else Priority.LISTED
        stories = (
            name(
                each.url,
                Role.ARTICLE,
                published_at=each.published_at,
                changed_at=each.changed_at,
                priority=priority,
            )
            for each in own[:most]
        )
        named = (*kept(stories), *name_all(announced.sitemaps, Role.SITEMAP))
        return Found(named, problems=problems, is_quiet=not announced.stories)

    def _find_on_page(self, site: Site, address: Address, answer: Answer, source: Source) -> Found:
        front = read_front(read_text(answer, source), source)
        new, current = choose_new(map(list_record, front.lists), load_lists(address.said))
        named = name_all(front.stories, Role.ARTICLE)
        if address.url == site.url:
            named = (*named, *self._find_sources(site, front.feeds))
        return Found(named, tuple(new), dump_lists(current))

    def _find_sources(self, site: Site, feeds: Sequence[str]) -> tuple[FrontierEntry, ...]:
        """Feeds and sitemaps where recsys.toml names none: as the site announces them, else guessed."""
        known = self._agenda.roles(site.name)
        named: tuple[FrontierEntry, ...] = ()
        if site.feeds is None:
            guessed = () if Role.FEED in known else at_usual(site.url, USUAL_FEEDS)
            named = name_all(feeds or guessed, Role.FEED)
        if site.sitemaps is None:
            guessed = () if Role.SITEMAP in known else at_usual(site.url, USUAL_SITEMAPS)
            told = (canonical_url(url, site.url) for url in self._asker.sitemaps(site)[:_MOST_SITEMAPS])
            named = (*named, *name_all(tuple(url for url in told if url) or guessed, Role.SITEMAP))
        return named

    def _find_article(self, site: Site, address: Address, answer: Answer, source: Source) -> Found:
        page = read_article(answer, source)
        records = [] if page.article is None else [article_record(page.article)]
        records += map(list_record, page.lists)
        popular = (each for each in page.lists if each.kind is Kind.POPULAR)
        urls = (item.url for each in popular for item in each.items)
        named = name_linked((url for url in urls if url and is_story(url, site.name)), address.depth)
        published_at = None if page.article is None else page.article.published_at
        return Found(named, tuple(records), published_at=published_at, content=story_digest(page.article))
