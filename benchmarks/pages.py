"""How well lists and facts are read from saved pages with hand-made labels, by folds of hosts, and how fast.

    python -m benchmarks.pages ../shared/data/pages [--folds 5] [--without-classes] [--speed]

The folder holds NAME.html beside NAME.json, as its README says. A host belongs to one fold, by a hash of
its name. Lists are paired with the labelled ones of the same kind, most shared items first; two items
are the same when their address or their headline is. `--without-classes` takes all classes and ids out
of the pages first: what is read then rests on their structure alone. `--speed` reads the folder again on
one core, beside trafilatura (its text and metadata, without lists), and prints pages a second and the
memory of the process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from lxml import html

from recsys.documents import canonical_url, read
from recsys.documents.html.charset import decode_html
from recsys.documents.source import Source
from recsys.domain import Kind, Page
from recsys.text import normalise

KINDS = ("popular", "related", "latest", "any")
SEEN = datetime(2026, 1, 1, tzinfo=UTC)
Listed = Sequence[tuple[str, str | None]]
"""The items of a list: headline and address."""


@dataclass(frozen=True)
class Labelled:
    """A saved page with what a careful reader finds in it."""

    path: Path
    host: str
    headline: str | None
    published_at: str | None
    lists: Sequence[tuple[str, Listed]]

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()


def load_labels(folder: Path) -> list[Labelled]:
    """The labelled pages of a folder, by name."""
    found = []
    for path in sorted(folder.glob("*.json")):
        label = json.loads(path.read_text(encoding="utf-8"))
        lists = [
            (each["kind"], [(item["headline"], item["url"]) for item in each["items"]])
            for each in label["lists"]
        ]
        found.append(
            Labelled(
                path.with_suffix(".html"), label["host"], label["headline"], label["published_at"], lists
            )
        )
    return found


def fold_of(host: str, folds: int) -> int:
    """The fold of a host, the same on every machine."""
    return int(hashlib.sha256(host.encode()).hexdigest(), 16) % folds


def count(label: Labelled, page: Page) -> Counter[tuple[str, str]]:
    """What of a page was found: by kind the items labelled, read and shared, and lists that share none."""
    counts: Counter[tuple[str, str]] = Counter()
    article = page.article
    if label.headline:
        counts["headline", "labelled"] += 1
        counts["headline", "shared"] += article is not None and _words(article.headline) == _words(
            label.headline
        )
    if label.published_at:
        day = article.published_at.isoformat()[:10] if article and article.published_at else None
        counts["day", "labelled"] += 1
        counts["day", "shared"] += day == label.published_at[:10]
    ours = [
        (str(each.kind), [(item.headline, item.url) for item in each.items])
        for each in page.lists
        if each.kind is not Kind.INLINE
    ]
    for kind in KINDS:
        theirs_of = [items for name, items in label.lists if kind in (name, "any")]
        ours_of = [items for name, items in ours if kind in (name, "any")]
        shared, paired = _pair(theirs_of, ours_of)
        counts[kind, "labelled"] += sum(map(len, theirs_of))
        counts[kind, "read"] += sum(map(len, ours_of))
        counts[kind, "shared"] += shared
        counts[kind, "spurious"] += len(ours_of) - paired
    return counts


def _pair(theirs: Sequence[Listed], ours: Sequence[Listed]) -> tuple[int, int]:
    """How many items the lists share that are paired, and how many pairs there are."""
    overlaps = ((_shared(one, other), i, j) for i, one in enumerate(theirs) for j, other in enumerate(ours))
    total, left, right = 0, set[int](), set[int]()
    for shared, i, j in sorted(overlaps, reverse=True):
        if shared and i not in left and j not in right:
            total += shared
            left.add(i)
            right.add(j)
    return total, len(right)


def _shared(one: Listed, other: Listed) -> int:
    left = list(other)
    for item in one:
        if (same := next((each for each in left if _is_same(item, each)), None)) is not None:
            left.remove(same)
    return len(other) - len(left)


def _is_same(one: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    address = _address(one[1])
    return _words(one[0]) == _words(other[0]) or (address is not None and address == _address(other[1]))


def _words(headline: str | None) -> str:
    return normalise(headline or "").strip(" .…")


def _address(url: str | None) -> str | None:
    known = canonical_url(url) if url else None
    parts = urlsplit(known) if known else None
    return re.sub(r"^(?:www|m|amp)\.", "", parts.netloc) + parts.path.rstrip("/") if parts else None


def strip_names(data: bytes) -> bytes:
    """A page without any class or id."""
    text, _ = decode_html(data, Source("page", SEEN))
    tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    for element in tree.iter():
        if isinstance(element.tag, str):
            element.attrib.pop("class", None)
            element.attrib.pop("id", None)
    return html.tostring(tree, encoding="ascii")


def show(name: str, pages: int, counts: Counter[tuple[str, str]]) -> str:
    """A line of the table: by kind F1 and, after it, the lists that are none."""
    cells = [f"{name:<7} {pages:>5}"]
    cells += [f"{counts[fact, 'shared']:>4}/{counts[fact, 'labelled']:<3}" for fact in ("headline", "day")]
    for kind in KINDS:
        f1 = 2 * counts[kind, "shared"] / max(1, counts[kind, "labelled"] + counts[kind, "read"])
        cells.append(f"{f1:>7.3f} {counts[kind, 'spurious']:>3}")
    return "  ".join(cells)


def measure_speed(labels: Sequence[Labelled]) -> None:
    """Pages a second on one core, and the memory of the process, ours beside trafilatura."""
    import trafilatura

    pages = [label.data for label in labels]
    readers: dict[str, Callable[[bytes], object]] = {
        "recsys": lambda data: read(data, name="page", observed_at=SEEN),
        "trafilatura": lambda data: trafilatura.bare_extraction(data, with_metadata=True),
    }
    for name, reader in readers.items():
        reader(pages[0])
        begun = time.process_time()
        for data in pages:
            reader(data)
        took = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{name:<12} {len(pages) / took:6.1f} pages a second on one core, {peak} MB at most so far")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--without-classes", action="store_true")
    parser.add_argument("--speed", action="store_true")
    given = parser.parse_args(arguments)
    labels = load_labels(given.folder)
    total: Counter[tuple[str, str]] = Counter()
    by_fold: dict[int, Counter[tuple[str, str]]] = {fold: Counter() for fold in range(given.folds)}
    sizes: Counter[int] = Counter()
    for label in labels:
        data = strip_names(label.data) if given.without_classes else label.data
        counts = count(label, read(data, name=label.path.name, observed_at=SEEN))
        fold = fold_of(label.host, given.folds)
        sizes[fold] += 1
        by_fold[fold].update(counts)
        total.update(counts)
    print(f"{'fold':<7} {'pages':>5}  headline   day  " + "".join(f"  {kind:>7}   +" for kind in KINDS))
    for fold, counts in by_fold.items():
        print(show(str(fold + 1), sizes[fold], counts))
    print(show("all", len(labels), total))
    if given.speed:
        measure_speed(labels)


if __name__ == "__main__":
    main()
