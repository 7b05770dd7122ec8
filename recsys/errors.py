"""Every error that the library raises on purpose.

RecsysError
├── InputError             something handed in is wrong; the message names what was expected
│   ├── InvalidValueError  a field of a domain object (field, expected, found)
│   ├── ReadError          a file or a record in it (file, line, field, expected, found)
│   └── UnknownArticleError  a query or candidate that the archive does not hold
├── StoreError             the store cannot be opened or written
│   └── StoreVersionError  it was made by a newer version
├── LookAheadError         somebody asked an archive about a later moment than it knows
├── ModelError             a bundle is missing, damaged or of another format
├── FetchError             an address that did not give what was asked for (url, reason)
│   ├── RefusedAddressError  nothing may be sent there: no public address, or robots.txt forbids it
│   └── TooMuchError       it went on for too long, or was too large
│       └── TooSlowError   it was not complete in its time
├── BatchError             a batch that ended early; the message names the article
├── ServiceError           a file of the service is wrong, or a service that was asked failed
│   └── RequestRefusedError  it will not take the request as it is (status, field, reason)
├── EvaluationError        a period that nothing can be asked about, or that the model has seen
└── SettingsError          recsys.toml or a RECSYS_* variable is wrong
"""

from __future__ import annotations

_SHOWN = 80  # characters of an offending value that a message repeats; a 10 MB headline stays readable


class RecsysError(Exception):
    """Whatever went wrong, said in one line."""


class InputError(RecsysError):
    """Something that was handed in is wrong."""


class InvalidValueError(InputError):
    """A field of a domain object has a value that it cannot have."""

    def __init__(self, field: str, *, expected: str, found: object) -> None:
        self.field, self.expected, self.found = field, expected, shorten(found)
        super().__init__(f"{field}: expected {expected}, found {self.found}")


class ReadError(InputError):
    """A file, or one record of it, cannot be read; names file, line, field and what was expected."""

    def __init__(
        self, file: str, *, expected: str, found: object, line: int | None = None, field: str | None = None
    ) -> None:
        self.file, self.line, self.field = file, line, field
        self.expected, self.found = expected, shorten(found)
        place = file if line is None else f"{file}:{line}"
        what = f"{field}: " if field else ""
        super().__init__(f"{place}: {what}expected {expected}, found {self.found}")


class UnknownArticleError(InputError):
    """The archive holds no such article."""


class StoreError(RecsysError):
    """The store cannot be opened, read or written."""


class StoreVersionError(StoreError):
    """The store was made by a newer version of recsys."""


class LookAheadError(RecsysError):
    """A question about a moment that lies after what the archive knows."""


class CorpusFileError(RecsysError):
    """A file of the kept archive is missing or damaged; it can be made again from the store."""


class ModelError(RecsysError):
    """A bundle is missing, damaged or of a format this version does not read."""


class FetchError(RecsysError):
    """An address did not give what it was asked for."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"{url}: {reason}")


class RefusedAddressError(FetchError):
    """Nothing is sent to this address."""


class TooMuchError(FetchError):
    """An answer that is too long, takes too long or leads on and on."""


class TooSlowError(TooMuchError):
    """An answer that is not complete in its time."""


class BatchError(RecsysError):
    """One of many questions could not be answered; what was asked after it was not answered either."""


class ServiceError(RecsysError):
    """A file of the service cannot be read or written, or says what it cannot say."""


class RequestRefusedError(ServiceError):
    """A service will not take a request as it is (413, 422): sent again, it would be refused again."""

    def __init__(self, status: int, field: str | None, reason: str) -> None:
        self.status, self.field, self.reason = status, field, reason
        super().__init__(f"{field}: {reason}" if field else reason)


class TokenError(InputError):
    """A list token that is not ours, or not any more."""


class EvaluationError(RecsysError):
    """What is asked for cannot be evaluated, or not honestly."""


class SettingsError(RecsysError):
    """A setting is unknown or has a value that it cannot have."""


def shorten(found: object) -> str:
    """A value as a message shows it: quoted, on one line, at most 80 characters of it."""
    text = found if isinstance(found, str) else repr(found)
    text = " ".join(text[: 4 * _SHOWN].encode("utf-8", "backslashreplace").decode().split())
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"'{cut}'" if isinstance(found, str) else cut
