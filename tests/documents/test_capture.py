"""Text captures: dateline, caption, headline and bulleted lists in their printed variety."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recsys.domain import Kind, Page
from recsys.errors import ReadError

from .conftest import ReadText

STORY = (
    "The bridge carried its first cars in nine weeks on Thursday.\nShopkeepers were of two minds about it."
)
HEADLINES = (
    "Baker wins the prize “for the third time” (UPDATE 1)",
    "Storm closes the coast road",
    "School roof gone",
)


def capture(*bullets: str, heading: str = "MOST READ", dateline: str = "07:30 CET, November 20, 2025") -> str:
    return "\n".join((dateline, STORY, heading, *bullets)) + "\n"


@pytest.mark.parametrize("bullet", ["-", "•", "*", "–", "・"])
@pytest.mark.parametrize("between", [" ", "\n"])
def test_a_bullet_stands_on_the_line_of_the_headline_or_on_the_line_before(
    bullet: str, between: str, read_page: ReadText
) -> None:
    page = read_page(capture(*(f"{bullet}{between}{headline}" for headline in HEADLINES)))
    assert [(item.position, item.headline) for item in page.lists[0].items] == list(enumerate(HEADLINES, 1))


@pytest.mark.parametrize("form", ["{}. {}", "{}) {}", "{}．{}", "{}.\n{}"])
def test_printed_numbers_are_the_positions(form: str, read_page: ReadText) -> None:
    page = read_page(capture(*(form.format(11 + n, headline) for n, headline in enumerate(HEADLINES))))
    assert [item.position for item in page.lists[0].items] == [11, 12, 13]


def test_numbers_that_do_not_rise_are_counted_anew(read_page: ReadText) -> None:
    page = read_page(capture(*(f"1. {headline}" for headline in HEADLINES)))
    assert [item.position for item in page.lists[0].items] == [1, 2, 3]


def test_a_decimal_number_and_an_em_dash_begin_a_sentence_and_not_a_list(read_page: ReadText) -> None:
    text = "07:30 CET, November 20, 2025\nMost read\n1.5 million people crossed.\n— Not one complained.\n"
    page = read_page(text)
    assert page.lists == ()
    assert page.article is not None
    assert page.article.body == "Most read\n1.5 million people crossed.\n— Not one complained."


def test_bullets_below_a_line_that_announces_no_list_stay_in_the_text(read_page: ReadText) -> None:
    page = read_page("07:30 CET, November 20, 2025\nThe plan has two parts\n- a ferry\n- a bridge\n")
    assert page.lists == ()
    assert page.article is not None
    assert (page.article.body or "").endswith("- a ferry\n- a bridge")


@pytest.mark.parametrize(
    ("heading", "kind", "scope"),
    [
        ('"Local" POPULAR ARTICLE', Kind.POPULAR, "Local"),
        ("“Local News” Access Ranking", Kind.POPULAR, "Local News"),
        ("「国内」アクセスランキング", Kind.POPULAR, "国内"),
        ("Most read in Local", Kind.POPULAR, "Local"),
        ("Meistgelesen", Kind.POPULAR, None),
        ("Lo más leído", Kind.POPULAR, None),
        ("Les plus lus", Kind.POPULAR, None),
        ("Mais lidas em Esporte", Kind.POPULAR, "Esporte"),
        ("I più letti", Kind.POPULAR, None),
        ("Meest gelezen", Kind.POPULAR, None),
        ("Related articles", Kind.RELATED, None),
        ("関連記事", Kind.RELATED, None),
        ("Zum Thema", Kind.RELATED, None),
        ("LATEST NEWS", Kind.LATEST, None),
        ("Últimas noticias", Kind.LATEST, None),
        ("You might also like", Kind.RECOMMENDED, None),
        ("Top stories", Kind.RECOMMENDED, None),
    ],
)
def test_a_heading_tells_the_kind_and_the_scope(
    heading: str, kind: Kind, scope: str | None, read_page: ReadText
) -> None:
    (found,) = read_page(capture("- Baker wins the prize", heading=heading)).lists
    assert (found.kind, found.title, found.scope) == (kind, heading, scope)


@pytest.mark.parametrize(
    ("dateline", "moment"),
    [
        ("12:44 JST, June 13, 2025", "2025-06-13T12:44:00+09:00"),
        ("June 13, 2025, 12:44 p.m. EDT", "2025-06-13T12:44:00-04:00"),
        ("13 June 2025 00:05 BST", "2025-06-13T00:05:00+01:00"),
        ("Published: June 13, 2025 12:44 UTC+9", "2025-06-13T12:44:00+09:00"),
        ("13. Juni 2025, 12:44 MESZ", "2025-06-13T12:44:00+02:00"),
        ("13 de junio de 2025 12:44 ART", "2025-06-13T12:44:00-03:00"),
        ("2025年6月13日 12時44分 JST", "2025-06-13T12:44:00+09:00"),
        ("2025/06/13 12:44 +05:30", "2025-06-13T12:44:00+05:30"),
        ("12:44 IST, June 13, 2025", "2025-06-13T12:44:00+05:30"),
    ],
)
def test_a_dateline_is_read_with_its_zone(dateline: str, moment: str, read_page: ReadText) -> None:
    page = read_page(capture(dateline=dateline))
    assert page.article is not None
    assert page.article.published_at is not None
    assert page.article.published_at.isoformat() == moment
    assert page.warnings == ()


@pytest.mark.parametrize(
    ("dateline", "known", "warning"),
    [
        ("June 13, 2025 12:44", True, "no zone"),
        ("June 13, 2025", True, "no time of day"),
        ("12:44 XQT, June 13, 2025", False, "not known"),
        ("25:70 JST, June 13, 2025", False, "not a time"),
    ],
)
def test_what_a_dateline_leaves_open_is_said(
    dateline: str, known: bool, warning: str, read_page: ReadText
) -> None:
    page = read_page(capture(dateline=dateline))
    assert page.article is not None
    assert (page.article.published_at is not None) is known
    assert warning in " ".join(page.warnings)


def test_a_headline_is_taken_only_where_nothing_else_can_be_meant(read_page: ReadText) -> None:
    dateline = "07:30 CET, November 20, 2025"
    caption = "The bridge at dawn on Thursday."
    above = {
        f"Harbour bridge reopens\n{caption}\n": "Harbour bridge reopens",
        "Harbour Bridge Reopens After Nine Weeks\n": "Harbour Bridge Reopens After Nine Weeks",
        f"{caption}\n": None,
        "Photo by Ida Brandt\n": None,
        "A view of the bridge from the old town\n": None,
        "": None,
    }
    for text, headline in above.items():
        page = read_page(f"{text}{dateline}\n{STORY}\n")
        assert page.article is not None
        assert page.article.headline == headline, text
        assert (page.article.body or "").endswith(STORY)


def test_a_japanese_capture_is_read(read_fixture: Callable[[str], Page]) -> None:
    page = read_fixture("capture_ja.txt")
    assert page.article is not None
    assert page.article.headline == "港の橋、九週間ぶりに通行再開"
    assert (page.article.body or "").count("\n") == 2
    assert page.lists[0].items[1].headline == "嵐で海岸道路が週末まで通行止め"


def test_lists_may_come_alone_and_then_no_article_is_made_up(read_page: ReadText) -> None:
    page = read_page("The Quay Post\nMOST READ\n- Baker wins the prize\n- Storm closes the road\n")
    assert page.article is None
    assert page.lists[0].page_url is None


def test_the_same_text_has_the_same_name_whatever_its_quotes(read_page: ReadText) -> None:
    one, other = (read_page(capture().replace("Thursday", quoted)) for quoted in ('"Thursday"', "“Thursday”"))
    assert one.article is not None
    assert other.article is not None
    assert one.article.url == other.article.url
    assert one.article.url.startswith("urn:recsys:text:")


def test_the_site_is_what_was_said_or_local(read_page: ReadText) -> None:
    assert [
        read_page(capture("- A headline"), site=site).lists[0].site for site in (None, "quaypost.example")
    ] == [
        "local",
        "quaypost.example",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "shift_jis"])
def test_other_encodings_are_told_by_their_mark_or_detected(
    encoding: str, read_page: ReadText, read_fixture: Callable[[str], Page]
) -> None:
    expected = read_fixture("capture_ja.txt")
    assert expected.article is not None
    text = f"{expected.article.headline}\n2025年11月20日 7時30分 JST\n{expected.article.body}\n" * 2
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    page = read_page((mark + text).encode(encoding))
    assert page.article is not None
    assert "港の橋が二十日朝" in (page.article.body or "")


@pytest.mark.parametrize(
    "data", [b"", b" \n\n ", b"\x00\x01\x02", b"Just a note to self.\n", b"%PDF-1.7\n\xff\xfe\x00"]
)
def test_what_is_no_page_is_refused_by_name(data: bytes, read_page: ReadText) -> None:
    with pytest.raises(ReadError, match=r"^note\.txt: expected .+, found .+") as refused:
        read_page(data, name="note.txt")
    assert refused.value.file == "note.txt"


def test_a_headline_of_ten_megabytes_is_refused_in_a_short_message(read_page: ReadText) -> None:
    with pytest.raises(ReadError) as refused:
        read_page(capture("- " + "long " * 2_000_000))
    assert refused.value.field == "headline"
    assert len(str(refused.value)) < 300
