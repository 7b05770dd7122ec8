"""Articles, lists, recommendations and explanations as tables of 80 columns and as JSON records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recsys.cli.console import Address
from recsys.domain import Article, Contribution, RankedList, Recommendation, format_time

if TYPE_CHECKING:
    from recsys.crawl.survey import SurveyedSource
    from recsys.evaluation.promotion import Comparison
    from recsys.manifest import Manifest
    from recsys.training import Moved

MIN_SHARE = 0.02  # of the sum of absolute amounts; smaller terms are summed as "others"
MAX_REASONS = 8  # lines of an explanation, without "others"


def article_json(article: Article) -> dict[str, object]:
    """The address, headline and label of an article."""
    return {"url": article.url, "headline": article.headline, "label": article.label}


def recommendation_json(recommendation: Recommendation, explain: bool) -> dict[str, object]:
    """A recommendation as JSON, with reasons and contributions if `explain`."""
    record: dict[str, object] = {
        "rank": recommendation.rank,
        **article_json(recommendation.article),
        "score": recommendation.score,
        "relatedness": recommendation.relatedness,
        "appeal": recommendation.appeal,
        "fill": recommendation.fill,
    }
    if not explain:
        return record
    return record | {
        "reasons": list(recommendation.reasons),
        "contributions": [asdict(each) for each in recommendation.contributions],
    }


def article_card(name: str, article: Article | None) -> RenderableType:
    """The fields of a page's article."""
    if article is None:
        return Text(f"{name}: no article")
    card = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    card.add_column(no_wrap=True)
    card.add_column(overflow="fold")
    for field, value in _facts(article):
        card.add_row(field, value)
    return Group(Address(name, "italic"), card)


def list_table(ranked: RankedList) -> RenderableType:
    """A list: title, source, and its headlines by position."""
    title = ranked.title or "(no title)"
    scope = f", scope {ranked.scope}" if ranked.scope else ""
    seen = f"{ranked.site}, {ranked.kind}{scope}, seen {format_time(ranked.observed_at)}"
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for item in ranked.items:
        table.add_row(str(item.position), item.headline or Address(item.url or ""))
    heading = Text(title, style="bold")
    return Group(heading, Text(seen, style="dim"), Padding(table, (0, 0, 0, 1)))


def spaced(parts: Iterable[RenderableType]) -> list[RenderableType]:
    """The parts, separated by empty lines."""
    return [line for part in parts for line in ("", part)][1:]


def article_table(articles: Iterable[Article]) -> RenderableType:
    """Articles with first-seen time, headline and address."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("first seen", no_wrap=True)
    table.add_column("headline, address", overflow="fold")
    for article in articles:
        table.add_row(_minute(article.first_seen_at), headline_text(article))
    return table


def fact_table(facts: Mapping[str, str]) -> RenderableType:
    """Names and values in two columns."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name, value)
    return table


def source_table(sources: Iterable[SurveyedSource], front_page: str) -> RenderableType:
    """The pages, feeds and sitemaps of a site, with their current numbers of stories and lists."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("stories", "lists"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("address", overflow="fold")
    for each in sources:
        kind = "section" if each.role.name == "PAGE" else each.role.name.lower()
        lists = str(each.lists) if each.role.name == "PAGE" else ""
        kind = "front page" if each.url == front_page else kind
        table.add_row(kind, str(each.stories), lists, Address(each.url))
    return table


def recommendation_table(recommendations: Sequence[Recommendation], *, related: bool) -> RenderableType:
    """Rank, headline and score; with `related`, also the relatedness and appeal that add up to it."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("headline, address", overflow="fold", ratio=1)
    for name in ("score", *(("related", "appeal") if related else ())):
        table.add_column(name, justify="right", no_wrap=True)
    for each in recommendations:
        parts = (each.relatedness, each.appeal) if related else ()
        scores = [f"{amount:z.3f}" for amount in (each.score, *parts)]
        table.add_row(str(each.rank), headline_text(each.article), *scores)
    return table


def explained(recommendations: Sequence[Recommendation]) -> RenderableType:
    """Each recommendation with its explanation."""
    return Group(*[part for each in recommendations for part in (_title(each), explanation_table(each))])


