"""Renders an evaluation as Markdown, for a pull request, a wiki or a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from recsys.evaluation.plain_sentences import name_plainly
from recsys.evaluation.report.charts import build_plots, describe_missing
from recsys.evaluation.report.html_report import day, moment, web_address
from recsys.evaluation.report.report_sections import (
    ExampleWords,
    Sections,
    build_sections,
    describe_list,
    example_words,
    name_list,
    name_method,
)
from recsys.evaluation.report.report_tables import Cell, Table
from recsys.evaluation.results import Evaluation, Example, SeenList

_SPECIAL = re.compile(
    r"[\\`*_\[\]|~&<>$@]"  # anywhere
    r"|:(?=//|\w+:)"  # in an address, which would become a link, and in :emoji:
    r"|^(?:[-+](?=\s|$)|#(?=#*(?:\s|$))|[-=](?=[-=]*$))"  # at the start of a line: a list, a heading, a rule
    r"|(?<=^\d)[.)](?=\s|$)|(?<=^\d\d)[.)](?=\s|$)|(?<=^\d{4})[.)](?=\s|$)"  # a numbered list
)


def render_markdown(evaluation: Evaluation) -> str:
    """The report as Markdown, with tables in place of plots."""
    sections = build_sections(evaluation)
    proven = evaluation.provenance
    parts = [
        *(f"> **{escape(sentence)}**" for sentence in sections.warnings),
        "# Evaluation report",
        escape(sections.sites),
        f"{escape(proven.systems[0].label)}, {day(proven.since)} to {day(proven.until)}",
        *(f"**{escape(sentence)}**" for sentence in sections.plainly),
        *(f"**{escape(each.lead)}** {escape(each.rest)}" for each in sections.verdict),
        *_shortfalls(sections),
        escape(sections.leaks),
        *(_results(evaluation, sections) if evaluation.tasks else map(_seen, evaluation.lists)),
        "## Examples" if evaluation.tasks else "## Recommendations",
        escape(sections.examples),
        *(_example(each, example_words(evaluation, each)) for each in evaluation.examples),
        "" if evaluation.examples or evaluation.tasks else "No article with a body was known by then.",
        "## Features of the model",
        "None yet." if sections.model is None else table(sections.model),
        "## Data quality",
        "\n".join(f"- {escape(sentence)}" for sentence in (*sections.data, *_warnings(sections))),
        *map(table, sections.data_tables),
        "## Data and settings",
        "\n".join(f"- {escape(name)}: {escape(value)}" for name, value in sections.facts),
        table(sections.systems),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _shortfalls(sections: Sections) -> Iterator[str]:
    for heading, sentences in sections.shortfalls:
        yield f"**{escape(heading)}**"
        yield "\n".join(f"- {escape(sentence)}" for sentence in sentences)


def _warnings(sections: Sections) -> tuple[str, ...]:
    return tuple(f"Warning: {sentence}" for sentence in sections.data_warnings)


def _results(evaluation: Evaluation, sections: Sections) -> Iterator[str]:
    yield "## Methods compared"
    for block in sections.blocks:
        yield f"### {escape(block.title)}"
        yield escape(block.says)
        yield from map(table, (*block.tables, *block.more))
    yield "### Terms"
    yield "\n".join(f"- {escape(word)}: {escape(meaning)}" for word, meaning in sections.words)
    yield "## Figures"
    plots = build_plots(evaluation)
    for plot in plots:
        yield f"### {escape(plot.title)}"
        yield escape(plot.says)
        yield table(plot.table)
    yield from (f"Not drawn: {escape(sentence)}" for sentence in describe_missing(plots))
    yield "## Breakdowns"
    yield from map(table, sections.slices)
    if sections.unsliced:
        yield escape(sections.unsliced)


def table(shown: Table) -> str:
    """A table below its caption, with intervals in parentheses."""
    lines = [
        [escape(title) for title in shown.columns],
        ["---", *("---" if shown.words else "---:" for _ in shown.columns[1:])],
        *([_head(row.head, ours=row.ours), *map(_cell, row.cells)] for row in shown.rows),
    ]
    return f"{escape(shown.caption)}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(text: str, *, ours: bool) -> str:
    return f"**{escape(text)}**" if ours else escape(text)


def _cell(cell: Cell) -> str:
    notes = "; by day ".join(filter(None, (cell.note, cell.by_day)))
    return f"{escape(cell.text)} ({escape(notes)})" if notes else escape(cell.text)


def _seen(known: SeenList) -> str:
    stories = "\n".join(f"{position}. {_story(text, url)}" for position, text, url in known.stories)
    return f"## {escape(known.title or name_list(known.kind))}\n\n{escape(describe_list(known))}\n\n{stories}"


def _example(example: Example, words: ExampleWords) -> str:
    values = ", ".join(f"{name_plainly(name)} {value:z.3f}" for name, value in example.values.items())
    parts = [
        f"### {words.outcome(example.why)}: {escape(example.headline or 'Without an article')}",
        escape(", ".join(filter(None, (moment(example.as_of), example.section, values)))),
    ]
    if web_address(example.url) is not None:
        parts.append(_story("the article", example.url))
    if example.opening is not None:
        parts.append(f"> {escape(example.opening)}")
    if example.chosen:
        parts.append(f"{words.chosen}:")
        parts.append("\n".join(f"- {_story(each.headline, each.url)}" for each in example.chosen))
    mark = f" **✓ {words.mark}**"
    for name, shown in example.lists.items():
        parts.append(f"**{escape(name_method(name))}**")
        parts.append(
            "\n".join(
                f"{each.rank}. {_story(each.headline, each.url)}{mark if each.right else ''}"
                f"{''.join(f' · {escape(reason)}' for reason in each.reasons)}"
                for each in shown
            )
            or "None."
        )
    return "\n\n".join(parts)


def _story(headline: str, url: str | None) -> str:
    address = web_address(url)
    said = escape(headline or url or "(no words)")
    return said if address is None else f"[{said}](<{quote(address, safe=':/?#&=%+,;@~!*$.-_')}>)"


def escape(text: str) -> str:
    """Text with all Markdown escaped, on one line."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), " ".join(text.split()))


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
