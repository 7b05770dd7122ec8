"""Reasons by language: each kind of silliness that was seen, and what is shown instead."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.corpus import Corpus
from recsys.explain import shared_names, shared_words
from recsys.explain.reason_words import reason_words
from recsys.explain.word_lists import ABBREVIATIONS
from recsys.ranking.features import QueryContext
from tests.newsroom import address, article, at, corpus_of, story

Story = tuple[str, str]


def shared(language: str | None, query: Story, candidate: Story, *others: Story) -> tuple[list[str], ...]:
    """The names and the words that two stories share; `others` only stand in the archive."""
    pages = [
        story(number, number, headline, body or None, language=language)
        for number, (headline, body) in enumerate([candidate, *others])
    ]
    corpus = corpus_of(pages, at(72))
    asked = article("query", 60, query[0], query[1] or None, language=language)
    context = QueryContext(corpus.at(at(70)), corpus.query(asked))
    row = corpus.row_of[address(0)]
    return shared_names(context, row), shared_words(context, row)


BOTH = ["Ana Delmoor", "Brackwater"]
NAMES = [
    ("a name ends with its sentence", "en", "The ferry to Brackwater. The mayor spoke.", ["Brackwater"]),
    ("a title is no part of a name", "en", "It was Prime Minister Ana Delmoor in Brackwater.", BOTH),
    (
        "and joins two names",
        "en",
        "They saw Tom Farrow and Ana Delmoor in Brackwater, then Ana Delmoor left with Tom Farrow.",
        ["Ana Delmoor", "Brackwater", "Tom Farrow"],
    ),
    (
        "months and days are no names",
        "en",
        "It opens in Brackwater on Monday, 4 January 2026, and in May.",
        ["Brackwater"],
    ),
    (
        "furniture is no name",
        "en",
        "For Brackwater enable JavaScript. See the Comments or our Newsletter.",
        ["Brackwater"],
    ),
    ("a sentence start is no evidence", "en", "Fog came to Quarnmouth. Unusually it stayed.", ["Quarnmouth"]),
    (
        "shouting is no name",
        "en",
        "In Quarnmouth it rained. SUPPORT THIS PAPER. READ MORE HERE.",
        ["Quarnmouth"],
    ),
    ("a possessive ends a name", "en", "They heard Ana Delmoor’s Harbour plan in Brackwater.", BOTH),
    (
        "an abbreviation ends no sentence",
        "en",
        "They met at St. Osyth with J. K. Farrow.",
        ["J. K. Farrow", "St. Osyth"],
    ),
    (
        "the last part of a longer name is none",
        "en",
        "They work at the Marlen Centre for Tides in Pellwick.",
        ["Marlen Centre", "Pellwick"],
    ),
    ("what is owned is no name", "en", "The series Farrow's Creek opens in Pellwick.", ["Pellwick"]),
    ("New begins a name", "en", "New Anslow is new in Pellwick.", ["Pellwick"]),
    (
        "a holiday is no part of a name",
        "en",
        "After the Anslow Boxing Day fire in Pellwick.",
        ["Pellwick"],
    ),
    ("a case is no name", "en", "The court heard Farrow v. Commonwealth in Pellwick.", ["Pellwick"]),
    ("a score is no part of a name", "en", "They saw that in Quarnmouth 0-2 was final.", ["Quarnmouth"]),
    ("a currency is no name", "en", "A meal costs QZ$13 in Pellwick.", ["Pellwick"]),
    (
        "an office is a title",
        "en",
        "There the Secretary of State Ana Delmoor spoke in Pellwick.",
        ["Ana Delmoor", "Pellwick"],
    ),
    ("an adjective ends a name", "en", "A group in Pellwick was Quarnmouth-led.", ["Pellwick", "Quarnmouth"]),
    ("an interjection is no name", "en", "It was OK in Pellwick.", ["Pellwick"]),
    (
        "a connector begins no name",
        "en",
        "Then of Quarnmouth and the Bank of Anslow.",
        ["Bank of Anslow", "Quarnmouth"],
    ),
    (
        "a single German noun is no name",
        "de",
        "Am Montag sprach Kanzlerin Ada Falkner über die Brücke.",
        ["Ada Falkner"],
    ),
    (
        "a French title",
        "fr",
        "Selon la ministre Odile Garance, lundi 3 mars, à Valbrume.",
        ["Odile Garance", "Valbrume"],
    ),
    (
        "a Spanish title",
        "es",
        "El lunes habló la presidenta Inés Robledal en Valdoria.",
        ["Inés Robledal", "Valdoria"],
    ),
    (
        "Russian names",
        "ru",
        "В понедельник в Январе президент Глеб Ставров был в Заречье.",
        ["Глеб Ставров", "Заречье"],
    ),
    (
        "an unknown language has names",
        "pl",
        "Wtedy w mieście Zalesin mówił Jan Borowik.",
        ["Jan Borowik", "Zalesin"],
    ),
]


def slug(kind: str) -> str:
    return kind.replace(" ", "-")


AFTER = ("not much followed during that whole week", "nothing else happened there until then")
"""Else the lines would be in title case."""


@pytest.fixture(scope="module")
def archive() -> Corpus:
    """The candidates of both tables, in order."""
    pages = [
        story(slug(kind), 0, f"{text} {AFTER[0]}", language=language) for kind, language, text, _ in NAMES
    ]
    pages += [
        story(slug(kind), 0, theirs, theirs, language=language) for kind, language, _, theirs, _ in WORDS
    ]
    return corpus_of(pages, at(72))


def ask(
    archive: Corpus, kind: str, language: str | None, headline: str, body: str | None = None
) -> tuple[list[str], ...]:
    query = archive.query(article("query", 60, headline, body, language=language))
    context, row = QueryContext(archive.at(at(70)), query), archive.row_of[address(slug(kind))]
    return shared_names(context, row), shared_words(context, row)


@pytest.mark.parametrize(("kind", "language", "text", "expected"), NAMES, ids=[kind for kind, *_ in NAMES])
def test_names(archive: Corpus, kind: str, language: str, text: str, expected: list[str]):
    names, _ = ask(archive, kind, language, f"{text} {AFTER[1]}")
    assert sorted(names) == expected


def test_a_partial_name_becomes_the_longer_one_that_both_share():
    mine = ("Ana Delmoor resigns", "The council heard that Ana Delmoor left. Delmoor was mayor.")
    assert shared("en", mine, ("Delmoor: the end", "It was said that Ana Delmoor left."))[0] == [
        "Ana Delmoor"
    ]
    assert shared("en", mine, ("The end of Delmoor", "It was said that Delmoor left."))[0] == ["Delmoor"]


def test_a_first_name_of_two_people_is_no_name():
    mine, theirs = ("A win for Ana Delmoor", "It is hers."), ("Ana Farrow sings", "A song by Ana Farrow.")
    assert shared("en", mine, theirs) == ([], [])


def test_one_name_that_stands_in_no_headline_is_not_enough():
    mine, theirs = ("Fog", "They were in Brackwater then."), ("Rain", "It rained in Brackwater.")
    assert shared("en", mine, theirs)[0] == []
    assert shared("en", ("Fog in Brackwater", ""), theirs)[0] == ["Brackwater"]


def test_a_part_of_different_longer_names_is_no_name():
    mine = ("Ana Delmoor speaks", "It was said that Ana Delmoor left. Then Delmoor wrote.")
    theirs = ("Lodd Delmoor falls", "It was said that Lodd Delmoor fell. Later Delmoor rose.")
    assert shared("en", mine, theirs)[0] == []
    schools = [(f"Fog in {each}", f"It is said that {each} closed.") for each in ("Anslow", "West Anslow")]
    assert shared("en", *schools)[0] == []


@pytest.mark.parametrize(
    "line",
    [
        "They danced for Tom Farrow. Video, 00:01:10They danced",
        "This was seen by Tom Farrow, who contributed to this report.",
        "Write to Tom Farrow by the address tips@anslow.example.",
        "To hear from Tom Farrow every week choose one of the newsletters.",
    ],
)
def test_credits_videos_and_appeals_are_furniture(line: str):
    mine, theirs = (("Fog in Brackwater", f"Fog.\n{line} {number}") for number in ("One", "Two"))
    assert shared("en", mine, theirs)[0] == ["Brackwater"]


def test_a_dateline_is_no_name():
    mine, theirs = (("Fog", f"QUARNMOUTH — It was {rest} by Tom Farrow.") for rest in ("seen", "said"))
    assert shared("en", mine, theirs)[0] == ["Tom Farrow"]


def test_a_line_in_both_texts_is_furniture():
    footer = "Written with the help of Tom Farrow and the Anslow Trust."
    mine, theirs = (
        ("Fog in Brackwater", f"Thick.\n{footer}"),
        ("Brackwater rain", f"We saw it in Brackwater.\n{footer}"),
    )
    assert shared("en", mine, theirs)[0] == ["Brackwater"]


def test_what_many_articles_have_is_furniture():
    others = [(f"Day {number}", "The Anslow Echo is in Brackwater.") for number in range(12)]
    both = "They met Tom Farrow of the Anslow Echo there last week, beside the harbour."
    names, _ = shared("en", ("x", f"{both} One."), ("y", f"{both} Two."), *others)
    assert names == ["Tom Farrow"]


WORDS = [
    ("reporting verbs", "en", "They said the ballot reported", "What the ballot said to reveal", ["ballot"]),
    (
        "function words",
        "en",
        "Because their harbour would never",
        "Never would their harbour because",
        ["harbour"],
    ),
    (
        "as the headline spells them",
        "en",
        "Floods at the harbour",
        "Harbour after floods",
        ["Harbour", "floods"],
    ),
    ("forms of one word", "en", "Harbour and harbours", "Harbours beside the harbour", ["Harbours"]),
    ("words side by side", "en", "A long bond decision", "Late bond decision", ["bond decision"]),
    ("a general noun alone", "en", "A long decision", "Late decision", []),
    ("half of a compound", "en", "A fast-ferry week", "The slow-ferry year", []),
    ("German nouns alone", "de", "Wie die alte Brücke bröckelt", "Warum die Brücke bröckelt", ["Brücke"]),
    ("German reporting nouns", "de", "Wie der Sprecher laut Bericht", "Was der Sprecher im Bericht", []),
    (
        "French",
        "fr",
        "Le maire a annoncé que les inondations",
        "Après les inondations, il a annoncé",
        ["inondations"],
    ),
    ("Spanish", "es", "El alcalde dijo que las inundaciones", "Tras las inundaciones dijo", ["inundaciones"]),
    ("Italian", "it", "Il sindaco ha detto che le alluvioni", "Dopo le alluvioni ha detto", ["alluvioni"]),
    ("Portuguese", "pt", "O prefeito disse que as enchentes", "Após as enchentes disse", ["enchentes"]),
    ("Dutch", "nl", "De burgemeester zegt dat overstromingen", "Na overstromingen zegt", ["overstromingen"]),
    ("Russian", "ru", "Мэр заявил, что наводнение сегодня", "После того наводнение, заявил", ["наводнение"]),
    ("a language without a list", "pl", "Wtedy jednak powodzie", "Jednak powodzie wtedy", []),
    (
        "Japanese clauses",
        "ja",
        "知事は鳴瀬再稼働を容認すると述べた",
        "市長は鳴瀬再稼働を撤回すると述べた",
        ["鳴瀬再稼働"],
    ),
    ("Japanese verbs", "ja", "工事を見直した鳴瀬橋", "計画を見直した鳴瀬橋", ["鳴瀬橋"]),
    ("Japanese endings", "ja", "手取り増やす霧丘鉄道", "手取り減らす霧丘鉄道", ["霧丘鉄道"]),
    ("Japanese furniture", "ja", "【速報】ランキングの碧浜港", "【速報】ランキングと碧浜港", ["碧浜港"]),
    ("Japanese days", "ja", "月曜日の碧浜港", "月曜日に碧浜港", ["碧浜港"]),
    ("Japanese counters", "ja", "３年連続の碧浜港", "５年連続で碧浜港", ["碧浜港"]),
    ("Katakana within Katakana", "ja", "ルメのこと", "ルメレックスのこと", []),
    ("full-width letters as printed", "ja", "「ＱＲ９」の打ち上げ", "打ち上げた「ＱＲ９」", ["ＱＲ９"]),
    ("Chinese function words", "zh", "云岭大桥的建成", "建成后云岭大桥的问题", ["云岭大桥"]),
    ("Chinese verbs", "zh", "市长回应云岭大桥", "专家回应云岭大桥", ["云岭大桥"]),
    ("a pair of Han", "zh", "我们可能不开的门", "他们可能不开的车", []),
    ("a Chinese column", "zh", "早茶｜云岭大桥", "早茶｜看云岭大桥", ["云岭大桥"]),
    ("a Chinese counter", "zh", "四大云岭公司", "五大云岭公司", []),
    ("a Chinese sentence", "zh", "云岭大桥工人上街，", "云岭大桥工人下山，", ["云岭大桥"]),
    ("the beginning of an institution", "zh", "雾岭山水、桥", "雾岭山水部的桥", []),
    ("a numbered series", "zh", "雾岭印象①桥", "雾岭印象②车", []),
    ("a Japanese series", "ja", "霧丘物語（３）鳴瀬橋の集い", "霧丘物語（４）鳴瀬橋は今", ["鳴瀬橋"]),
    ("Katakana of a compound", "ja", "闇ルメロンの話", "闇ルメロンが増", ["闇ルメロン"]),
    ("half of a compound in Katakana", "ja", "ルメロン賞の話", "ルメロン平和賞の話", []),
    ("two scripts in one name", "ja", "ルメロン薬品の話", "ルメロン薬品が開く", ["ルメロン薬品"]),
    ("inflection within a compound", "ja", "霧き丘改革の話", "霧き丘改革が進む", ["霧き丘改革"]),
    ("Hiragana before a compound", "ja", "ひき逃げ鳴瀬線の話", "ひき逃げ鳴瀬線が進む", []),
    ("a Japanese name before titles", "ja", "碧浜首相の話", "碧浜氏が語る", ["碧浜"]),
    ("the same Japanese title", "ja", "碧浜首相の話", "碧浜首相が語る", ["碧浜首相"]),
    ("a noun of action", "ja", "市長との会談の話", "知事との会談が延びる", []),
    ("one short noun", "ja", "市長の商品券の話", "知事の商品券が延びる", []),
    ("two short nouns", "ja", "割引率と商品券の話", "割引率や商品券が延びる", ["割引率", "商品券"]),
    ("a noun in Katakana", "ja", "駅でルメロンが落下", "机のルメロンの傷", []),
    ("Katakana that begins a headline", "ja", "ルメロン、駅で落下", "机のルメロンの傷", ["ルメロン"]),
    ("Latin within a compound", "ja", "ＱＲルメロンの話", "ＱＲ市場の話", []),
    ("Korean particles", "ko", "운령대교는 오늘 개통했다", "시장이 운령대교를 방문했다", ["운령대교"]),
    ("Korean verbs", "ko", "시장은 밝혔다 말했다", "대표는 밝혔다 말했다", []),
    ("two scripts", None, "The bridge of 云岭大桥 at QRT", "Ein Tag", []),
]


@pytest.mark.parametrize(
    ("kind", "language", "mine", "theirs", "expected"), WORDS, ids=[kind for kind, *_ in WORDS]
)
def test_words(archive: Corpus, kind: str, language: str | None, mine: str, theirs: str, expected: list[str]):
    names, words = ask(archive, kind, language, mine, mine)
    assert not names
    assert sorted(words) == expected


def test_a_chinese_term_without_boundaries_needs_several_neighbours_in_the_archive():
    mine, theirs = ("工人看雾云岭桥头", ""), ("市民看雾云岭山门", "")
    one = [("雾云岭桥头", ""), ("雾云岭山门", "")]
    several = [(f"雾云岭{each}", "") for each in ("江边", "石塔", "花园", "田野")]
    assert shared("zh", mine, theirs, *one)[1] == []
    assert shared("zh", mine, theirs, *one, *several)[1] == ["雾云岭"]


def test_a_chinese_clause_is_cut_into_parts_that_stand_alone():
    mine, theirs = ("云岭塔修缮石阶，", ""), ("云岭塔修缮石阶。", "")
    assert shared("zh", mine, theirs)[1] == ["云岭塔修缮石阶"]
    others = [(f"云岭塔，{each}", "") for each in "山水花木"] + [
        (f"，修缮石阶{each}", "") for each in "山水花木"
    ]
    assert sorted(shared("zh", mine, theirs, *others)[1]) == ["云岭塔", "修缮石阶"]


def test_one_word_of_a_body_is_not_enough_and_two_are():
    body = "The harbour was full of seals. A harbour and seals."
    seals = "There are seals in the harbour."
    assert shared("en", ("Seals", "Some seals."), ("Rain", body))[1] == []
    assert set(shared("en", ("Seals of the harbour", seals), ("Rain", body))[1]) == {"Seals", "harbour"}
    assert shared("en", ("Seals of the harbour", "Here."), ("Rain", body))[1] == []


def test_a_single_word_stands_twice_in_both_stories():
    mine, theirs = "The harbour", "A harbour"
    assert shared("en", (mine, "The harbour."), (theirs, "A harbour."))[1] == ["harbour"]
    assert shared("en", (mine, "The sea."), (theirs, "A harbour."))[1] == []


def test_a_word_that_is_always_capitalised_is_half_of_a_name():
    mine, theirs = ("Anslow Hey opens", "Anslow Hey is open."), ("Anslow Hey shuts", "Anslow Hey is shut.")
    assert "Anslow" not in shared("en", mine, theirs)[1]


PIECES = (
    "the and said would January Monday May US Brackwater Delmoor Ana Prime Minister Comments harbour "
    "floods bin "
    "war der die Brücke sagte. dijo. lundi понедельник сказал 月曜日 述べた 再稼働 云岭大桥 的 오늘 대교는 "
    ". ! ? , “ ” ’ : \n"
).split(" ")
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)
LANGUAGES = ("en", "de", "fr", "es", "ru", "ja", "zh", "ko", None)


@pytest.fixture(scope="module")
def random_archive() -> Corpus:
    draw = random.Random(0)
    texts = [" ".join(draw.choices(PIECES, k=30)) for _ in range(24)]
    return corpus_of([story(n, 0, text[:60], text[60:]) for n, text in enumerate(texts)], at(72))


@settings(max_examples=40, deadline=None)
@given(headline=TEXTS, body=TEXTS, language=st.sampled_from(LANGUAGES))
def test_no_reason_is_a_stop_word_a_month_or_runs_over_the_end_of_a_sentence(
    random_archive: Corpus, headline: str, body: str, language: str | None
):
    known = reason_words(language)
    query = random_archive.query(
        article("query", 60, headline.strip() or "x", body.strip() or "x", language=language)
    )
    context = QueryContext(random_archive.at(at(70)), query)
    for row in range(len(random_archive.stored)):
        for term in [*shared_names(context, row), *shared_words(context, row)]:
            assert term.casefold() not in known.function or term.isupper()
            assert term.casefold() not in known.calendar
            ended = re.search(r"(\w+)[.!?:] ", term)
            assert ended is None or ended[1].casefold() in ABBREVIATIONS or len(ended[1]) == 1
            assert not re.search(r"[\n“”]", term)
