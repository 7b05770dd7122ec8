"""The client that used the compute slot least is next; a full queue keeps what is due first."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial

import pytest

from recsys.serve.fair_queue import FairQueue, OverloadError, query_cost
from recsys.serve.limits import ConcurrencyLimit, Rate, RateLimit, network_of


def served_order(
    queue: FairQueue, queries: list[tuple[str, float]]
) -> tuple[list[str], list[BaseException | None]]:
    """The order in which clients that queue for a busy slot are served, and their errors."""
    served: list[str] = []

    async def run() -> list[BaseException | None]:
        gate = threading.Event()
        first = asyncio.create_task(queue.run(gate.wait, client="first", cost=1))
        await asyncio.sleep(0)
        tasks = [
            asyncio.create_task(queue.run(partial(served.append, client), client=client, cost=cost))
            for client, cost in queries
        ]
        await asyncio.sleep(0)
        gate.set()
        await first
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        return [each if isinstance(each, BaseException) else None for each in outcomes]

    return served, asyncio.run(run())


def test_clients_take_turns_however_many_queries_one_of_them_has():
    served, errors = served_order(FairQueue(), [("a", 1)] * 5 + [("b", 1)] * 2 + [("c", 1)])
    assert errors == [None] * 8
    assert served == ["a", "b", "c", "a", "b", "a", "a", "a"]


def test_expensive_queries_wait_for_cheap_ones():
    served, _ = served_order(FairQueue(), [("expensive", 10), ("expensive", 10)] + [("cheap", 1)] * 12)
    assert served == ["cheap"] * 9 + ["expensive"] + ["cheap"] * 3 + ["expensive"]


def test_one_client_cannot_fill_the_queue():
    _, errors = served_order(FairQueue(most=64, per_client=4), [("a", 1)] * 6 + [("b", 1)])
    assert [isinstance(each, OverloadError) for each in errors] == [False] * 4 + [True] * 2 + [False]


def test_a_full_queue_displaces_what_is_due_last():
    queue = FairQueue(most=4, per_client=4)
    served, errors = served_order(queue, [("a", 5), ("a", 5), ("b", 5), ("reader", 1), ("c", 50)])
    assert served == ["reader", "a", "b"]
    assert [isinstance(each, OverloadError) for each in errors] == [False, True, False, False, True]
    assert queue.size == 0


def test_a_client_that_is_cancelled_leaves_the_queue():
    async def run() -> int:
        queue, gate = FairQueue(), threading.Event()
        first = asyncio.create_task(queue.run(gate.wait, client="first", cost=1))
        await asyncio.sleep(0)
        second = asyncio.create_task(queue.run(int, client="second", cost=1))
        await asyncio.sleep(0)
        second.cancel()
        gate.set()  # the slot may come free before the cancelled task has run
        await first
        await asyncio.gather(second, return_exceptions=True)
        assert await queue.run(lambda: 7, client="third", cost=1) == 7
        return queue.size

    assert asyncio.run(run()) == 0


def test_the_queue_forgets_clients():
    queue = FairQueue()

    async def run() -> None:
        for number in range(200):
            await queue.run(int, client=str(number), cost=1)

    asyncio.run(run())
    assert not queue._due
    assert not queue._count_by_client


def test_an_expensive_query_is_paid_for_before_the_next():
    now = [0.0]
    limit = RateLimit(Rate(2, 10), clock=lambda: now[0])
    assert limit.take("a") == 0
    limit.charge("a", 19)
    assert limit.take("a") == 6  # from -10 to 1 at 2 a second
    assert limit.take("b") == 0
    now[0] = 6.0
    assert limit.take("a") == 0


def test_slots_are_released_and_limited_per_client():
    limit = ConcurrencyLimit(3, 2)
    assert [limit.enter(client) for client in "aaabb"] == [True, True, False, True, False]
    limit.leave("a")
    assert limit.enter("b")
    assert limit.taken == 3


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        (":" * 1_000, ":" * 64),
        ("x" * 1_000, "x" * 64),
    ],
)
def test_addresses_of_one_customer_are_one_client(address: str, network: str):
    assert network_of(address) == network


def test_costs_of_worked_examples():
    assert query_cost(10) == 1
    assert query_cost(100) == 2
    assert query_cost(5, explain=True) == 10
    assert query_cost(10, characters=60_000) == 3


def test_a_queue_of_thousands_of_clients_is_served_in_linear_time():
    def seconds(count: int) -> float:
        queue = FairQueue(most=64, per_client=4)

        async def run() -> None:
            await asyncio.gather(
                *(queue.run(int, client=str(n), cost=1) for n in range(count)), return_exceptions=True
            )

        began = time.process_time()
        asyncio.run(run())
        return time.process_time() - began

    small = min(seconds(2_000) for _ in range(3))
    assert min(seconds(4_000) for _ in range(3)) < 2.4 * small + 0.05
