"""An Evaluation -> Markdown, for a pull request, a wiki or a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from recsys.evaluation.report.charts import build_plots, tell_missing
from recsys.evaluation.report.html_report import day, moment, web_address
from recsys.evaluation.report.report_sections import Said, Sections, build_sections, chosen_by, tell_list
from recsys.evaluation.report.report_tables import Cell, Table
from recsys.evaluation.results import Evaluation, Example, SeenList

_SPECIAL = re.compile(
    r"[\\`*_\[\]|~&<>$@]"  # anywhere
    r"|:(?=//|\w+:)"  # in an address, which would become a link, and in :emoji:
    r"|^(?:[-+](?=\s|$)|#(?=#*(?:\s|$))|[-=](?=[-=]*$))"  # at the start of a line: a list, a heading, a rule
    r"|(?<=^\d)[.)](?=\s|$)|(?<=^\d\d)[.)](?=\s|$)|(?<=^\d{4})[.)](?=\s|$)"  # a numbered list
)


def render_markdown(evaluation: Evaluation) -> str:
    """The report with the tables of its figures in place of drawings."""
    sections = build_sections(evaluation)
    proven = evaluation.provenance
    parts = [
        *(f"> **{escape(sentence)}**" for sentence in sections.warnings),
        "# Are these recommendations better?",
        f"{escape(proven.contestants[0].label)}, {day(proven.since)} to {day(proven.until)}",
        *(_said(each) for each in sections.verdict),
        escape(sections.leaks),
        *(_judged(evaluation, sections) if evaluation.tasks else map(_seen, evaluation.lists)),
        "## Examples" if evaluation.tasks else "## Recommendations",
        *(_example(each, chosen_by(evaluation, each)) for each in evaluation.examples),
        *(() if evaluation.examples else ("No article with a text was known by then.",)),
        "## What the model goes by",
        "Nothing yet." if sections.model is None else table(sections.model),
        "## Data and settings",
        "\n".join(f"- {escape(name)}: {escape(value)}" for name, value in sections.facts),
        table(sections.contestants),
    ]
    return "\n\n".join(parts) + "\n"


def _judged(evaluation: Evaluation, sections: Sections) -> Iterator[str]:
    yield "## The rankers, side by side"
    for block in sections.blocks:
        yield f"### {escape(block.title)}"
        yield escape(block.says)
        yield from map(table, (*block.tables, *block.more))
    yield "### What the words mean"
    yield "\n".join(f"- {escape(word)}: {escape(meaning)}" for word, meaning in sections.words)
    yield "## Figures"
    plots = build_plots(evaluation)
    for plot in plots:
        yield f"### {escape(plot.title)}"
        yield escape(plot.says)
        yield table(plot.table)
    yield from (f"Not drawn: {escape(sentence)}" for sentence in tell_missing(plots))
    yield "## Where it is better, where worse"
    yield from map(table, sections.slices)
    if sections.uncut:
        yield escape(sections.uncut)


def _said(each: Said) -> str:
    return f"**{escape(each.lead)}** {escape(each.rest)}{f' {escape(each.plainly)}' if each.plainly else ''}"


def table(shown: Table) -> str:
    """A table with its caption in front; intervals in brackets."""
    lines = [
        [escape(title) for title in shown.columns],
        ["---", *("---" if shown.words else "---:" for _ in shown.columns[1:])],
        *([_head(row.head, ours=row.ours), *map(_cell, row.cells)] for row in shown.rows),
    ]
    return f"{escape(shown.caption)}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(text: str, *, ours: bool) -> str:
    return f"**{escape(text)}**" if ours else escape(text)


def _cell(cell: Cell) -> str:
    return f"{escape(cell.text)} ({escape(cell.beside)})" if cell.beside else escape(cell.text)


def _seen(known: SeenList) -> str:
    stories = "\n".join(f"{position}. {_story(text, url)}" for position, text, url in known.stories)
    return f"## {escape(known.title or known.kind)}\n\n{escape(tell_list(known))}\n\n{stories}"


def _example(example: Example, chose: str) -> str:
    why = "not judged" if example.why == "unjudged" else example.why
    values = ", ".join(f"{name} {value:.3f}" for name, value in example.values.items())
    parts = [
        f"### {why}: {escape(example.headline or 'At a moment')}",
        escape(", ".join(filter(None, (moment(example.as_of), example.section, values)))),
    ]
    if web_address(example.url) is not None:
        parts.append(_story("the article", example.url))
    if example.opening is not None:
        parts.append(f"> {escape(example.opening)}")
    if example.chosen:
        parts.append(f"{chose}:")
        parts.append("\n".join(f"- {_story(each.headline, each.url)}" for each in example.chosen))
    for name, shown in example.lists.items():
        parts.append(f"**{escape(name)}**")
        parts.append(
            "\n".join(
                f"{each.rank}. {_story(each.headline, each.url)}{' **✓ chosen**' if each.right else ''}"
                f"{''.join(f' · {escape(reason)}' for reason in each.reasons)}"
                for each in shown
            )
            or "Nothing."
        )
    return "\n\n".join(parts)


def _story(headline: str, url: str | None) -> str:
    address = web_address(url)
    said = escape(headline or url or "(no words)")
    return said if address is None else f"[{said}](<{quote(address, safe=':/?#&=%+,;@~!*$.-_')}>)"


def escape(text: str) -> str:
    """Text as text: nothing in it is markup, and it stays on its line."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), " ".join(text.split()))


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