def explanation_table(recommendation: Recommendation) -> RenderableType:
    """The terms of a score, largest first; the footer is their sum."""
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0), show_edge=False, show_footer=True)
    table.add_column("reason", footer="score", min_width=19, ratio=2)
    table.add_column("part", no_wrap=True)
    table.add_column("main feature", overflow="fold", ratio=3)
    table.add_column("amount", footer=f"{recommendation.score:+z.3f}", justify="right", no_wrap=True)
    shown, others = split_reasons(recommendation.contributions)
    for each in shown:
        table.add_row(each.says, each.group, f"{each.strongest} = {each.value:z.2f}", f"{each.amount:+z.3f}")
    if others:
        rest = round(recommendation.score, 3) - sum(round(each.amount, 3) for each in shown)
        table.add_row(f"others ({sum(each.count for each in others)})", "", "", f"{rest:+z.3f}")
    return Padding(table, (0, 0, 1, 4))


@dataclass(frozen=True, slots=True)
class Reason:
    """The sum of the features that share a description, and the largest of them."""

    says: str
    group: str
    amount: float
    strongest: str
    value: float
    count: int


def split_reasons(contributions: Sequence[Contribution]) -> tuple[list[Reason], list[Reason]]:
    """The reasons to show, by absolute amount, and the rest. Features with amount 0 are in neither."""
    by_description: dict[tuple[str, str], list[Contribution]] = {}
    for each in contributions:
        if each.amount:
            by_description.setdefault((each.says, each.group), []).append(each)
    ordered = sorted(
        (_reason(each) for each in by_description.values()), key=lambda reason: -abs(reason.amount)
    )
    threshold = MIN_SHARE * sum(abs(reason.amount) for reason in ordered)
    shown = [reason for reason in ordered[:MAX_REASONS] if abs(reason.amount) >= threshold]
    return shown, ordered[len(shown) :]


def _reason(contributions: Sequence[Contribution]) -> Reason:
    largest = max(contributions, key=lambda each: abs(each.amount))
    amount = sum(each.amount for each in contributions)
    return Reason(largest.says, largest.group, amount, largest.feature, largest.value, len(contributions))


def moved_table(moved: Iterable[Moved]) -> RenderableType:
    """The features that training changed most: each spline's height before and after."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("feature", no_wrap=True)
    table.add_column("before", justify="right")
    table.add_column("after", justify="right")
    for each in moved:
        table.add_row(each.feature, f"{each.before:+z.3f}", f"{each.after:+z.3f}")
    return table


def validation_table(comparisons: Iterable[Comparison]) -> RenderableType:
    """Two models on each task: their means, and the difference with its 95 % interval."""
    from recsys.evaluation.verdict import change, metric_name

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("task", no_wrap=True)
    table.add_column("metric", no_wrap=True)
    for name in ("queries", "new", "current", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in comparisons:
        means = (f"{each.new:z.3f}", f"{each.current:z.3f}")
        difference = change(each.difference.figure)
        table.add_row(each.task, metric_name(each.metric), f"{each.queries:,}", *means, difference)
    return table


def model_table(manifests: Iterable[Manifest], current: str | None) -> RenderableType:
    """Models with the end of their training period and the number of examples; the current one is marked."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("model", overflow="fold")
    table.add_column("trained until", no_wrap=True)
    table.add_column("examples", justify="right", no_wrap=True)
    table.add_column("")
    for each in manifests:
        count = f"{sum((each.contexts or {}).values()):,}"
        table.add_row(each.name, each.until or "", count, "current" if each.name == current else "")
    return table


def headline_text(article: Article) -> RenderableType:
    """The label of an article and, if it has one, its address on a line of its own."""
    text = Text(shown_label(article))
    return Group(text, Address(article.url, "dim")) if article.has_address else text


def shown_label(article: Article) -> str:
    """The headline; without one, the opening of the text, marked as such."""
    return article.label if article.headline else f"{article.label} (opening of the text; no headline)"


def _title(recommendation: Recommendation) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(justify="right", no_wrap=True, min_width=3)
    table.add_column(overflow="fold")
    table.add_row(f"{recommendation.rank}.", headline_text(recommendation.article))
    if recommendation.reasons:
        table.add_row("", Text(recommendation.in_words, style="dim"))
    return table


def _facts(article: Article) -> Iterable[tuple[str, RenderableType]]:
    yield "article", shown_label(article)
    yield "url", Address(article.url)
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
