"""The hierarchy drawn in recsys/errors.py is the whole hierarchy."""

from __future__ import annotations

import ast
import re

from recsys import errors
from tests.project.test_code_rules import MODULES


def drawn() -> dict[str, str]:
    """The base of every error in the docstring's tree."""
    bases, path = {}, list[str]()
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"([│ ]*(?:[├└]── )?)(\w+Error)\b", line)
        if match:
            depth = len(match[1]) // 4
            bases[match[2]] = path[depth - 1] if depth else "Exception"
            path[depth:] = [match[2]]
    return bases


def defined() -> dict[str, str]:
    """The base of every subclass of RecsysError in our source."""
    bases = {
        node.name: ast.unparse(node.bases[0])
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error") and node.bases
    }

    def is_ours(name: str) -> bool:
        return name == "RecsysError" or (name in bases and is_ours(bases[name]))

    return {name: base for name, base in bases.items() if is_ours(name)}


def test_the_drawing_is_the_hierarchy():
    assert drawn() == defined()
