"""Whether the service reports that it lags behind its store."""

from __future__ import annotations

import pytest

from recsys.errors import InvalidValueError, StoreError
from recsys.serve import refresh
from recsys.serve.refresh import Refresher


def test_a_failure_is_a_problem_until_the_next_success():
    outcomes = iter([True, StoreError("no"), False])

    def follow() -> bool:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    refresher = Refresher(follow)
    assert refresher() is True
    assert refresher.problem() is None
    with pytest.raises(StoreError):
        refresher()
    assert "log" in str(refresher.problem())
    assert refresher() is False
    assert refresher.problem() is None


def test_unreadable_stored_data_is_not_the_fault_of_a_request():
    def follow() -> bool:
        raise InvalidValueError("first_seen_at", expected="a year", found=1)

    with pytest.raises(StoreError, match="first_seen_at"):
        Refresher(follow)()


def test_a_refresh_that_is_overdue_is_a_problem(monkeypatch: pytest.MonkeyPatch):
    refresher = Refresher(lambda: True)
    monkeypatch.setattr(refresh, "MAX_LAG", -1.0)
    assert "seconds ago" in str(refresher.problem())
