"""Lists in the wild: the markup that lists of headlines have on many sites, and what is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from recsys.documents.lists.headings import parse_heading
from recsys.domain import Kind, Page

from .conftest import ReadText

STORY = "https://q.example/news/2025/11/harbour-bridge-reopens-48213"
TEXT = "".join(
    f"<p>{'The bridge carried its first cars in nine weeks on Thursday, and nobody rang a bell. ' * 2}</p>"
    for _ in range(4)
)
TOPICS = ("The ferry keeps its winter timetable", "Council votes on the new school roof",
    "Baker wins a prize for the third time", "Storm closes the road along the coast",
    "Library opens on Sundays from spring", "Two lighthouses are for sale again")  # fmt: skip


def page_with(*parts: str) -> str:
    """A page with an article and what stands around it."""
    around = "".join(parts)
    return (
        f"<!DOCTYPE html><html lang='en'><head><link rel='canonical' href='{STORY}'></head><body>"
        f"<article><h1>Harbour bridge reopens</h1>{TEXT}</article>{around}</body></html>"
    )


def url_of(number: int) -> str:
    return f"/news/2025/11/{TOPICS[number].lower().replace(' ', '-')}-{48000 + number}"


def link(number: int, inner: str = "{}", attributes: str = "") -> str:
    return f'<a href="{url_of(number)}" {attributes}>{inner.format(TOPICS[number])}</a>'


def rows(numbers: Iterable[int], row: str = "<li>{}</li>", inner: str = "{}") -> str:
    return "".join(row.format(link(number, inner)) for number in numbers)


def found_on(page: Page) -> list[tuple[Kind, str | None, list[str]]]:
    return [
        (each.kind, each.title, [item.headline for item in each.items])
        for each in page.lists
        if each.kind is not Kind.INLINE
    ]


def topics(*numbers: int) -> list[str]:
    return [TOPICS[number] for number in numbers]


UL = f"<ul>{rows(range(3))}</ul>"
CARD = "<article><div><a href='{url}'><img alt=''></a></div><h3>{title}</h3><p>By Jo</p></article>"
PICTURED = "".join(f"<li>{link(n, ' ')}<h3>{link(n)}</h3></li>" for n in range(3))
BESIDE = "".join(
    f"<li><a class='s' href='/local/'>Local stories</a>{link(n)}"
    f"<a class='c' href='{url_of(n)}#comments'>12 comments on this</a>"
    f"<a class='by' href='/crew/jo-of-the-quay-and-sons-{n}'>Jo of the Quay and Sons</a></li>"
    for n in range(3)
)
ALL = "<li><a href='/popular-stories-of-2025'>View all most read</a></li>"
TITLED = f"<h2>Most read</h2>{UL}"
MOST_READ = (Kind.POPULAR, "Most read", topics(0, 1, 2))
MARKUP = {
    "a heading and an ordered list": f"<h2>Most read</h2><ol>{rows(range(3))}</ol>",
    "a heading in a header": f"<section><header><h3>Most read</h3></header>{UL}</section>",
    "a heading that is linked": f"<h2><a href='/most-read'>Most read</a></h2>{UL}",
    "a heading without a title element": f"<div><div class='x1'>Most read</div>{UL}</div>",
    "a heading within the list": f"<ul><li><b>Most read</b></li>{rows(range(3))}</ul>",
    "a definition list": f"<dl><dt>Most read</dt>{rows(range(3), '<dd>{}</dd>')}</dl>",
    "a table": f"<h4>Most read</h4><table>{rows(range(3), '<tr><td>1</td><td>{}</td></tr>')}</table>",
    "a name for those who hear the page": f"<section aria-label='Most read'>{UL}</section>",
    "a name that points to its heading": f"<p id='m'>Most read</p><hr><div aria-labelledby='m'>{UL}</div>",
    "titles beside each other": f"<h2>Most read</h2><div>{rows(range(3), '<h4>{}</h4><p>So.</p>')}</div>",
    "links beside each other": f"<h2>Most read</h2><div>{rows(range(3), '{}')}</div>",
    "ranks in the link": "<h2>Most read</h2><ol>"
    + "".join(f"<li>{link(n, f'<span>{n + 1}</span> {{}}')}</li>" for n in range(3))
    + "</ol>",
    "a picture that is linked as well": f"<h2>Most read</h2><ul>{PICTURED}</ul>",
    "a picture that is linked alone": "<h2>Most read</h2><div>"
    + "".join(CARD.format(url=url_of(n), title=TOPICS[n]) for n in range(3))
    + "</div>",
    "an author, a section and a counter beside each": f"<h2>Most read</h2><ul>{BESIDE}</ul>",
    "a lead and a list": f"<h2>Most read</h2><div><h3>{link(0)}</h3></div><ul>{rows([1, 2])}</ul>",
    "a caption": f"<figure><figcaption>Most read</figcaption><ol>{rows(range(3))}</ol></figure>",
    "links laid over cards": "<h2>Most read</h2>"
    + "".join(
        f"<div><h3>{TOPICS[n]}</h3><a href='{url_of(n)}' aria-label='To the story'></a></div>"
        for n in range(3)
    ),
    "columns": f"<h2>Most read</h2><div><ul>{rows([0, 1])}</ul><ul>{rows([2])}</ul></div>",
    "rows of two": "<h2>Most read</h2><div>"
    + "".join(f"<div class='row'>{rows(pair, '<div>{}</div>')}</div>" for pair in ([0, 1], [2]))
    + "</div>",
    "a link to the whole list at its end": f"<h2>Most read</h2><ul>{rows(range(3))}{ALL}</ul>",
    "doubles for a small screen": f"<div class='d'>{TITLED}</div><div>{TITLED}</div>",
    "an advertisement between": f"<h2>Most read</h2><ul>{rows([0, 1])}<li><i></i></li>{rows([2])}</ul>",
}


@pytest.mark.parametrize("markup", MARKUP.values(), ids=MARKUP)
def test_a_list_is_found_in_the_markup_it_has_on_many_sites(markup: str, read_page: ReadText) -> None:
    assert found_on(read_page(page_with(markup))) == [MOST_READ]


def _tabs(labels: Sequence[str], panels: Sequence[str]) -> str:
    return f"<div><ul>{''.join(labels)}</ul><div>{''.join(panels)}</div></div>"


PANELS = (f"{UL}", f"<ul>{rows([3, 4, 5])}</ul>")
TABS = {
    "that point": _tabs(
        ["<li><a href='#a1'>Most read</a></li>", "<li><a href='#a2'>Latest</a></li>"],
        [f"<div id='a{n}'>{panel}</div>" for n, panel in enumerate(PANELS, start=1)],
    ),
    "with roles": _tabs(
        ["<button role='tab' aria-controls='a1'>Most read</button>", "<button id='t2'>Latest</button>"],
        [f"<div id='a1'>{PANELS[0]}</div>", f"<div aria-labelledby='t2' hidden>{PANELS[1]}</div>"],
    ),
    "by place": _tabs(["<li>Most read</li>", "<li>Latest</li>"], [f"<div>{panel}</div>" for panel in PANELS]),
}  # fmt: skip


@pytest.mark.parametrize("markup", TABS.values(), ids=TABS)
def test_each_tab_is_a_list_with_its_label(markup: str, read_page: ReadText) -> None:
    assert found_on(read_page(page_with(markup))) == [MOST_READ, (Kind.LATEST, "Latest", topics(3, 4, 5))]


def test_a_tab_that_says_a_period_has_the_kind_of_what_is_above(read_page: ReadText) -> None:
    labels = ["<li><a href='#d'>Today</a></li>", "<li><a href='#w'>Week</a></li>"]
    panels = [f"<div id='{name}'>{panel}</div>" for name, panel in zip("dw", PANELS, strict=True)]
    page = read_page(page_with(f"<section><h2>Most read</h2>{_tabs(labels, panels)}</section>"))
    assert found_on(page) == [
        (Kind.POPULAR, "Most read Today", topics(0, 1, 2)),
        (Kind.POPULAR, "Most read Week", topics(3, 4, 5)),
    ]


def test_a_short_list_is_no_heading_of_itself(read_page: ReadText) -> None:
    items = "".join(
        f"<li><a href='/a/the-old-{word}-story-1'>The old {word}</a></li>" for word in ("ferry", "quay")
    )
    page = read_page(page_with(f"<div><h2>Most read</h2><ul>{items}</ul></div>"))
    assert found_on(page) == [(Kind.POPULAR, "Most read", ["The old ferry", "The old quay"])]


def test_a_list_without_a_known_heading_is_another_choice(read_page: ReadText) -> None:
    titled = f"<section><h3>Down by the river</h3>{UL}</section>"
    bare = f"<div><ul>{rows([3, 4, 5])}</ul></div>"
    assert found_on(read_page(page_with(titled, bare))) == [
        (Kind.RECOMMENDED, "Down by the river", topics(0, 1, 2)),
        (Kind.RECOMMENDED, None, topics(3, 4, 5)),
    ]


def test_the_name_of_an_element_says_the_kind_where_no_heading_does(read_page: ReadText) -> None:
    box = f"<div class='c-related-articles'><ul>{rows([0, 1])}</ul></div>"
    assert found_on(read_page(page_with(box))) == [(Kind.RELATED, None, topics(0, 1))]


SHORT = ("Sport", "Local news", "Weather today", "Opinion")
NO_LISTS = {
    "a menu": "<ul>"
    + "".join(f"<li><a href='/news/{n}'>{name}</a></li>" for n, name in enumerate(SHORT))
    + "</ul>",
    "a preview in a menu": f"<nav><ul>{rows(range(4))}</ul></nav>",
    "a tag cloud under a known heading": "<h3>Popular</h3><ul>"
    + "".join(f"<li><a href='/tag/{n}'>{name}</a></li>" for n, name in enumerate(SHORT))
    + "</ul>",
    "a share bar": "<h4>Most shared</h4><ul>"
    + "".join(
        f"<li><a href='https://{host}/share?u={STORY}'>Share this story on {host}</a></li>"
        for host in ("www.facebook.com", "x.com", "wa.me")
    )
    + "</ul>",
    "an advertising widget": "<div><h3>From our partners</h3><ul>"
    + "".join(
        f"<li><a rel='sponsored' href='https://ads{n}.example/one-trick-that-saves-{n}'>{title}</a></li>"
        for n, title in enumerate(TOPICS)
    )
    + "</ul></div>",
    "an advertising widget under a known heading": "<div class='OUTBRAIN'><h3>Recommended for you</h3><ul>"
    + "".join(
        f"<li><a href='https://paid{n}.example/one-trick-that-saves-{n}'>{title}</a></li>"
        for n, title in enumerate(TOPICS)
    )
    + "</ul></div>",
    "offers": "<h3>Top jobs</h3><ul>"
    + "".join(
        f"<li><a href='/jobs/{n}/ferry-captain-wanted'>{title}</a></li>" for n, title in enumerate(TOPICS)
    )
    + "</ul>",
    "a list that only a script fills": f"<h2>Most read</h2><ul></ul><nav><ul>{rows(range(4))}</ul></nav>",
    "links in a text": f"<p>As we wrote: {link(0)} and {link(1)} and {link(2)}; {'no bell rang. ' * 40}</p>",
    "the months of an archive": "<h3>Archive</h3><ul>"
    + "".join(f"<li><a href='/2025/{n:02}/'>Month {n} 2025</a></li>" for n in range(1, 9))
    + "</ul>",
}


@pytest.mark.parametrize("markup", NO_LISTS.values(), ids=NO_LISTS)
def test_what_is_no_list_of_headlines_is_none(markup: str, read_page: ReadText) -> None:
    assert found_on(read_page(page_with(markup))) == []


@pytest.mark.parametrize(
    ("language", "popular", "related", "latest", "recommended"),
    [
        ("en", "Most Popular in Sport", "See also", "Latest news", "You may also like"),
        ("ja", "アクセスランキング", "関連記事", "新着記事", "おすすめ記事"),
        ("de", "Am häufigsten gelesen", "Mehr zum Thema", "Neueste Meldungen", "Auch interessant"),
        ("es", "Lo más leído", "Noticias relacionadas", "Última hora", "Te puede interesar"),
        ("fr", "Les plus lus", "Sur le même sujet", "Dernières actualités", "À lire aussi"),
        ("pt", "Mais lidas", "Notícias relacionadas", "Últimas notícias", "Você pode gostar"),
        ("it", "I più letti", "Articoli correlati", "Ultime notizie", "Potrebbe interessarti"),
        ("nl", "Meest gelezen", "Gerelateerde artikelen", "Net binnen", "Lees ook"),
        ("sv", "Mest lästa", "Relaterade artiklar", "Senaste nytt", "Läs också"),
        ("no", "Mest lest", "Relaterte saker", "Siste nytt", "Les også"),
        ("da", "Mest læste", "Relaterede artikler", "Seneste nyt", "Læs også"),
        ("fi", "Luetuimmat", "Lisää aiheesta", "Tuoreimmat uutiset", "Lue myös"),
        ("pl", "Najczęściej czytane", "Powiązane artykuły", "Najnowsze", "Polecane"),
        ("ko", "가장 많이 본 뉴스", "관련 기사", "최신 뉴스", "추천 기사"),
        ("zh", "热门文章", "相关新闻", "最新消息", "猜你喜欢"),
    ],
)  # fmt: skip
def test_headings_are_known_in_every_language(
    language: str, popular: str, related: str, latest: str, recommended: str
) -> None:
    kinds = [
        getattr(parse_heading(text.upper()), "kind", None) for text in (popular, related, latest, recommended)
    ]
    assert kinds == [Kind.POPULAR, Kind.RELATED, Kind.LATEST, Kind.RECOMMENDED]
    assert parse_heading("The mayor visits the harbour") is None
