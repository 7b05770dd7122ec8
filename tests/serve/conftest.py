"""Servers that tests of a file share, each on a store of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from recsys.serve.api_keys import Right
from tests.newsroom import newsroom
from tests.serve.hosting import Served, fill, serving

SITE_OF_READERS = "https://www.harbour.example"


@dataclass(frozen=True)
class Open:
    """A server, and clients with all keys there are, and with none."""

    served: Served
    keyed: httpx.Client
    plain: httpx.Client


@pytest.fixture(scope="module")
def newsdesk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """A server of the small newsroom; the tests of a file share it, and write what others do not look at."""
    place = fill(tmp_path_factory.mktemp("served"), newsroom())
    key = place.add_key("cms", *Right)
    with serving(place, "--origin", SITE_OF_READERS, "--rate", "5000", "--close-after", "1m") as served:
        with served.client(key) as keyed, served.client() as plain:
            yield Open(served, keyed, plain)
        assert "Traceback" not in served.said()
