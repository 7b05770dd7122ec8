"""Lists on an HTML page: a heading that announces one, and the block of headline links that it heads."""

from __future__ import annotations

from datetime import datetime

from lxml.html import HtmlElement

from recsys.domain import RankedList


def read_lists(tree: HtmlElement, page_url: str, site: str, observed_at: datetime) -> tuple[RankedList, ...]:
    """The lists that headings announce, in document order."""
    return ()
