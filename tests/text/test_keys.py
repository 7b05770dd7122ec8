"""Two spellings of one headline have one key; an update is another headline of the same story."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.text import (
    MAX_MARKS,
    headline_key,
    limit_marks,
    normalise,
    one_line,
    split_update,
    story_key,
    without_controls,
)

SPELLINGS = {
    "quotes": ("“Harbour” isn’t closed", '"Harbour" isn\'t closed'),
    "angle quotes": ("«Harbour» closed", '"Harbour" closed'),
    "apostrophes": ("Harbour isn´t closed", "Harbour isn't closed"),
    "inches": ("A 5″ pipe", 'A 5" pipe'),
    "dashes": ("Eskvale – a town — divided", "Eskvale - a town - divided"),
    "hyphens": ("Twenty‐one‑boat fleet", "Twenty-one-boat fleet"),
    "spaces": ("  Ferry\u00a0late \t again\n", "Ferry late again"),
    "an ideographic space": ("潮見台\u3000開通", "潮見台 開通"),
    "no space at all": ("潮見台 開通", "潮見台開通"),
    "case": ("FERRY Late", "ferry late"),
    "case of one letter that becomes two": ("STRASSE gesperrt", "Straße gesperrt"),
    "case of letters with two accents": ("ΑΫ́ΛΟΣ", "αΰλος"),
    "full width": ("ＡＢＣ１２３　（開通）", "ABC123 (開通)"),
    "half width": ("ｶﾓﾒ橋", "カモメ橋"),
    "accents put together or not": ("Cafe\u0301 closed", "Café closed"),
}


@pytest.mark.parametrize("what", SPELLINGS)
def test_two_spellings_have_one_key_whatever_their(what):
    one, other = SPELLINGS[what]
    assert headline_key(one) == headline_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ferry late", "Ferry later"),
        ("Ferry late", "Ferry late (UPDATE 1)"),
        ("潮見台開通", "潮見台閉鎖"),
        ("3 boats lost", "8 boats lost"),
        ("Café closed", "Cafe closed"),
    ],
)
def test_different_headlines_have_different_keys(one, other):
    assert headline_key(one) != headline_key(other)


LETTERS = st.text(st.sampled_from("aßSİıΰΑ\u0345\u0301\u0308ｶﾞ´″‑ \u3000") | st.characters())


@given(LETTERS)
def test_what_is_normalised_stays_as_it_is(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_a_normalised_text_has_single_spaces_and_none_at_its_ends(text):
    assert normalise(text).split() == [part for part in normalise(text).split(" ") if part]
    assert headline_key(text).split() in ([], [headline_key(text)])


UPDATES = [
    ("Ferry late (UPDATE 1)", "Ferry late", 1),
    ("Ferry late (Update 12)", "Ferry late", 12),
    ("Ferry late (UPDATE)", "Ferry late", 1),
    ("Ferry late [UPDATED]", "Ferry late", 1),
    ("UPDATE 2: Ferry late", "Ferry late", 2),
    ("UPDATE 3-Ferry late", "Ferry late", 3),
    ("Ferry late (CORRECTED)", "Ferry late", 1),
    ("渡し船が遅れ（更新）", "渡し船が遅れ", 1),
    ("渡し船が遅れ【訂正】", "渡し船が遅れ", 1),
    ("渡し船が遅れ（続報2）", "渡し船が遅れ", 2),
    ("渡し船が遅れ（第３報）", "渡し船が遅れ", 3),
]


@pytest.mark.parametrize(("headline", "bare", "number"), UPDATES)
def test_an_update_marker_is_taken_off_and_its_number_read(headline, bare, number):
    assert split_update(headline) == (bare, number)
    assert story_key(headline) == story_key(bare)


@pytest.mark.parametrize(
    "headline",
    ["Ferry late", "Update your boat", "(UPDATE 1)", "Ferry (late)", "Ferry late (update 1) again"],
)
def test_a_headline_without_marker_is_its_own_story(headline):
    assert split_update(headline) == (headline, 0)


@given(st.text())
def test_no_text_upsets_the_reader_of_markers(text):
    bare, number = split_update(text)
    assert number >= 0
    assert bool(bare) == bool(text.strip())


SHOWN = [
    ("  Ferry \t late \n again ", "Ferry late again"),
    ("潮見台\u3000開通", "潮見台\u3000開通"),
    ("潮見台\u3000\u3000開通", "潮見台\u3000開通"),
    ("潮見台 \u3000開通", "潮見台 開通"),
    ("潮見台\n\u3000開通", "潮見台 開通"),
    ("Prix\u00a0: 3", "Prix\u00a0: 3"),
    ("one\u2028two\x0bthree\x1cfour", "one two three four"),
    ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
    ("Putin\xe2\x80\x99s", "Putin\xe2\x80\x99s"),
    (" \x00 \n", ""),
]


@pytest.mark.parametrize(("text", "line"), SHOWN)
def test_a_line_is_shown_as_printed_with_single_spaces_and_without_controls(text, line):
    assert one_line(text) == line


@given(st.text(st.sampled_from(" \t\n\r\u3000\u00a0\x00\x1c\x85\u2028a") | st.characters()))
def test_a_line_stays_as_it_is_and_is_one_for_matching(text):
    line = one_line(text)
    assert one_line(line) == line
    assert not set(line) & set("\n\r\t\x0b\x0c\x00\x1b\u2028\u2029")
    assert normalise(line) == normalise(without_controls(text))


def test_a_text_of_several_lines_keeps_them():
    assert without_controls("One.\n\n\tTwo.\x00\x1b") == "One.\n\n\tTwo."


MARKS = st.sampled_from("\u0301\u0316\u0345\u0308\u0344\u0f73\u05b0\u3099\uff9e\u0327")
MARKED = st.lists(
    st.tuples(
        st.sampled_from(["a", "\u01d8", "\u1f82", "\u0958", "カ", "", " "]), st.lists(MARKS, max_size=70)
    )
).map(lambda found: "".join(letter + "".join(marks) for letter, marks in found))


@given(MARKED)
def test_no_letter_has_more_than_30_marks_however_they_are_written(text):
    taken_apart = unicodedata.normalize("NFKD", limit_marks(text))
    runs = "".join("m" if unicodedata.combining(each) else " " for each in taken_apart).split()
    assert max(map(len, runs), default=0) <= MAX_MARKS
    assert limit_marks(limit_marks(text)) == limit_marks(text)
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(MARKS, max_size=12).map(lambda marks: f"a{marks}") | st.text(max_size=200))
def test_text_with_few_marks_is_left_alone(text):
    if not re.search(r"[\u0300-\u036f\u0590-\u05cf\u3099\uff9e\u0f73]{13}", text):
        assert limit_marks(text) == text


def test_the_marks_after_the_thirtieth_are_left_out_and_what_follows_stays():
    assert limit_marks("a" + "\u0301" * 99 + "bc") == "a" + "\u0301" * 30 + "bc"
    assert limit_marks("\u00e9" + "\u0301" * 99 + "bc") == "\u00e9" + "\u0301" * 29 + "bc"
    assert normalise("हिन्दी में मेट्रो") == unicodedata.normalize("NFKC", "हिन्दी में मेट्रो")
