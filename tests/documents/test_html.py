"""HTML pages: the article's facts and text, its inline links, the lists around it, and hostile input."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from recsys.domain import Kind, Page
from recsys.errors import ReadError

from .conftest import ReadText

PATIENCE = 60  # seconds; each takes at most two on a quiet machine, quadratic time takes minutes
PARAGRAPH = (
    "The bridge carried its first cars in nine weeks on Thursday, and nobody rang the old ferry bell. "
)
TEXT = "".join(f"<p>{PARAGRAPH * 2}</p>" for _ in range(4))


def page_of(head: str = "", body: str = f"<article>{TEXT}</article>", html: str = "") -> str:
    return f"<!DOCTYPE html><html {html}><head>{head}</head><body>{body}</body></html>"


@pytest.fixture
def harbour(read_fixture: Callable[[str], Page]) -> Page:
    return read_fixture("harbour.html")


def test_the_facts_of_an_article_come_from_its_json_ld(harbour: Page) -> None:
    article = harbour.article
    assert article is not None
    assert article.headline == "Harbour bridge reopens after nine weeks of repairs"
    assert article.url == "https://www.quaypost.example/news/2025/11/harbour-bridge-reopens-48213"
    assert article.site == "quaypost.example"
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2025-11-20T07:30:00+01:00"
    assert (article.section, article.language) == ("Local", "en")
    assert article.tags == ("harbour bridge", "repairs", "ferries")
    assert harbour.warnings == ()


def test_its_body_is_its_paragraphs_and_nothing_around_them(harbour: Page) -> None:
    assert harbour.article is not None
    paragraphs = (harbour.article.body or "").split("\n")
    assert [paragraph[:12] for paragraph in paragraphs[-4:]] == [
        "The harbour ", "The closure ", "Shopkeepers ", "A second rou",
    ]  # fmt: skip
    assert "Baker" not in (harbour.article.body or "")
    assert "found cracks under the bridge in September" in (harbour.article.body or "")


def test_links_in_the_text_to_stories_of_the_site_are_an_inline_list(harbour: Page) -> None:
    inline = harbour.lists[0]
    assert inline.kind is Kind.INLINE
    assert inline.page_url == "https://www.quaypost.example/news/2025/11/harbour-bridge-reopens-48213"
    assert [(item.position, item.headline, item.url) for item in inline.items] == [
        (
            1,
            "found cracks under the bridge",
            "https://www.quaypost.example/news/2025/09/cracks-found-under-bridge-46001",
        ),
        (
            2,
            "voted in October to keep subsidising the ferry",
            "https://www.quaypost.example/news/2025/10/council-votes-ferry-subsidy-47120",
        ),
    ]


def test_lists_are_found_by_their_headings_and_menus_are_none(harbour: Page) -> None:
    assert [(each.kind, each.title, each.scope, len(each.items)) for each in harbour.lists[1:]] == [
        (Kind.POPULAR, "Most read in Local", "Local", 3),
        (Kind.RELATED, "Related articles", None, 2),
        (Kind.LATEST, "Latest news", None, 2),
    ]


def test_the_rank_is_no_part_of_a_headline(harbour: Page) -> None:
    assert [item.headline for item in harbour.lists[1].items] == [
        "Baker wins the regional prize for the third time",
        "Storm closes the coast road until the weekend",
        "School roof blown away, lessons moved to the gym",
    ]


def test_tabs_share_out_their_panels(read_page: ReadText) -> None:
    def panel(word: str) -> str:
        rows = (
            f'<li><a href="/news/{word}-story-number-{n}">{word} story of the day, {n}</a></li>'
            for n in "abc"
        )
        return f"<ul>{''.join(rows)}</ul>"

    labels = "<div><span class='tab'>Most read</span><span class='tab'>Most shared</span></div>"
    base = "<link rel='canonical' href='https://q.example/news/a-bridge-1234'>"
    page = read_page(
        page_of(
            base,
            f"<article>{TEXT}</article><aside>{labels}<div>{panel('Read')}{panel('Shared')}</div></aside>",
        )
    )
    assert [(each.title, each.items[0].headline) for each in page.lists] == [
        ("Most read", "Read story of the day, a"),
        ("Most shared", "Shared story of the day, a"),
    ]


def test_open_graph_and_time_stand_in_for_json_ld(read_page: ReadText) -> None:
    head = """<meta property="og:title" content="Bridge &amp; ferry">
    <meta property="article:section" content="Local">
    <meta property="og:url" content="https://m.q.example/a-1234?fbclid=1">
    <meta name="keywords" content="bridge, ferry">"""
    page = read_page(
        page_of(head, f"<article><time datetime='2025-11-20T07:30:00Z'>x</time>{TEXT}</article>", 'lang="fr"')
    )
    assert page.article is not None
    assert page.article.headline == "Bridge & ferry"
    assert (page.article.url, page.article.site) == ("https://m.q.example/a-1234", "q.example")
    assert page.article.published_at is not None
    assert (page.article.section, page.article.tags, page.article.language) == (
        "Local",
        ("bridge", "ferry"),
        "fr",
    )


def test_a_heading_and_a_title_are_the_last_resort_and_the_text_names_the_page(read_page: ReadText) -> None:
    page = read_page(page_of("<title>Bridge reopens - Post</title>", f"<h1>Bridge reopens</h1>{TEXT}"))
    assert page.article is not None
    assert page.article.headline == "Bridge reopens"
    assert page.article.url.startswith("urn:recsys:page:")
    assert page.article.site == "local"
    assert not page.article.has_address


def test_the_name_of_the_site_is_cut_from_a_headline_where_the_page_shows_that_it_may(
    read_page: ReadText,
) -> None:
    for title, heading, headline in (
        ("Bridge reopens | Post", "Bridge reopens", "Bridge reopens"),
        ("Bridge reopens, ferry stays", "Bridge reopens", "Bridge reopens, ferry stays"),
        ("Bridge reopens | Post", "Something else", "Bridge reopens | Post"),
    ):
        page = read_page(
            page_of(f'<meta property="og:title" content="{title}">', f"<h1>{heading}</h1>{TEXT}")
        )
        assert page.article is not None
        assert page.article.headline == headline


@pytest.mark.parametrize(
    ("printed", "moment", "warning"),
    [
        ("2025-11-20T07:30:00+0100", "2025-11-20T07:30:00+01:00", ""),
        ("2025-11-20T07:30:00.1234567Z", "2025-11-20T07:30:00.123456+00:00", ""),
        ("2025-11-20T07:30:00", "2025-11-20T07:30:00+00:00", "no zone"),
        ("2025-11-20", "2025-11-20T00:00:00+00:00", "no zone"),
        ("Thu, 20 Nov 2025 07:30:00 GMT", "2025-11-20T07:30:00+00:00", ""),
        ("November 20, 2025 7:30 a.m. EST", "2025-11-20T07:30:00-05:00", ""),
    ],
)
def test_a_declared_time_is_read_with_its_zone(
    printed: str, moment: str, warning: str, read_page: ReadText
) -> None:
    page = read_page(page_of(f'<meta property="article:published_time" content="{printed}">'))
    assert page.article is not None
    assert page.article.published_at is not None
    assert page.article.published_at.isoformat() == moment
    assert warning in " ".join(page.warnings)
    assert bool(warning) is bool(page.warnings)


def test_facts_around_the_article_fill_in_what_it_does_not_say(read_page: ReadText) -> None:
    trail = ["Home", "Local", "Harbour", "Bridge reopens"]
    steps = ",".join(f'{{"@type": "ListItem", "item": {{"name": "{name}"}}}}' for name in trail)
    scripts = (
        '{"@type": "WebPage", "datePublished": "2025-11-20T07:30:00+01:00", "inLanguage": "fr"}',
        f'{{"@type": "BreadcrumbList", "itemListElement": [{steps}]}}',
        '{"@type": "NewsArticle", "headline": "Bridge", "image": [{"url": "https://q.example/a.jpg"}]}',
    )
    head = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    article = read_page(page_of(head)).article
    assert article is not None
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2025-11-20T07:30:00+01:00"
    assert (article.section, article.language) == ("Local", "fr")
    assert article.image == "https://q.example/a.jpg"


@pytest.mark.parametrize(
    ("declared", "printed", "site", "headline"),
    [
        ("Bridge: it reopens", "The bridge reopens", "", "Bridge: it reopens"),
        ("The bridge ‘reopens’", "The bridge 'reopens'", "", "The bridge 'reopens'"),
        ("The bridge reopens - Quay Post", "", "Quay Post", "The bridge reopens"),
        ("The bridge reopens - Quay Post", "", "", "The bridge reopens - Quay Post"),
        ("One | Two letters | Three", "One", "", "One | Two letters | Three"),
    ],
)
def test_a_printed_headline_that_is_confirmed_wins_and_the_site_is_left_out(
    declared: str, printed: str, site: str, headline: str, read_page: ReadText
) -> None:
    head = f'<meta property="og:title" content="{declared}"><meta property="og:site_name" content="{site}">'
    article = read_page(
        page_of(head, f"{f'<h1>{printed}</h1>' if printed else ''}<article>{TEXT}</article>")
    ).article
    assert article is not None
    assert article.headline == headline


def test_a_time_that_is_none_is_said_and_left_out(read_page: ReadText) -> None:
    page = read_page(page_of('<meta property="article:published_time" content="yesterday">'))
    assert page.article is not None
    assert page.article.published_at is None
    assert "yesterday" in page.warnings[0]


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Bridge reopens",}',
        '<!-- {"@type": "NewsArticle", "headline": "Bridge reopens"} -->',
        '[{"@type": "Person"}, {"@type": "schema:BlogPosting", "headline": "Bridge reopens"}]',
        '{"@type": "WebPage", "mainEntity": {"@type": ["LiveBlogPosting"], "headline": "Bridge\nreopens"}}',
        '{"@type": "ItemList", "itemListElement": [{"@type": "Article", "headline": "Another"}]}',
        '{"@type": "NewsArticle", "headline": ["Bridge reopens"], "keywords": {"name": 3}}',
        '{"@type": "Article", "headline": "Bridge reopens", "datePublished": 20251120, "inLanguage": [[]]}',
        '{"@type": 7, "headline": "Another"}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "null",
        "",
    ],
)
def test_json_ld_is_read_in_every_form_and_never_trusted(script: str, read_page: ReadText) -> None:
    page = read_page(
        page_of(f'<title>Bridge reopens</title><script type="application/ld+json">{script}</script>')
    )
    assert page.article is not None
    assert page.article.headline == "Bridge reopens"


def test_a_lone_surrogate_from_json_ld_is_left_out(read_page: ReadText) -> None:
    script = (
        '{"@type": "Article", "headline": "Bridge \\ud83d reopens\\u0000", "articleSection": "Lo\\udfffcal"}'
    )
    page = read_page(page_of(f'<script type="application/ld+json">{script}</script>'))
    assert page.article is not None
    assert (page.article.headline, page.article.section) == ("Bridge reopens", "Local")


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("cp1252", '<meta charset="iso-8859-1">'),
        ("cp1252", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">'),
        ("shift_jis", '<meta charset="Shift_JIS">'),
        ("euc_jp", '<meta charset="euc-jp">'),
        ("utf-8", '<meta charset="no-such-thing">'),
        ("utf-8", '<meta charset="utf-16">'),
        ("utf-8", '<meta charset="iso-2022-jp-99">'),
        ("utf-8", ""),
        ("utf-16", ""),
    ],
)
def test_the_declared_encoding_is_honoured(encoding: str, declared: str, read_page: ReadText) -> None:
    title = "橋の再開" if encoding not in ("cp1252",) else "Brücke öffnet – endlich"
    page = read_page(page_of(f"{declared}<title>{title}</title>").encode(encoding))
    assert page.article is not None
    assert page.article.headline == title


def test_a_wrong_byte_costs_a_warning_and_not_the_page(read_page: ReadText) -> None:
    page = read_page(
        page_of('<meta charset="utf-8"><title>Bridge @ reopens</title>').encode().replace(b"@", b"\xff")
    )
    assert page.article is not None
    assert page.article.headline == "Bridge \ufffd reopens"
    assert "utf-8" in page.warnings[0]


@pytest.mark.parametrize(
    "document",
    [
        "<html></html>",
        "<!DOCTYPE html>",
        "<",
        "<!---->",
        "<?xml version='1.0'?><rss></rss>",
        "<html><body><script>alert(1)</script></body></html>",
        "<html>\x00</html>",
    ],
)
def test_a_page_without_text_and_headline_is_refused(document: str, read_page: ReadText) -> None:
    with pytest.raises(ReadError, match=r"^page: "):
        read_page(document)


@pytest.mark.parametrize("tag", ["div", "b", "table", "li", "a href='/x'", "article", "blockquote", "svg"])
def test_a_page_nested_100_000_deep_is_read_as_far_as_it_goes(tag: str, read_page: ReadText) -> None:
    begun = time.monotonic()
    page = read_page(page_of("<title>Bridge reopens</title>", f"{TEXT}{f'<{tag}>' * 100_000}deep"))
    assert page.article is not None
    assert page.article.headline == "Bridge reopens"
    assert time.monotonic() - begun < PATIENCE


@pytest.mark.parametrize(
    "repeated",
    [
        "<p>word word word word",
        "<a href='/news/a-story-of-the-day-1'>A story of the day</a>",
        "<h2>Most read</h2>",
        "<li>",
        "&",
    ],
)
def test_a_page_of_a_million_characters_takes_seconds(repeated: str, read_page: ReadText) -> None:
    begun = time.monotonic()
    page = read_page(page_of("<title>Bridge reopens</title>", repeated * (1_000_000 // len(repeated))))
    assert page.article is not None
    assert time.monotonic() - begun < PATIENCE


TRAIL = '{"@type": "BreadcrumbList", "itemListElement": [{"name": "x"}]}'
HOSTILE = {
    "an element with 200,000 attributes": f"<div {' '.join(f'a{n}=1' for n in range(200_000))}>",
    "with a bracket in each": f"<div {' '.join(f'a{n}={chr(34)}>{chr(34)}' for n in range(100_000))}>",
    "labels of tabs that point to nothing": "<div id='x'></div>" + "<i aria-controls='x'>a</i>" * 60_000,
    "a label above an empty depth": f"{'<div>' * 240}Most read{'<i></i>' * 90_000}",
    "lists within each other, two by two": "".join(
        f"<div><a href='/news/story-of-the-day-{n}'>A story of the day, {n}</a></div><div>"
        for n in range(120)
    )
    + "<p><a href='/news/one-more-story-of-the-day'>One more story of the day</a></p>" * 4_000,
    "titles within titles": f"<a href='/news/a-1234'>{'<div class=title>' * 240}{'word ' * 200_000}",
    "a paragraph of links": "<p>" + "<a href='/news/a-story-1234'>A story of the day</a> " * 15_000,
    "labels before empty panels": "<ul><li>Most read</li><li>Latest</li></ul>" * 300 + "<div></div>" * 50_000,
    "a class of a million characters": f"<div class='{'most-read ' * 100_000}'>",
    "trails": '<script type="application/ld+json">' + f"[{','.join([TRAIL] * 40_000)}]</script>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_page_made_to_be_slow_takes_seconds(body: str, read_page: ReadText) -> None:
    begun = time.monotonic()
    page = read_page(page_of("<title>Bridge reopens</title>", f"<article>{TEXT}</article>{body}"))
    assert page.article is not None
    assert time.monotonic() - begun < PATIENCE


def test_attributes_beyond_a_thousand_are_said_to_be_left_out(read_page: ReadText) -> None:
    many = " ".join(f"a{n}=1" for n in range(2_000))
    page = read_page(page_of("<title>Bridge reopens</title>", f"<div {many}>x</div>{TEXT}"))
    assert page.warnings == ("an element has more than 1,000 attributes; the first 1,000 were read",)
    assert "nine weeks" in (page.article.body or "" if page.article else "")


def test_external_entities_and_scripts_stay_where_they_are(read_page: ReadText) -> None:
    page = read_page(
        '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><title>A &x; bridge</title>'
        f"<body onload='x()'>{TEXT}</body></html>"
    )
    assert page.article is not None
    assert "root:" not in (page.article.headline or "") + (page.article.body or "")


def test_a_link_that_runs_a_script_is_in_no_list(read_page: ReadText) -> None:
    rows = "".join(
        f"<li><a href='javascript:go({n})'>A story of the day, number {n}</a></li>" for n in range(4)
    )
    assert read_page(page_of(body=f"<article>{TEXT}</article><h2>Most read</h2><ul>{rows}</ul>")).lists == ()


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (["https://q.example/a.jpg?w=1&amp;h=2"], "https://q.example/a.jpg?w=1&h=2"),
        (["/a.jpg", "data:image/png;base64,AA", "http://q.example/b.jpg"], "http://q.example/b.jpg"),
        (["/a.jpg"], None),
        (["https://q.example/a b.jpg"], None),
        (["https://q.example/" + "a" * 3_000], None),
        ([], None),
    ],
)
def test_the_picture_is_the_first_with_a_whole_address(
    read_page: ReadText, contents: list[str], expected: str | None
) -> None:
    head = "".join(f'<meta property="og:image" content="{each}">' for each in contents)
    article = read_page(page_of(f"<title>Harbour bridge reopens</title>{head}")).article
    assert article is not None
    assert article.image == expected
