"""Two spellings of one headline have one key; an update is another headline of the same story."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.text import headline_key, normalise, split_update, story_key

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
