"""The clock of the service, and the edition that it answers from."""

from __future__ import annotations

from datetime import UTC, datetime

import recsys.live
from recsys.live import Edition
from recsys.service.editing import Desk

__all__ = ["Edition", "Live", "clock"]

Live = recsys.live.Live[Desk]


def clock() -> datetime:
    """The time of a question: read here and nowhere else in the service."""
    return datetime.now(UTC)
