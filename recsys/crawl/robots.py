"""What a robots.txt allows (RFC 9309), and how long the absence of an answer counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from protego import Protego

HOLDS = timedelta(hours=24)
"""How long a robots.txt counts before it is asked for again (RFC 9309, 2.4)."""
STALE_HOLDS = timedelta(hours=24)
"""How long an old one goes on counting where it cannot be fetched again (RFC 9309, 2.4)."""
MAX_BYTES = 500 * 2**10
"""What is read of a robots.txt (RFC 9309, 2.5); the rest counts as not there."""
_LONGEST_DELAY = 60.0  # seconds; a longer one would mean a few hundred pages a day


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules for us: our name is what stands before the first slash of the user agent."""

    parsed: Protego | None
    agent: str

    def allow(self, url: str) -> bool:
        return self.parsed is None or bool(self.parsed.can_fetch(url, self.agent))

    @property
    def delay(self) -> float:
        """Seconds between two requests as the site asks for them; 0 where it does not."""
        asked = None if self.parsed is None else self.parsed.crawl_delay(self.agent)
        return min(max(float(asked or 0.0), 0.0), _LONGEST_DELAY)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        return () if self.parsed is None else tuple(self.parsed.sitemaps)


def parse_rules(text: str | None, user_agent: str) -> RobotsRules:
    """The rules in the text of a robots.txt; None, where a site has none, allows everything."""
    agent = user_agent.partition("/")[0].split(" ")[0]
    return RobotsRules(None if text is None else Protego.parse(text), agent)


def decode_rules(body: bytes) -> str:
    """The text of a robots.txt, cut at the end of a line where it is too long."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", errors="replace")
