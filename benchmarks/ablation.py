"""What every family of columns is worth: the same training without it, and what that loses.

    python -m benchmarks.ablation ../shared/data/bbc --since 2026-02-15T00:00:00Z --until 2026-03-01T00:00:00Z

Every column group is a family; families of similar columns are listed below. The news that it is given here,
`../shared/data/bbc`, is not part of the project.

The columns of a family are 0 in training, and so have no weight. Reported are the figures without it and the
paired difference from all columns with its 95 % bootstrap interval, on the development period and on three
blocks of the two weeks before, each ranked by what everything else before `--since` taught.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.columns import name_of
from benchmarks.fitting import APPEAL_BESIDE, Fit, Teaching
from benchmarks.measuring import (
    Measured,
    Trial,
    build_lessons,
    find_trials,
    load_news,
    measure,
    pool,
    score_with,
)
from benchmarks.reporting import Arguments, Line, Report, parser_for, read_given
from recsys.ranking import RankerWeights
from recsys.ranking.features import APPEAL, RELATEDNESS, ColumnGroup, columns
from recsys.ranking.features.text_features import TEXT

ALL = "all columns"
Holds = Callable[[str], bool]


def _begins(*starts: str) -> Holds:
    return lambda name: name.startswith(starts)


def _of(group: ColumnGroup) -> Holds:
    names = frozenset(column.name for column in group.columns)
    return lambda name: name in names


def _groups(groups: Sequence[ColumnGroup]) -> dict[str, Holds]:
    """A family for each group, by its name; none for an only group, without which nothing would be left."""
    return {name_of(group): _of(group) for group in groups} if len(groups) > 1 else {}


def _field(name: str) -> Holds:
    return lambda column: column.startswith(f"{name}_") and "bm25" not in column and column in _TEXT


_TEXT = frozenset(column.name for column in TEXT.columns)
RELATEDNESS_FAMILIES: Mapping[str, Holds] = {
    **_groups(RELATEDNESS),
    "cosines of the query's headline": _field("headline"),
    "cosines of the query's lead": _field("lead"),
    "cosines of the query's text": _field("text"),
    "BM25": lambda name: "bm25" in name,
    "names": _begins("names"),
    "tags": lambda name: name in _TEXT and name.startswith("tag"),
    "inline links": _begins("inlink", "outlink", "cocitation"),
    "related lists": _begins("related_inlink"),
    "values over the largest": lambda name: name.endswith("_over_max"),
    "reciprocal ranks": lambda name: name.endswith("_rr"),
    "the candidate's appeal": lambda name: name == APPEAL_BESIDE,
}
"""Which of the columns of relatedness; the last is the one by which appeal enters beside an article."""

_HISTORY = ("is_new", "first", "last", "highest", "count")
APPEAL_FAMILIES: Mapping[str, Holds] = {
    **_groups(APPEAL),
    "most-read list: all of it": _begins("popular_"),
    "most-read list: places": _begins("popular_place"),
    "most-read list: half-lives": _begins("popular_seen"),
    "most-read list: new, first, last, highest, count": _begins(*(f"popular_{x}" for x in _HISTORY)),
    "front page: all of it": _begins("front_"),
    "front page: places": _begins("front_place"),
    "front page: half-lives": _begins("front_seen"),
    "front page: new, first, last, highest, count": _begins(*(f"front_{x}" for x in _HISTORY)),
    "other lists": _begins("other_"),
    "age": _begins("age"),
    "predicted popularity": _begins("predicted_"),
    "format": _begins("format_"),
    "products of two": lambda name: "_with_" in name,
    "columns for stories not on the most-read list": lambda name: (
        name.endswith("_unlisted") or "_with_" in name
    ),
}


def find_families() -> dict[str, frozenset[str]]:
    """The columns of every family that has any."""
    names = {
        "relatedness": [*(column.name for column in columns(RELATEDNESS)), APPEAL_BESIDE],
        "appeal": [column.name for column in columns(APPEAL)],
    }
    both = ((RELATEDNESS_FAMILIES, names["relatedness"]), (APPEAL_FAMILIES, names["appeal"]))
    found = {
        family: frozenset(filter(holds, mine))
        for families, mine in both
        for family, holds in families.items()
    }
    return {family: held for family, held in found.items() if held}


def ablate(teaching: Teaching, trials: Sequence[Trial]) -> Report:
    """Every family left out, in every period."""
    report = Report("Without a family of columns: the figure, and its difference from all columns")
    found: dict[tuple[str, str], list[Measured]] = {}
    for trial in trials:
        for family, measured in _without_each(teaching, trial):
            found.setdefault((trial.period, family), []).append(measured)
    for (period, family), parts in found.items():
        than = None if family == ALL else ALL
        report.add(Line(period, family if than is None else f"without {family}", pool(parts), than))
    return report


def _without_each(teaching: Teaching, trial: Trial) -> Iterator[tuple[str, Measured]]:
    """What all columns find, then what is found without each family in the tasks that it serves."""
    related = [each for each in trial.asked if each.query.row is not None]
    moments = [each for each in trial.asked if each.query.row is None]
    weigh = trial.weigh()
    whole = teaching.fit(Fit(weigh))
    yield ALL, measure(trial.asked, score_with(whole))
    for family, held in find_families().items():
        how = Fit(weigh, without=held, near=whole)
        if family in RELATEDNESS_FAMILIES:
            yield family, measure(related, score_with(teaching.fit_relatedness(how, whole.appeal)))
        else:
            left = RankerWeights(whole.relatedness, teaching.fit_appeal(how), whole.appeal_scale)
            yield family, measure(moments, score_with(left))


def main(argv: Arguments = None) -> None:
    """Load, train without each family, print."""
    given = read_given(parser_for(__doc__).parse_args(argv))
    news = load_news(given.data, given.until)
    trials = find_trials(news, given.since, given.until, blocks_since=given.blocks_since)
    ablate(Teaching(build_lessons(news.corpus, given.since)), trials).publish(given.json)


if __name__ == "__main__":
    main()
