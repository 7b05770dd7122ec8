"""Renders an evaluation as one HTML file without scripts and without network access."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from recsys.evaluation.plain_sentences import name_plainly
from recsys.evaluation.report.charts import build_plots, describe_missing
from recsys.evaluation.report.report_sections import (
    build_sections,
    describe_list,
    example_words,
    name_list,
    name_method,
)
from recsys.evaluation.report.svg import MARKS, draw
from recsys.evaluation.results import Evaluation


def render_html(evaluation: Evaluation) -> str:
    """The report as HTML. Headlines and other content are escaped, never markup."""
    plots = build_plots(evaluation)
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            evaluation=evaluation,
            sections=build_sections(evaluation),
            plots=[(plot, draw(plot)) for plot in plots],
            missing=describe_missing(plots) if evaluation.tasks else (),
            examples=[(each, example_words(evaluation, each)) for each in evaluation.examples],
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("recsys.evaluation.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"web": web_address, "day": day, "moment": moment, "list_facts": describe_list}
    environment.filters |= {"plainly": name_plainly, "method": name_method, "kind": name_list}
    environment.globals |= {"MARKS": MARKS}
    return environment


def web_address(url: str | None) -> str | None:
    """The address if it is http(s); None for `javascript:` and others, which are not linked."""
    if url is None:
        return None
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return None
    return url if scheme in ("http", "https") else None


def day(time: datetime) -> str:
    """`15 February 2026`."""
    return f"{time.day} {time:%B %Y}"


def moment(time: datetime) -> str:
    """`15 Feb 2026, 13:05 UTC`."""
    return f"{time.day} {time:%b %Y, %H:%M} UTC"
