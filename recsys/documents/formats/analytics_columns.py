"""The columns of analytics exports: headings as data, the most exact first.

From the documentation of the vendors, or from their exports:

- Google Analytics 4: Reports > Pages and screens > Share > Download file; Explorations; the names of the Data
  API (https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema). Headings are in the
  language of the account.
- Matomo: Behaviour > Pages > Export > CSV; the API's `nb_hits` (page views) and `nb_visits` (unique page
  views), translated on request (https://developer.matomo.org/api-reference/reporting-api).
- Plausible: pages.csv of the dashboard's export; imported_pages_….csv of the export of all data
  (https://plausible.io/docs/export-stats, https://plausible.io/docs/csv-import).
- Chartbeat: a query's columns are its dimensions and metrics
  (https://docs.chartbeat.com/cbp/api/historical-api/metrics-dimensions-filters).
- Parse.ly: CSV of any listing (https://docs.parse.ly/dashboard-common-questions/); its documentation does not
  list the headings, so they are those of its metrics.
- Cloudflare: top paths, as the dimensions and sums of its GraphQL API
  (https://developers.cloudflare.com/analytics/graphql-api/).

The English headings are documented; no vendor documents the translations, which are our best knowledge.
A heading that is missing here can be named with `--column`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys.documents.source import AsShown, Source

ROLES = ("url", "path", "host", "title", "views", "date")

# By role, tiers of headings: in the first tier that a table has, exactly one column may match.
_HEADINGS: dict[str, tuple[tuple[str, ...], ...]] = {
    "url": (
        ("metadata url", "page location", "full page url", "canonical url"),
        ("url", "page url", "post url", "story url", "article url", "address", "link", "link url"),
        ("seiten url", "url de la page", "url de página", "url della pagina", "url da página", "ページ url"),
    ),
    "path": (
        (
            "page path and screen class", "unifiedpagepathscreen",
            "seitenpfad und bildschirmklasse", "chemin de la page et classe de l'écran",
            "ruta de página y clase de pantalla", "ruta de la página y clase de pantalla",
            "percorso pagina e classe schermata",
            "caminho da página e classe da tela",
            "paginapad en schermklasse", "ページパスとスクリーン クラス", "페이지 경로 및 화면 클래스",
        ),
        ("page path + query string", "page path and query string", "pagepathplusquerystring"),
        ("page path", "pagepath", "path", "path name", "request path", "requestpath", "clientrequestpath"),
        ("page", "top pages", "top paths", "paths", "landing page"),
        ("name", "label", "metric"),  # Plausible's dashboard, Matomo, Cloudflare's GraphQL
    ),
    "host": (("host name", "hostname", "host", "page host name", "request host", "requesthost", "domain"),),
    "title": (
        ("page title", "page title and screen name", "page title and screen class", "unifiedscreenclass"),
        ("post title", "story title", "article title", "headline", "title", "post"),
        (
            "seitentitel", "titre de la page", "título de página", "titolo pagina", "título da página",
            "ページ タイトル",
        ),
    ),
    "views": (
        ("views", "pageviews", "page views", "screenpageviews", "nb hits", "total page views"),
        (
            "aufrufe", "seitenaufrufe", "seitenansichten", "vues", "pages vues", "vues de page", "vistas",
            "vistas de página", "páginas vistas", "visualizaciones", "visualizzazioni",
            "visualizzazioni di pagina", "visualizações", "visualizações de página", "weergaven",
            "paginaweergaven", "表示回数", "ページビュー", "조회수",
        ),
        ("requests", "count", "hits"),
        ("unique pageviews", "unique page views", "nb visits", "page uniques", "visits"),
        ("visitors", "unique visitors", "nb uniq visitors", "uniques", "active users", "users"),
    ),
    "date": (("date", "day", "datum", "fecha", "data", "日付"),),
}  # fmt: skip
_SPACES = re.compile(r"[\s_:.\-\u00a0]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of a table's columns, from 0; None for a column that the table does not have."""

    views: int
    url: int | None = None
    path: int | None = None
    host: int | None = None
    title: int | None = None
    date: int | None = None

    @property
    def last(self) -> int:
        """The place of the last column that a row must have."""
        return max(self.views, self.url if self.url is not None else self.path or 0)


def is_table(header: Sequence[str]) -> bool:
    """Whether headings are those of a table of pages with views."""
    known = [_known(heading) for heading in header]
    return any(role in ("url", "path") for role in known) and "views" in known


def choose_columns(header: Sequence[str], named: Mapping[str, str], source: Source, line: int) -> Columns:
    """The columns as the user named them, else by heading; ReadError if one is missing or ambiguous."""
    places = {role: _choose(role, header, named, source, line) for role in ROLES}
    if places["views"] is None or (places["url"] is None and places["path"] is None):
        role = "views" if places["views"] is None else "url"
        wanted = "a column with the views" if role == "views" else "a column with the addresses of pages"
        found = AsShown(", ".join(header)[:80] or "none")
        raise source.error(
            f"{wanted}; name it with --column {role}=HEADING", found, line=line, field="columns"
        )
    return Columns(**places)  # type: ignore[arg-type]


def _choose(
    role: str, header: Sequence[str], named: Mapping[str, str], source: Source, line: int
) -> int | None:
    if role in named:
        return _named_place(role, named[role], header, source, line)
    names = [_plain(heading) for heading in header]
    for tier in _HEADINGS[role]:
        places = [place for place, name in enumerate(names) if name in tier]
        if len(places) == 1:
            return places[0]
        if places:
            found = AsShown(", ".join(f"#{place + 1} {header[place]}" for place in places))
            expected = f"one column for {role}; say which with --column {role}=#NUMBER"
            raise source.error(expected, found, line=line, field="columns")
    return None


def _named_place(role: str, name: str, header: Sequence[str], source: Source, line: int) -> int:
    if re.fullmatch(r"#\d{1,4}", name) and 1 <= int(name[1:]) <= len(header):
        return int(name[1:]) - 1
    places = [place for place, heading in enumerate(header) if _plain(heading) == _plain(name)]
    if len(places) != 1:
        found = AsShown(", ".join(header)[:80] or "none")
        raise source.error(f"one column {name!r} (--column {role})", found, line=line, field="columns")
    return places[0]


def _known(heading: str) -> str | None:
    name = _plain(heading)
    return next((role for role, tiers in _HEADINGS.items() if any(name in tier for tier in tiers)), None)


def _plain(heading: str) -> str:
    """A heading in lower case, with single spaces and no underscores."""
    return _SPACES.sub(" ", heading.replace("\u2019", "'")).strip().casefold()
