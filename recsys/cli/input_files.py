"""The documents of `read` and `ingest`: files, folders, globs and standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from recsys.cli.console import Problems
from recsys.cli.import_options import ImportOptions
from recsys.cli.options import now
from recsys.documents import Suggestion, canonical_url, read_stream, suggest_profile
from recsys.documents.formats.html_files import parse_name
from recsys.documents.local_files import leads_out, open_regular
from recsys.documents.source import AsShown
from recsys.domain import Page, format_time, from_microseconds
from recsys.errors import FetchError, InvalidValueError, NoPageError, ReadError

STDIN = "-"
_INDEX_NAMES = ("index.html", "index.htm", "index.xhtml", "index.php")
KNOWN_SUFFIXES = (
    ".txt", ".html", ".htm", ".xhtml", ".mht", ".mhtml", ".eml", ".jsonl", ".ndjson", ".warc", ".wacz",
    ".xml", ".rss", ".atom", ".csv", ".tsv",
)  # fmt: skip
"""Suffixes that are read from folders, with or without `.gz`; files named or matched by a glob always are."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read: its path, or `-`, the folder below which it has an address, and how it was found."""

    path: str
    folder: str | None = None
    is_named: bool = True
    """Whether an argument names it; otherwise it was found in a folder that one names."""

    def address(self, base: str | None) -> str | None:
        """The address of the file where its folder has the address `base`; None without one.

        `index.html` has the address of its folder.
        """
        if base is None or self.path == STDIN:
            return None
        below = Path(self.path).relative_to(self.folder) if self.folder else Path(Path(self.path).name)
        name = below.as_posix()
        if below.name.lower() in _INDEX_NAMES:
            name = name[: -len(below.name)]
        return canonical_url(quote(name, errors="replace"), base) if name else canonical_url(base)


class Progress:
    """Counts the files, pages and bytes read so far, and the files of folders that hold no page."""

    def __init__(self) -> None:
        self.files = self.pages = self.listings = self.without_address = 0
        self.without_page: Counter[str] = Counter()
        self._bytes_before = 0
        self._stream: BinaryIO | None = None

    @property
    def bytes(self) -> int:
        """Bytes on disk; those of a pipe are not counted."""
        return self._bytes_before + (self._stream.tell() if self._stream else 0)

    @contextmanager
    def follow(self, stream: BinaryIO) -> Iterator[BinaryIO]:
        """Count the bytes read from a stream in this block."""
        self._stream = stream if stream.seekable() else None
        yield stream
        self._bytes_before, self._stream = self.bytes, None


def find_files(paths: Iterable[str], problems: Problems, progress: Progress) -> Iterator[InputFile]:
    """Yield the files that arguments name, `-` included; a path that matches nothing is yielded unchanged.

    Folders are walked by name, without hidden files; files with unknown suffixes are counted, and links that
    lead out of the folder are reported to `problems`.
    """
    for path in paths:
        if path == STDIN or not glob.has_magic(path) or Path(path).exists():
            matches = [path]
        else:
            matches = sorted(glob.glob(path, recursive=True)) or [path]  # noqa: PTH207 - as the user wrote it
        for each in matches:
            if each != STDIN and Path(each).is_dir():
                yield from _walk(each, problems, progress)
            else:
                yield InputFile(each, _fixed_part(path) if each != path else None)


def _fixed_part(pattern: str) -> str | None:
    """The folder before the first wildcard of a pattern; what lies below it keeps its place in addresses."""
    fixed = takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts)
    return str(Path(*fixed))


def sizes(files: Iterable[InputFile]) -> int:
    """The total size of the files in bytes."""
    paths = (each.path for each in files if each.path != STDIN)
    return sum(Path(path).stat().st_size for path in paths if Path(path).is_file())


def read_pages(
    files: Iterable[InputFile], options: ImportOptions, problems: Problems, progress: Progress
) -> Iterator[tuple[str, Page]]:
    """Yield every page with the name of its file; read errors are reported to `problems`.

    A file that holds no page is an error if it was named, and counted if it was found in a folder.
    """
    for file in files:
        progress.files += 1
        name = _name(file.path)
        for page in _read_document(file, options, problems, progress):
            if isinstance(page, NoPageError) and not file.is_named:
                progress.files -= 1
                progress.without_page[Path(file.path).name] += 1
            elif isinstance(page, ReadError):
                problems.error(str(page))
            else:
                for warning in page.warnings:
                    problems.warning(warning if warning.startswith(f"{name}:") else f"{name}: {warning}")
                progress.pages += 1
                progress.listings += page.is_listing
                progress.without_address += _lacks_address(page) and not file.is_named
                yield name, page


def _lacks_address(page: Page) -> bool:
    return page.article is not None and not page.article.has_address


def is_address(argument: str) -> bool:
    """Whether an argument is a web address, not a file."""
    return argument.lower().startswith(("http://", "https://"))


