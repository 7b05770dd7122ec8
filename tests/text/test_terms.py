"""Words of spaced scripts, bigrams of Han, Kana and Hangul, and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.stopwords import stop_words, uninformative_words
from recsys.text import content_terms, names, tokenise

TERMS = [
    ("", []),
    (" …—!? ", []),
    ("The ferry’s late", ["the", "ferry", "late"]),
    ("Anslow's and sailors' boats", ["anslow", "and", "sailors", "boats"]),
    ("A 3.5 per cent rise", ["a", "3.5", "per", "cent", "rise"]),
    ("u.s. ferry", ["u.s", "ferry"]),
    ("well-known", ["well", "known"]),
    ("Ötztal Çelik", ["ötztal", "çelik"]),
    ("Лодка тонет", ["лодка", "тонет"]),
    ("潮見台", ["潮見", "見台"]),
    ("橋", ["橋"]),
    ("カモメ橋", ["カモ", "モメ", "メ橋"]),
    ("ひらがな", ["ひら", "らが", "がな"]),
    ("연락선", ["연락", "락선"]),
    ("潮見台に3隻ferry", ["潮見", "見台", "台に", "3", "隻", "ferry"]),
]


@pytest.mark.parametrize(("text", "terms"), TERMS)
def test_a_text_is_cut_into_terms(text, terms):
    assert tokenise(text) == terms


@pytest.mark.parametrize(
    ("one", "other"), [("FERRY", "ferry"), ("Ｆｅｒｒｙ", "ferry"), ("ｶﾓﾒ", "カモメ"), ("don’t", "don't")]
)
def test_spellings_of_one_word_are_one_term(one, other):
    assert tokenise(one) == tokenise(other)


@given(st.text())
def test_any_text_has_terms_and_none_is_empty_or_holds_a_space(text):
    assert all(term and not term.isspace() for term in tokenise(text))
    assert tokenise(text) == tokenise(text)


@given(st.text(), st.text())
def test_terms_do_not_reach_over_a_line_break(one, other):
    assert tokenise(f"{one}\n{other}") == tokenise(one) + tokenise(other)


def test_names_are_runs_of_capitalised_words_and_of_katakana():
    assert names("The mayor of Corvin Delmoor met Farrow’s crew at the Bank of Anslow.") == [
        "the",
        "corvin delmoor",
        "farrow",
        "bank of anslow",
    ]
    assert names("昨日カモメが来た") == ["カモメ"]
    assert names("") == []


@given(st.text())
def test_any_text_has_names(text):
    assert all(isinstance(name, str) for name in names(text))


def test_content_terms_leave_out_the_function_words_of_the_language():
    assert content_terms("Who is to pay for the dam?", None) == ["pay", "dam"]
    assert content_terms("Der Streit um die Talsperre", "de") == ["streit", "talsperre"]
    assert content_terms("Der Streit um die Talsperre", "en-GB") == [
        "der",
        "streit",
        "um",
        "die",
        "talsperre",
    ]


def test_a_text_of_function_words_keeps_them():
    assert content_terms("Who is who", "en") == ["who", "is", "who"]


def test_a_language_without_a_table_keeps_all_terms():
    assert content_terms("柏崎の", "ja") == tokenise("柏崎の")


def test_uninformative_words_add_to_the_stop_words_of_a_language():
    assert {"the", "across", "first"} <= uninformative_words("en-GB") == uninformative_words(None)
    assert "across" not in stop_words("en")  # it may count in a similarity
    assert uninformative_words("de") == stop_words("de")
    assert uninformative_words("ja") == frozenset()
    assert not {"fire", "bill", "system"} & uninformative_words("en")
