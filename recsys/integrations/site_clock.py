"""The clock of a site that recommends: read here and nowhere else below `contrib`."""

from __future__ import annotations

from datetime import UTC, datetime


def clock() -> datetime:
    """The time of a question, and of what a site says."""
    return datetime.now(UTC)
