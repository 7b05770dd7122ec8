"""The command `recsys`: each command parses, calls one library function, prints."""

from recsys.cli.root import app, main

__all__ = ["app", "main"]
