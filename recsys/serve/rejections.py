"""Who is turned away."""

from __future__ import annotations


class KeyRefusedError(Exception):
    """No key of ours, or one without the right."""

    def __init__(self, message: str, *, is_known: bool) -> None:
        super().__init__(message)
        self.is_known = is_known


class RateError(Exception):
    """Too many; come again after so many seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__("too many requests")
        self.wait = wait


class OverloadError(Exception):
    """All places are taken."""
