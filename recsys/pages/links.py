"""Which links lead to a story: simple rules on the structure of an address."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from recsys.pages.urls import site_of

# Path segments of tags, sections, people, accounts and other places.
_PLACES = """tag tags topic topics thema themen tema temas author authors autor autores auteur autore
    auteurs profile profiles people person staff contributor contributors category categories kategorie
    categoria categorie section sections search suche login signin signup register account subscribe
    subscription newsletter newsletters podcast podcasts contact kontakt about impressum datenschutz
    privacy terms help hilfe faq shop advertise archive archives feed rss weather wetter jobs games quiz
    user users member members page pages"""
_NO_STORY = frozenset(_PLACES.split())
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp3|mp4|zip|xml|css|js|ics)$", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d{4,}")
_CODE = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}")
_DATE = re.compile(r"/(?:19|20)\d{2}/\d{1,2}(?:/|$)")


def is_story(url: str, site: str) -> bool:
    """Whether a canonical address is of the site and looks like a story: a long slug, a number or a date."""
    return is_same_site(site_of(url), site) and looks_like_story(url)


def is_same_site(one: str, other: str) -> bool:
    """Whether two hosts are the same, or one is below the other or beside it under three labels."""
    if one == other or one.endswith(f".{other}") or other.endswith(f".{one}"):
        return True
    ours, theirs = one.split(".")[1:], other.split(".")[1:]
    return len(ours) >= 2 and ours == theirs and len(ours[-2]) > 3  # not `co.uk`, `com.br`


def is_place(url: str) -> bool:
    """Whether a canonical address is a front page, a file, or by its words a tag, section or person."""
    path = urlsplit(url).path
    segments = [segment for segment in unquote(path).lower().split("/") if segment]
    if not segments or _FILE.search(path):
        return True
    return bool(_NO_STORY.intersection(segments[:-1])) or segments[-1] in _NO_STORY


def looks_like_story(url: str) -> bool:
    """Whether the path of an address could be that of a story rather than a section, tag or account."""
    parts = urlsplit(url)
    segments = [segment for segment in unquote(parts.path).lower().split("/") if segment]
    if is_place(url):
        return False
    last = segments[-1].rpartition(".")[0] if "." in segments[-1] else segments[-1]
    slug = max((last, *segments[-2:-1]), key=len)
    is_named = len(_WORDS.findall(slug)) >= 4 or len(slug) >= 24 or bool(_CODE.search(last))
    return is_named or bool(
        _NUMBER.search(parts.path) or _NUMBER.search(parts.query) or _DATE.search(parts.path)
    )
