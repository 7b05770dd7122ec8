"""How many views and clicks count for one client, one page and one token."""

from __future__ import annotations

import pytest

from recsys.serve.impression_tokens import ShownList
from recsys.serve.limits import HOUR, PER_CLIENT, PER_PAGE, PER_TOKEN, EventLimits, network_of
from tests.newsroom import SITE, address


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> EventLimits:
    return EventLimits(clock)


def beside(slug: object) -> ShownList:
    return ShownList(SITE, address(slug), 0, ((address(1), "Story 1"),))


def count(limits: EventLimits, tries: int, *, click: bool, many: str = "") -> int:
    """How many of so many events are within the limits, where what `many` names is another each time."""
    return sum(
        limits.take(
            beside(n if "page" in many else 0),
            f"said.{n if 'token' in many else 0}",
            client=f"192.0.{n // 250}.{n % 250}" if "client" in many else "192.0.2.1",
            click=click,
        )
        for n in range(tries)
    )


@pytest.mark.parametrize("click", [False, True])
def test_one_client_has_its_share_of_an_hour_and_then_another_one(
    limits: EventLimits, clock: Clock, click: bool
):
    most = PER_CLIENT.clicks if click else PER_CLIENT.views
    assert count(limits, 2 * most, click=click, many="page token") == most
    clock.now += HOUR - 1
    assert count(limits, 5, click=click, many="page token") == 0
    assert count(limits, 5, click=click, many="page token client") == 5
    clock.now += 2
    assert count(limits, 2 * most, click=click, many="page token") == most


def test_clicks_leave_the_views_of_a_client_alone(limits: EventLimits):
    assert count(limits, 2 * PER_CLIENT.clicks, click=True, many="page token") == PER_CLIENT.clicks
    assert count(limits, 10, click=False, many="page token") == 10


def test_all_clients_together_have_the_share_of_a_page(limits: EventLimits, clock: Clock):
    assert count(limits, PER_PAGE.clicks + 50, click=True, many="token client") == PER_PAGE.clicks
    clock.now += HOUR + 1
    assert count(limits, PER_PAGE.clicks + 50, click=True, many="token client") == PER_PAGE.clicks


def test_a_token_is_used_up_however_long_it_takes(limits: EventLimits, clock: Clock):
    counted = 0
    for _ in range(PER_TOKEN.clicks // PER_PAGE.clicks + 3):
        counted += count(limits, PER_PAGE.clicks, click=True, many="client")
        clock.now += HOUR + 1
    assert counted == PER_TOKEN.clicks


def test_a_server_with_a_key_has_no_limit_of_its_own_but_the_pages_have_theirs(limits: EventLimits):
    taken = [limits.take(beside(n % 9), f"x.{n}", client=None, click=True) for n in range(9 * 500)]
    assert sum(taken) == 9 * PER_PAGE.clicks


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_network_of_ipv6_is_one_client(address: str, network: str):
    assert network_of(address) == network
