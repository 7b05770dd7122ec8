"""What a service says of itself when it falls behind its store."""

from __future__ import annotations

import pytest

from recsys.errors import InvalidValueError, StoreError
from recsys.serve import readiness
from recsys.serve.readiness import Follower


def test_a_failure_is_a_problem_until_the_next_success():
    outcomes = iter([True, StoreError("no"), False])

    def follow() -> bool:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    follower = Follower(follow)
    assert follower() is True
    assert follower.problem() is None
    with pytest.raises(StoreError):
        follower()
    assert "log" in str(follower.problem())
    assert follower() is False
    assert follower.problem() is None


def test_what_is_stored_and_cannot_be_read_is_no_fault_of_a_request():
    def follow() -> bool:
        raise InvalidValueError("first_seen_at", expected="a year", found=1)

    with pytest.raises(StoreError, match="first_seen_at"):
        Follower(follow)()


def test_who_has_not_looked_for_long_is_behind(monkeypatch: pytest.MonkeyPatch):
    follower = Follower(lambda: True)
    monkeypatch.setattr(readiness, "PATIENCE", -1.0)
    assert "seconds ago" in str(follower.problem())
