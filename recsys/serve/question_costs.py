"""What a question costs, estimated before it is computed, in units of a plain one (about 8 ms of a core).

Measured on 2,400 stories: 100 headlines cost 2 to 2.5, an explanation 4 and 1 for each headline, a draft of
300 kB 9. A window makes no question dearer: without one the whole store is looked at, which is the default.
"""

from __future__ import annotations

PLAIN_HEADLINES = 20
"""Headlines of a question that costs 1."""
EXPLAINED_WITHOUT_KEY = 5
"""Headlines that anybody may have explained; more take a key."""
OVERVIEW_COST = 1.0
"""Of the page for people, without a story to try."""


def question_cost(headlines: int, *, explain: bool = False, characters: int = 0) -> float:
    """The cost of a question for so many headlines; `characters` are those of a draft that is sent along."""
    cost = 1.0 + max(headlines - PLAIN_HEADLINES, 0) / 80 + characters / 30_000
    return cost + 4 + headlines if explain else cost
