"""One address, one spelling."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.documents import canonical_url, site_of
from recsys.documents.urls import has_mixed_host


@pytest.mark.parametrize(
    ("written", "known_as"),
    [
        ("HTTPS://WWW.Example.COM/News/A-b", "https://www.example.com/News/A-b"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com/a/#top", "https://example.com/a/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80/a", "http://example.com/a"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        (
            "https://example.com/a?utm_source=x&id=7&fbclid=y&at_medium=z&b=1",
            "https://example.com/a?id=7&b=1",
        ),
        ("https://example.com/a?UTM_Source=x", "https://example.com/a"),
        ("https://example.com/a?b=2&a=1&b=2", "https://example.com/a?b=2&a=1&b=2"),
        ("https://example.com/a/../b/./c", "https://example.com/b/c"),
        ("https://example.com/../../b/..", "https://example.com/"),
        ("https://example.com/a//b/", "https://example.com/a//b/"),
        ("https://example.com/a%2Fb%c3%bc", "https://example.com/a%2Fb%c3%bc"),
        ("  https://example.com/a b\n", "https://example.com/a%20b"),
        ("https://münchen.example/straße", "https://münchen.example/straße"),
        ("https://[::1]:8000/a", "https://[::1]:8000/a"),
    ],
)
def test_an_address_has_one_spelling(written: str, known_as: str) -> None:
    assert canonical_url(written) == known_as


@pytest.mark.parametrize(
    "written",
    [
        "", "a/b", "//", "javascript:alert(1)", "data:text/html,x", "mailto:a@example.com", "ftp://example.com/",
        "urn:recsys:text:1", "https://", "https://[::1", "https://example.com:99999/", "https://user:pw@example.com/",
        "https://exa mple.com/", "https://example.com/\x00", "https://example.com/\ud800",
        "https://example.com/" + "a" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_web_page_has_no_address(written: str) -> None:
    assert canonical_url(written) is None


def test_a_link_is_resolved_against_its_page() -> None:
    base = "https://example.com/news/today.html"
    assert canonical_url("../sport/a", base) == "https://example.com/sport/a"
    assert canonical_url("//other.example/a", base) == "https://other.example/a"
    assert canonical_url("?page=2", base) == "https://example.com/news/today.html?page=2"
    assert canonical_url("javascript:void(0)", base) is None


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.example.co.uk/a", "example.co.uk"),
        ("https://m.example.com/a", "example.com"),
        ("https://amp.example.com/a", "example.com"),
        ("https://news.example.com/a", "news.example.com"),
        ("https://m.com/a", "m.com"),
        ("urn:recsys:page:1", ""),
    ],
)
def test_the_site_is_the_host_without_its_prefix(url: str, site: str) -> None:
    assert site_of(url) == site


_URLS = st.from_regex(r"https?://[a-zA-Z.:@\[\]0-9]{0,12}[/?#a-z%.=&;_ \\]{0,30}", fullmatch=True) | st.text()


@given(_URLS, st.none() | _URLS)
def test_a_canonical_address_is_its_own(url: str, base: str | None) -> None:
    once = canonical_url(url, base)
    if once is not None:
        assert canonical_url(once) == once
        assert once.split() == [once]
        once.encode()


@pytest.mark.data
@pytest.mark.parametrize("name", ["bbc/articles", "bbc/lists", "yomiuri/articles", "yomiuri/lists"])
def test_every_address_of_the_benchmark_data_stays_as_it_is(name: str, shared_data: Path) -> None:
    seen = set()
    with gzip.open(shared_data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            seen |= {
                record.get("url"),
                record.get("page_url"),
                *(item["url"] for item in record.get("items", ())),
            }
    seen.discard(None)
    assert seen
    assert [url for url in seen if canonical_url(url) != url] == []


def in_punycode(host: str) -> str:
    """A host name as DNS has it."""
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in host.split(".")
    )


LEADING_ASTRAY = [
    "\u0430pple.example",
    "harb\u043eur.example",
    "news.b\u03bfat.example",
    "\uff41\u0440ple.example",
]
OF_ONE_ALPHABET = [
    "apple.example",
    "пример.рф",
    "новости.example",
    "ελλάδα.gr",
    "bücher.example",
    "日本語ニュースnews.jp",
    "신문news.kr",
    "سوق.example",
    "यूनिकोड.example",
]


@pytest.mark.parametrize("spell", [str, in_punycode, lambda host: in_punycode(host).upper()])
@pytest.mark.parametrize("host", LEADING_ASTRAY)
def test_a_host_that_mixes_alphabets_in_a_label_is_no_address(host: str, spell: Callable[[str], str]) -> None:
    url = f"https://{spell(host)}/a"
    assert canonical_url(url) is None
    assert canonical_url(f"//{spell(host)}/a", "https://example.com/") is None
    assert has_mixed_host(url)


@pytest.mark.parametrize("spell", [str, in_punycode])
@pytest.mark.parametrize("host", OF_ONE_ALPHABET)
def test_a_host_of_one_alphabet_a_label_is_an_address(host: str, spell: Callable[[str], str]) -> None:
    assert canonical_url(f"https://{spell(host)}/a") == f"https://{spell(host)}/a"
    assert not has_mixed_host(f"https://{spell(host)}/\u0430b")


@pytest.mark.parametrize("label", ["xn--", "xn---", "xn--99999999", "xn--" + "a" * 80, "xn--é"])
def test_what_is_no_punycode_is_taken_as_it_is(label: str) -> None:
    assert canonical_url(f"https://{label}.example/a") == f"https://{label}.example/a"


@given(st.text())
def test_any_text_can_be_looked_at_for_mixed_alphabets(text: str) -> None:
    assert has_mixed_host(text) in (True, False)
    assert not has_mixed_host(f"https://example.com/{text}")