def suggest_profiles(
    files: Iterable[str], options: ImportOptions, problems: Problems, fetch: Callable[[str], BinaryIO]
) -> dict[str, list[Suggestion]]:
    """Suggested list selectors by site, each once; pages that are not HTML are reported to `problems`.

    Web addresses among the files are fetched with `fetch`.
    """
    suggestions: dict[str, dict[str, Suggestion]] = {}
    for file in files:
        try:
            url = canonical_url(file) if is_address(file) else None
            with _open(file) if url is None else fetch(url) as stream:
                moment = options.observed_at or (_saved_at(file) if url is None else now())
                site, rules = suggest_profile(
                    stream, name=_name(file), observed_at=moment, site=options.site, url=url
                )
        except OSError as error:
            reason = AsShown(error.strerror or str(error))
            problems.error(str(ReadError(_name(file), expected=_expected(file), found=reason)))
        except (ReadError, FetchError) as error:
            problems.error(str(error))
        else:
            known = suggestions.setdefault(site, {})
            for each in rules:
                known.setdefault(each.rule.selector, each)
    return {site: list(rules.values()) for site, rules in suggestions.items()}


def _walk(folder: str, problems: Problems, progress: Progress) -> Iterator[InputFile]:
    is_empty = True
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for (
            each
        ) in folders:  # links are not followed; one that stays inside leads to a folder that is walked anyway
            _check_link(str(Path(place, each)), folder, problems)
        for file in sorted(each for each in files if not each.startswith(".")):
            path = str(Path(place, file))
            if not _is_known(path):
                progress.without_page[Path(file).suffix.lower() or file] += 1
            else:
                is_empty = False
                if _check_link(path, folder, problems):
                    yield InputFile(path, folder, is_named=False)
    if is_empty:
        yield InputFile(folder)


def _check_link(path: str, folder: str, problems: Problems) -> bool:
    """Whether a path stays inside its folder; a folder from elsewhere may contain links that do not."""
    if not leads_out(Path(path), Path(folder)):
        return True
    expected = f"a file inside {_name(folder)} (to read it anyway, pass it as an argument)"
    problems.error(str(ReadError(_name(path), expected=expected, found=AsShown("a link out of the folder"))))
    return False


def _is_known(path: str) -> bool:
    """Whether a file of a folder is read: it has a known suffix, or is a capture named after its address."""
    if path.lower().removesuffix(".gz").endswith(KNOWN_SUFFIXES):
        return True
    named = parse_name(path) if not Path(path).suffix else None
    return named is not None and named.url is not None


def _name(file: str) -> str:
    """The name of a file for messages: one line, with bytes that are not UTF-8 in hexadecimal."""
    if file == STDIN:
        return "<stdin>"
    return os.fsencode(file).decode(errors="backslashreplace").replace("\n", "\\n")


def _read_document(
    given: InputFile, options: ImportOptions, problems: Problems, progress: Progress
) -> Iterator[Page | ReadError]:
    file = given.path
    try:
        with _open(file) as opened, progress.follow(opened) as stream:
            named = parse_name(file)
            captured_at = options.observed_at or (named.captured_at if named else None)
            observed_at = captured_at or _saved_at(file)
            pages = read_stream(
                stream,
                name=_name(file),
                observed_at=observed_at,
                site=options.site,
                url=(named.url if named else None) or given.address(options.base_url),
                hints=options.hints(is_time_guessed=captured_at is None),
            )
            guessed = captured_at is None
            for page in pages:
                if guessed and isinstance(page, Page) and _is_dated(page, observed_at):
                    guessed = False
                    problems.warning(_guess(file, observed_at))
                yield page
    except OSError as error:
        yield ReadError(_name(file), expected=_expected(file), found=AsShown(error.strerror or str(error)))
    except ReadError as error:
        yield error


def _open(file: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if file == STDIN else open_regular(Path(file))


def _expected(file: str) -> str:
    is_folder = file != STDIN and Path(file).is_dir()
    return f"a folder with pages ({' '.join(KNOWN_SUFFIXES)})" if is_folder else "a file that can be read"


def _saved_at(file: str) -> datetime:
    """The modification time of a file; now for standard input.

    ReadError if the file system reports an invalid time.
    """
    if file == STDIN:
        return now()
    try:
        return from_microseconds(Path(file).stat().st_mtime_ns // 1_000)
    except InvalidValueError as error:
        raise ReadError(
            file,
            field="modification time",
            expected=f"{error.expected}; pass --observed-at",
            found=error.found,
        ) from None


def _is_dated(page: Page, observed_at: datetime) -> bool:
    """Whether a page got the time of its file: text and HTML do, records have their own."""
    times = [page.article.first_seen_at] if page.article else []
    return observed_at in [*times, *(each.observed_at for each in page.lists)]


def _guess(file: str, observed_at: datetime) -> str:
    origin = "the current time" if file == STDIN else "the modification time of the file"
    stamp = format_time(observed_at)
    return f"{_name(file)}: assuming it was saved at {origin}, {stamp}; pass --observed-at to set it"
