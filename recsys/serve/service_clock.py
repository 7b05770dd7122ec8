"""The clock of the service, and the edition that it answers from."""

from __future__ import annotations

from datetime import UTC, datetime

import recsys.live
from recsys.live import ServingSnapshot
from recsys.serve.overrides import OverridesFile

__all__ = ["LiveRecommender", "ServingSnapshot", "clock"]

LiveRecommender = recsys.live.LiveRecommender[OverridesFile]


def clock() -> datetime:
    """The time of a question: read here and nowhere else in the service."""
    return datetime.now(UTC)
