"""Tests on PostgreSQL are there only where RECSYS_TEST_POSTGRESQL names a database that they may fill."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("RECSYS_TEST_POSTGRESQL") else ["test_postgresql.py"]
