"""The command in a working directory of its own, as the tests of the command line have it."""

from tests.cli.conftest import recsys, workplace

__all__ = ["recsys", "workplace"]
