"""robots.txt (RFC 9309): its rules, and how long they are valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from protego import Protego

HOLDS = timedelta(hours=24)
"""How long a robots.txt is valid before it is fetched again (RFC 9309, 2.4)."""
STALE_HOLDS = timedelta(hours=24)
"""How much longer it is valid if it cannot be fetched again (RFC 9309, 2.4)."""
MAX_BYTES = 500 * 2**10
"""How much of a robots.txt is read (RFC 9309, 2.5)."""
_LONGEST_DELAY = 60.0  # seconds; a longer one would mean a few hundred pages a day


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules for our user agent, by the product name before its first slash."""

    parsed: Protego | None
    agent: str

    def allow(self, url: str) -> bool:
        return self.parsed is None or bool(self.parsed.can_fetch(url, self.agent))

    @property
    def delay(self) -> float:
        """The seconds between two requests that the site asks for; 0 if it does not."""
        delay = None if self.parsed is None else self.parsed.crawl_delay(self.agent)
        return min(max(float(delay or 0.0), 0.0), _LONGEST_DELAY)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        return () if self.parsed is None else tuple(self.parsed.sitemaps)


def parse_rules(text: str | None, user_agent: str) -> RobotsRules:
    """The rules in a robots.txt; None, for a site without one, allows everything."""
    agent = user_agent.partition("/")[0].split(" ")[0]
    return RobotsRules(None if text is None else Protego.parse(text), agent)


def decode_rules(body: bytes) -> str:
    """The text of a robots.txt, cut at a line end if it is too long."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", errors="replace")
