"""Every error that the library raises on purpose.

RecsysError
├── InputError                     something passed in is invalid
│   ├── InvalidValueError          an invalid field of a domain object (field, expected, found)
│   ├── ReadError                  an unreadable file or record (file, line, field, expected, found)
│   │   └── NoPageError            a file of a kind that holds no page, such as robots.txt
│   ├── UnknownArticleError        the corpus does not contain this query or candidate
│   └── TokenError                 an impression token that is invalid or expired
├── StoreError                     the store cannot be opened, read or written
│   └── StoreVersionError          the store was made by a newer version
├── LookAheadError                 a question about a moment after the end of the corpus
├── CorpusFileError                a missing or damaged file of the index on disk
├── ModelError                     a model that is missing, damaged or in a different format
├── FetchError                     a request that failed (url, reason)
│   ├── RefusedAddressError        an address to which nothing is sent: not public, or robots.txt forbids it
│   ├── TooMuchError               a response that is too large, or too many redirects
│   │   └── TooSlowError           a response that was not complete in time
│   ├── BusyError                  a host that asked to be left alone for now (recsys.crawl.politeness)
│   └── OverBudgetError            a request beyond the budget of its site (recsys.crawl.budget)
├── BatchError                     a batch that ended early; the message names the article
├── ServiceError                   an unusable file of the service, or a failed request to a service
│   └── RequestRefusedError        a request that the service rejects for good (status, field, reason)
├── EvaluationError                a period without data, or one that a model was trained on
└── SettingsError                  an invalid setting in recsys.toml or a RECSYS_* variable
"""

from __future__ import annotations

_SHOWN = 80  # characters of an invalid value in a message, which stays readable for a 10 MB headline


class RecsysError(Exception):
    """Base class; the message is one line."""


class InputError(RecsysError):
    """Something passed in is invalid."""


class InvalidValueError(InputError):
    """Invalid value of a field of a domain object."""

    def __init__(self, field: str, *, expected: str, found: object) -> None:
        self.field, self.expected, self.found = field, expected, shorten(found)
        super().__init__(f"{field}: expected {expected}, found {self.found}")


class ReadError(InputError):
    """A file or one of its records cannot be read; names file, line, field and the expected value."""

    def __init__(
        self, file: str, *, expected: str, found: object, line: int | None = None, field: str | None = None
    ) -> None:
        self.file, self.line, self.field = file, line, field
        self.expected, self.found = expected, shorten(found)
        place = file if line is None else f"{file}:{line}"
        what = f"{field}: " if field else ""
        super().__init__(f"{place}: {what}expected {expected}, found {self.found}")


class NoPageError(ReadError):
    """A document holds no page: it is not damaged, but of a kind that is not read, such as robots.txt."""


class UnknownArticleError(InputError):
    """The corpus does not contain this article."""


class StoreError(RecsysError):
    """The store cannot be opened, read or written."""


class StoreVersionError(StoreError):
    """The store was made by a newer version of recsys."""


class LookAheadError(RecsysError):
    """A question about a moment after the end of the corpus."""


class CorpusFileError(RecsysError):
    """A file of the index on disk is missing or damaged; it can be rebuilt from the store."""


class ModelError(RecsysError):
    """A model is missing, damaged or of a format that this version does not read."""


class FetchError(RecsysError):
    """A request to an address failed."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"{url}: {reason}")


class RefusedAddressError(FetchError):
    """Nothing is sent to this address: it is not public, or robots.txt forbids it."""


class TooMuchError(FetchError):
    """A response that is too large or too slow, or too many redirects."""


class TooSlowError(TooMuchError):
    """A response that was not complete in time."""


class BatchError(RecsysError):
    """A query of a batch failed; the queries after it were not answered."""


class ServiceError(RecsysError):
    """A file of the service cannot be read or written or is invalid, or a request to a service failed."""


class RequestRefusedError(ServiceError):
    """A service rejects a request for good (413, 422): sending it again would not help."""

    def __init__(self, status: int, field: str | None, reason: str) -> None:
        self.status, self.field, self.reason = status, field, reason
        super().__init__(f"{field}: {reason}" if field else reason)


class TokenError(InputError):
    """An impression token that is invalid or expired."""


class EvaluationError(RecsysError):
    """A period cannot be evaluated, or only with a bias."""


class SettingsError(RecsysError):
    """A setting is unknown or has an invalid value."""


def shorten(found: object) -> str:
    """A value for a message: quoted, on one line, at most 80 characters."""
    text = found if isinstance(found, str) else repr(found)
    text = " ".join(text[: 4 * _SHOWN].encode("utf-8", "backslashreplace").decode().split())
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"'{cut}'" if isinstance(found, str) else cut
