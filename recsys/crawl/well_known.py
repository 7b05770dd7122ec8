"""Where feeds and sitemaps usually are, for sites that do not announce them."""

from __future__ import annotations

from urllib.parse import urlsplit

from recsys.crawl.frontier_schema import Address, Role

USUAL_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml")


def is_guess(address: Address) -> bool:
    """Whether an address was only supposed to be a feed or a sitemap, and has never been one."""
    usual = {Role.FEED: USUAL_FEEDS, Role.SITEMAP: USUAL_SITEMAPS}.get(address.role, ())
    return not address.is_given and address.digest is None and urlsplit(address.url).path in usual
