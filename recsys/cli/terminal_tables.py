"""How articles, lists, recommendations and explanations look on a terminal, readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recsys.domain import Article, Contribution, RankedList, Recommendation, format_time

if TYPE_CHECKING:
    from recsys.crawl.survey import SurveyedSource
    from recsys.training import Moved

SMALL_SHARE = 0.02  # of all amounts together; what is below it is folded into "others"
MOST_REASONS = 8  # lines of an explanation before the others


def article_card(name: str, article: Article | None) -> RenderableType:
    """What a page says about its article."""
    if article is None:
        return Text(f"{name}: no article")
    card = Table(box=None, show_header=False, padding=(0, 1, 0, 0), title=name, title_justify="left")
    card.add_column(no_wrap=True)
    card.add_column(overflow="fold")
    for field, value in _facts(article):
        card.add_row(field, value)
    return card


def list_table(ranked: RankedList) -> RenderableType:
    """A list with its headlines."""
    title = ranked.title or "(no title)"
    scope = f", scope {ranked.scope}" if ranked.scope else ""
    seen = f"{ranked.site}, {ranked.kind}{scope}, seen {format_time(ranked.observed_at)}"
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for item in ranked.items:
        table.add_row(str(item.position), item.headline or item.url or "")
    heading = Text(title, style="bold")
    return Group(heading, Text(seen, style="dim"), Padding(table, (0, 0, 0, 1)))


def spaced(parts: Iterable[RenderableType]) -> list[RenderableType]:
    """The parts with an empty line between them."""
    return [line for part in parts for line in ("", part)][1:]


def article_table(articles: Iterable[Article]) -> RenderableType:
    """Articles, a line each: when first seen, and the headline."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("first seen", no_wrap=True)
    table.add_column("headline, address", overflow="fold")
    for article in articles:
        table.add_row(_minute(article.first_seen_at), headline_text(article))
    return table


def fact_table(facts: Mapping[str, str]) -> RenderableType:
    """Names and values."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name, value)
    return table


def source_table(sources: Iterable[SurveyedSource], front_page: str) -> RenderableType:
    """What a site has: each with how many stories and lists it shows now."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("stories", "lists"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("address", overflow="fold")
    for each in sources:
        what = "section" if each.role.name == "PAGE" else each.role.name.lower()
        lists = str(each.lists) if each.role.name == "PAGE" else ""
        table.add_row("front page" if each.url == front_page else what, str(each.stories), lists, each.url)
    return table


def recommendation_table(found: Sequence[Recommendation], *, related: bool) -> RenderableType:
    """A ranking: place, headline, score and its two parts (the one part where no article was read)."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("headline, address", overflow="fold", ratio=1)
    for name in ("score", *(("related", "appeal") if related else ())):
        table.add_column(name, justify="right", no_wrap=True)
    for each in found:
        parts = (each.relatedness, each.appeal) if related else ()
        scores = [f"{amount:.3f}" for amount in (each.score, *parts)]
        table.add_row(str(each.rank), headline_text(each.article), *scores)
    return table


def explained(found: Sequence[Recommendation]) -> RenderableType:
    """Every recommendation with the table of what its score is made of."""
    return Group(*[part for each in found for part in (_title(each), explanation_table(each))])


def explanation_table(found: Recommendation) -> RenderableType:
    """What a score is made of, the largest amount first; the amounts add up to the last line."""
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0), show_edge=False, show_footer=True)
    table.add_column("because of", footer="score", overflow="fold", ratio=1)
    table.add_column("part", no_wrap=True)
    table.add_column("above all", no_wrap=True)
    table.add_column("amount", footer=f"{found.score:+.3f}", justify="right", no_wrap=True)
    shown, others = split_reasons(found.contributions)
    for each in shown:
        table.add_row(each.says, each.group, f"{each.strongest} = {each.value:.2f}", f"{each.amount:+.3f}")
    if others:
        rest = round(found.score, 3) - sum(round(each.amount, 3) for each in shown)
        table.add_row(f"others ({sum(each.count for each in others)})", "", "", f"{rest:+.3f}")
    return Padding(table, (0, 0, 1, 4))


@dataclass(frozen=True, slots=True)
class Reason:
    """What the features that are put in the same words add together, and the one that adds most."""

    says: str
    group: str
    amount: float
    strongest: str
    value: float
    count: int


def split_reasons(contributions: Sequence[Contribution]) -> tuple[list[Reason], list[Reason]]:
    """Those worth a line, by absolute size, and the others. Features that add nothing are in neither."""
    same: dict[tuple[str, str], list[Contribution]] = {}
    for each in contributions:
        if each.amount:
            same.setdefault((each.says, each.group), []).append(each)
    ordered = sorted((_reason(each) for each in same.values()), key=lambda reason: -abs(reason.amount))
    least = SMALL_SHARE * sum(abs(reason.amount) for reason in ordered)
    shown = [reason for reason in ordered[:MOST_REASONS] if abs(reason.amount) >= least]
    return shown, ordered[len(shown) :]


def _reason(same: Sequence[Contribution]) -> Reason:
    most = max(same, key=lambda each: abs(each.amount))
    amount = sum(each.amount for each in same)
    return Reason(most.says, most.group, amount, most.feature, most.value, len(same))


def moved_table(moved: Iterable[Moved]) -> RenderableType:
    """The features whose weights training changed most: the height of each curve before and after."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("feature", no_wrap=True)
    table.add_column("before", justify="right")
    table.add_column("after", justify="right")
    for each in moved:
        table.add_row(each.feature, f"{each.before:+.3f}", f"{each.after:+.3f}")
    return table


def headline_text(article: Article) -> Text:
    """Its headline, or the opening of its text marked as one, and its address where it has one."""
    text = Text(shown_label(article))
    return text.append(f"\n{article.url}", style="dim") if article.has_address else text


def shown_label(article: Article) -> str:
    """The headline, or the opening of the text with a word that it is one."""
    return article.label if article.headline else f"{article.label} (no headline: its opening)"


def _title(found: Recommendation) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(justify="right", no_wrap=True, min_width=3)
    table.add_column(overflow="fold")
    table.add_row(f"{found.rank}.", headline_text(found.article))
    if found.reasons:
        table.add_row("", Text(found.in_words, style="dim"))
    return table


def _facts(article: Article) -> Iterable[tuple[str, str]]:
    yield "article", shown_label(article)
    yield "url", article.url
    yield "site", article.site
    if article.published_at is not None:
        yield "published", format_time(article.published_at)
    yield "first seen", format_time(article.first_seen_at)
    for name, value in (("section", article.section), ("language", article.language)):
        if value:
            yield name, value
    if article.tags:
        yield "tags", ", ".join(article.tags)
    if article.body:
        yield "text", f"{len(article.body.split()):,} words, {len(article.body):,} characters"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
