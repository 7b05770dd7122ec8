"""Which links lead to stories: rules on the structure of an address, and the one rule for links in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from recsys.documents.urls import canonical_url, site_of
from recsys.domain import ListItem

MAX_INLINE_LINKS = 1_000
"""Links of one text that are taken; what the HTTP service accepts as one list."""

# Path segments of tags, people, accounts and other places, below which there are no stories.
_PLACES = """tag tags topic topics thema themen tema temas tagg tagged etiqueta etiquetas schlagwort
    schlagworte author authors autor autores autoren auteur autore auteurs forfatter
    profile profiles people person staff contributor contributors category categories
    kategorie kategorien categoria categorie section sections search suche login signin
    signup register account subscribe subscription newsletter newsletters contact
    kontakt about impressum datenschutz privacy terms help hilfe faq advertise feed rss
    user users member members page"""
_NO_STORY = frozenset(_PLACES.split())
_SERVICES = """subscribe subscription subscriptions newsletter newsletters account accounts login
    signup secure profile shop store abo jobs help support"""
_SERVICE_HOSTS = frozenset(_SERVICES.split())  # hosts, by their first label
# Path segments of offers: goods, work, coupons, tickets.
_GOODS = """job jobs stellen stellenangebote stellenmarkt karriere careers empleo emploi lavoro
    vagas vacatures shop store tienda boutique negozio loja coupons coupon cupones cupom
    descuentos descuento gutscheine gutschein vouchers voucher discountcode
    discount-codes codes-promo kortingscode tickets entradas event events kalender
    calendar termine agenda veranstaltungen anzeigen immobilien classifieds
    kleinanzeigen obituaries horoskop horoscope"""
_OFFERS = frozenset(_GOODS.split())
# Those that are also sections: a place only if the path ends with them.
_SECTIONS = frozenset("podcast podcasts shop archive archives weather wetter jobs games quiz pages".split())
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp3|mp4|zip|xml|css|js|ics)$", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d{4,}")
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z]*+\d)(?=\d*+[a-z])[a-z0-9]{8,}")
_DATE = re.compile(r"/(?:19|20)\d{2}[/-]\d{1,2}(?:[/-]|$)")
_SENTENCE = 6  # words of a slug; tags and people have fewer


def inline_items(links: Iterable[tuple[str, str]], page_url: str, site: str) -> tuple[ListItem, ...]:
    """The links in a text, as (target, anchor text), that lead to stories of its site, each once, in order.

    A target is a story where its address looks like one (`is_story`), or where it lies in the folder of the
    article itself: short slugs below `/news/`. Of 367 links to their own site in the texts of 119 saved pages
    221 look like stories and 102 are places such as tags; of the other 44 all but four lead to sections and
    topics, so that they do not count.
    """
    base = page_url if page_url.startswith("http") else None
    items: dict[str, str] = {}
    for target, text in links:
        url = canonical_url(target, base)
        if not url or url == page_url or not text:
            continue
        if is_story(url, site) or (is_same_site(site_of(url), site) and _is_beside(url, page_url)):
            items.setdefault(url, text)
            if len(items) == MAX_INLINE_LINKS:
                break
    return tuple(ListItem(place, text, url) for place, (url, text) in enumerate(items.items(), start=1))


def is_story(url: str, site: str) -> bool:
    """Whether a canonical address is of the site and looks like a story: a long slug, a number or a date."""
    return is_same_site(site_of(url), site) and looks_like_story(url)


def is_same_site(one: str, other: str) -> bool:
    """Whether two hosts are the same, or one is below the other, or both are below one of two labels."""
    if one == other or one.endswith(f".{other}") or other.endswith(f".{one}"):
        return True
    ours, theirs = one.split(".")[1:], other.split(".")[1:]
    return len(ours) >= 2 and ours == theirs and len(ours[-2]) > 3  # not `co.uk`, `com.br`


@lru_cache(maxsize=4096)  # called three times for each link of a page
def is_place(url: str) -> bool:
    """Whether a canonical address is a front page, a file, or by its words a tag, section or person."""
    parts = urlsplit(url)
    path = parts.path
    segments = [segment for segment in unquote(path).lower().split("/") if segment]
    if not segments or _FILE.search(path) or (parts.hostname or "").partition(".")[0] in _SERVICE_HOSTS:
        return True
    if segments[-1] in _NO_STORY or segments[-1] in _SECTIONS:
        return True
    return bool(_NO_STORY.intersection(segments)) and not (
        _DATE.search(path) or len(_WORDS.findall(segments[-1])) >= _SENTENCE
    )


def _is_beside(url: str, page_url: str) -> bool:
    """Whether an address that is no place lies in the folder of another, other than the root of the site."""
    folder = _folder(page_url)
    return folder != "" and _folder(url) == folder and not is_place(url)


def _folder(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rpartition("/")[0]


def is_offer(url: str) -> bool:
    """Whether a canonical address is, by its words, that of goods, work, coupons or an event."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.lower().split("/") if segment][:-1]
    return not _OFFERS.isdisjoint((*segments[:3], (parts.hostname or "").partition(".")[0]))


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
