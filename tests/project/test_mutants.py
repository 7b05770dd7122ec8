"""The mutations of tests/mutants.py still apply to the code, and name tests that exist."""

from __future__ import annotations

import pytest

from tests.mutants import MUTANTS, ROOT, applied


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutation_applies_once_and_names_its_tests(mutant):
    text = (ROOT / "recsys" / mutant.file).read_text(encoding="utf-8")
    assert applied(mutant, text) != text
    assert (ROOT / "tests" / mutant.tests).exists()
