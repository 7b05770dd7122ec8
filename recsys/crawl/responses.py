"""What a response contains: addresses to fetch, records to store, and state for the next visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from recsys.config.sites import Site
from recsys.crawl.discovery import read_announcement
from recsys.crawl.fetched_documents import read_article, read_text
from recsys.crawl.front_page import read_front
from recsys.crawl.frontier import Frontier
from recsys.crawl.frontier_entries import (
    USUAL_FEEDS,
    USUAL_SITEMAPS,
    build_entry,
    drop_missing,
    entries_for,
    linked_entries,
    usual_addresses,
)
from recsys.crawl.frontier_schema import Address, FrontierEntry, Priority, Role
from recsys.crawl.http_client import Answer
from recsys.crawl.list_snapshots import choose_new, dump_lists, load_lists, seen_again
from recsys.crawl.politeness import PoliteClient
from recsys.crawl.url_patterns import story_digest
from recsys.documents import Record, article_record, canonical_url, list_record, site_of
from recsys.documents.html.link_rules import is_same_site, is_story
from recsys.documents.source import Source
from recsys.domain import Kind
from recsys.errors import ReadError

_MOST_SITEMAPS = 50  # of one robots.txt
MOST_STORIES = {Role.FEED: 1_000, Role.SITEMAP: 5_000}
"""The most stories taken from one document, newest first; news sitemaps have at most a thousand."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a response contains. `content` identifies the story on an article's page; None for no story."""

    entries: tuple[FrontierEntry, ...] = ()
    records: tuple[Record, ...] = ()
    said: str | None = None
    published_at: datetime | None = None
    problems: tuple[ReadError, ...] = ()
    is_quiet: bool = False
    content: str | None = None


class ResponseReader:
    """Reads responses by the role of their address."""

    def __init__(self, frontier: Frontier, client: PoliteClient) -> None:
        self._frontier, self._client = frontier, client

    def read(self, site: Site, address: Address, answer: Answer, source: Source) -> PageContent:
        """The content of a response; ReadError for one that is not what its role expects."""
        if address.role is Role.PAGE:
            return self._read_front(site, address, answer, source)
        if address.role is Role.ARTICLE:
            return self._read_article(site, address, answer, source)
        return self._read_announced(site, address, answer, source)

    def read_unchanged(self, address: Address, now: datetime) -> PageContent:
        """The content of an unchanged response: the lists of a page, seen again."""
        if address.role is not Role.PAGE:
            return PageContent(said=address.said, content=address.content)
        known = load_lists(address.said)
        new, current = choose_new(seen_again(known, now), known)
        return PageContent((), tuple(new), dump_lists(current))

    def _read_announced(self, site: Site, address: Address, answer: Answer, source: Source) -> PageContent:
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
            build_entry(
                each.url,
                Role.ARTICLE,
                published_at=each.published_at,
                changed_at=each.changed_at,
                priority=priority,
            )
            for each in own[:most]
        )
        entries = (*drop_missing(stories), *entries_for(announced.sitemaps, Role.SITEMAP))
        return PageContent(entries, problems=problems, is_quiet=not announced.stories)

    def _read_front(self, site: Site, address: Address, answer: Answer, source: Source) -> PageContent:
        front = read_front(read_text(answer, source), source)
        new, current = choose_new(map(list_record, front.lists), load_lists(address.said))
        entries = entries_for(front.stories, Role.ARTICLE)
        if address.url == site.url:
            entries = (*entries, *self._find_sources(site, front.feeds))
        return PageContent(entries, tuple(new), dump_lists(current))

    def _find_sources(self, site: Site, feeds: Sequence[str]) -> tuple[FrontierEntry, ...]:
        """Feeds and sitemaps if recsys.toml has none: as the site announces them, else the usual ones."""
        known = self._frontier.roles(site.name)
        entries: tuple[FrontierEntry, ...] = ()
        if site.feeds is None:
            guessed = () if Role.FEED in known else usual_addresses(site.url, USUAL_FEEDS)
            entries = entries_for(feeds or guessed, Role.FEED)
        if site.sitemaps is None:
            guessed = () if Role.SITEMAP in known else usual_addresses(site.url, USUAL_SITEMAPS)
            announced = self._client.sitemaps(site)[:_MOST_SITEMAPS]
            urls = tuple(url for each in announced if (url := canonical_url(each, site.url)))
            entries = (*entries, *entries_for(urls or guessed, Role.SITEMAP))
        return entries

    def _read_article(self, site: Site, address: Address, answer: Answer, source: Source) -> PageContent:
        page = read_article(answer, source)
        records = [] if page.article is None else [article_record(page.article)]
        records += map(list_record, page.lists)
        popular = (each for each in page.lists if each.kind is Kind.POPULAR)
        urls = (item.url for each in popular for item in each.items)
        entries = linked_entries((url for url in urls if url and is_story(url, site.name)), address.depth)
        published_at = None if page.article is None else page.article.published_at
        return PageContent(
            entries, tuple(records), published_at=published_at, content=story_digest(page.article)
        )
