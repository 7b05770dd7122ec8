"""What the arguments of `read` and `ingest` name: files, folders, globs and standard input, as documents."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from recsys.cli.console import Problems
from recsys.cli.import_options import ImportOptions
from recsys.cli.options import now
from recsys.documents import Suggestion, canonical_url, read_stream, suggest_profile
from recsys.documents.formats.html_files import parse_name
from recsys.documents.local_files import leads_out, open_regular
from recsys.documents.source import AsShown
from recsys.domain import Page, format_time, from_microseconds
from recsys.errors import FetchError, InvalidValueError, ReadError

STDIN = "-"
KNOWN_SUFFIXES = (
    ".txt", ".html", ".htm", ".xhtml", ".mht", ".mhtml", ".jsonl", ".ndjson", ".warc", ".wacz", ".xml",
    ".rss", ".atom", ".csv", ".tsv",
)  # fmt: skip
"""What is read of a folder, with or without `.gz`; a file that is named or matched by a glob always is."""


class Progress:
    """How many files were begun, and how many pages and bytes came out of them."""

    def __init__(self) -> None:
        self.files = self.pages = 0
        self._bytes_before = 0
        self._stream: BinaryIO | None = None

    @property
    def bytes(self) -> int:
        """Bytes as they lie on disk; those of a pipe are not counted."""
        return self._bytes_before + (self._stream.tell() if self._stream else 0)

    @contextmanager
    def follow(self, stream: BinaryIO) -> Iterator[BinaryIO]:
        """Counts what is taken of a stream in this block."""
        self._stream = stream if stream.seekable() else None
        yield stream
        self._bytes_before, self._stream = self.bytes, None


def find_files(paths: Iterable[str], problems: Problems) -> Iterator[str]:
    """The files that arguments name, `-` among them; a path that names none comes as it is.

    Folders are walked in order of names, hidden files and other suffixes left out; a link in one that leads
    out of it goes to `problems`.
    """
    for path in paths:
        if path == STDIN or not glob.has_magic(path) or Path(path).exists():
            found = [path]
        else:
            found = sorted(glob.glob(path, recursive=True)) or [path]  # noqa: PTH207 - as the user wrote it
        for each in found:
            yield from _walk(each, problems) if each != STDIN and Path(each).is_dir() else (each,)


def sizes(files: Iterable[str]) -> int:
    """How many bytes the files have together; 0 for what is no file."""
    return sum(Path(each).stat().st_size for each in files if each != STDIN and Path(each).is_file())


def read_pages(
    files: Iterable[str], reading: ImportOptions, problems: Problems, progress: Progress
) -> Iterator[tuple[str, Page]]:
    """Every page with the name of its file; what cannot be read goes to `problems`."""
    for file in files:
        progress.files += 1
        for page in _read_document(file, reading, problems, progress):
            if isinstance(page, ReadError):
                problems.error(str(page))
            else:
                for warning in page.warnings:
                    problems.warning(
                        warning if warning.startswith(f"{_name(file)}:") else f"{_name(file)}: {warning}"
                    )
                progress.pages += 1
                yield _name(file), page


def is_address(argument: str) -> bool:
    """Whether a page on the web is meant, not a file."""
    return argument.lower().startswith(("http://", "https://"))


def suggest_profiles(
    files: Iterable[str], reading: ImportOptions, problems: Problems, fetch: Callable[[str], BinaryIO]
) -> dict[str, list[Suggestion]]:
    """By site, a rule for every list on its pages, each once; what is no HTML page goes to `problems`.

    Pages on the web among the files are had with `fetch`.
    """
    found: dict[str, dict[str, Suggestion]] = {}
    for file in files:
        try:
            url = canonical_url(file) if is_address(file) else None
            with _open(file) if url is None else fetch(url) as stream:
                moment = reading.observed_at or (_saved_at(file) if url is None else now())
                site, rules = suggest_profile(
                    stream, name=_name(file), observed_at=moment, site=reading.site, url=url
                )
        except OSError as error:
            reason = AsShown(error.strerror or str(error))
            problems.error(str(ReadError(_name(file), expected=_expected(file), found=reason)))
        except (ReadError, FetchError) as error:
            problems.error(str(error))
        else:
            known = found.setdefault(site, {})
            for each in rules:
                known.setdefault(each.rule.selector, each)
    return {site: list(rules.values()) for site, rules in found.items()}


def _walk(folder: str, problems: Problems) -> Iterator[str]:
    found = False
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for each in folders:  # no link is followed, and one that stays in the folder leads to what is read
            _check_link(str(Path(place, each)), folder, problems)
        for file in sorted(files):
            if not file.startswith(".") and _is_known(path := str(Path(place, file))):
                found = True
                if _check_link(path, folder, problems):
                    yield path
    if not found:
        yield folder


def _check_link(path: str, folder: str, problems: Problems) -> bool:
    """Whether something in a folder is no link out of it; a folder may come from somebody else."""
    if not leads_out(Path(path), Path(folder)):
        return True
    expected = f"files within {_name(folder)}; to read it all the same, name it as an argument"
    problems.error(
        str(ReadError(_name(path), expected=expected, found=AsShown("a link that leads out of it")))
    )
    return False


def _is_known(path: str) -> bool:
    """Whether a file of a folder is read: by its suffix, or without one as a capture of an address."""
    if path.lower().removesuffix(".gz").endswith(KNOWN_SUFFIXES):
        return True
    named = parse_name(path) if not Path(path).suffix else None
    return named is not None and named.url is not None


def _name(file: str) -> str:
    """How a file is called in messages: in one line, bytes that are no UTF-8 in hexadecimal."""
    if file == STDIN:
        return "<stdin>"
    return os.fsencode(file).decode(errors="backslashreplace").replace("\n", "\\n")


def _read_document(
    file: str, reading: ImportOptions, problems: Problems, progress: Progress
) -> Iterator[Page | ReadError]:
    try:
        with _open(file) as opened, progress.follow(opened) as stream:
            named = parse_name(file)
            said = reading.observed_at or (named.captured_at if named else None)
            observed_at = said or _saved_at(file)
            pages = read_stream(
                stream,
                name=_name(file),
                observed_at=observed_at,
                site=reading.site,
                url=named.url if named else None,
                hints=reading.told(dated=said is not None),
            )
            guessed = said is None
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
    """When a file was last changed; what comes through a pipe was seen now.

    ReadError for a file system that says a time which no calendar has.
    """
    if file == STDIN:
        return now()
    try:
        return from_microseconds(Path(file).stat().st_mtime_ns // 1_000)
    except InvalidValueError as error:
        raise ReadError(
            file,
            field="last change",
            expected=f"{error.expected}; say it with --observed-at",
            found=error.found,
        ) from None


def _is_dated(page: Page, observed_at: datetime) -> bool:
    """Whether a page has the time of its file: text and HTML do, records bring their own."""
    seen = [page.article.first_seen_at] if page.article else []
    return observed_at in [*seen, *(each.observed_at for each in page.lists)]


def _guess(file: str, observed_at: datetime) -> str:
    where = "now" if file == STDIN else "when the file was last changed"
    return f"{_name(file)}: taken as seen {where}, {format_time(observed_at)}; say it with --observed-at"
