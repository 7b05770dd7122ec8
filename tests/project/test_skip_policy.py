"""A skip is seen, and in CI it fails the run unless it is a known one that is right where it happens."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFTEST = Path(__file__).parents[1] / "conftest.py"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project of one test, with our conftest and no benchmark data beside it."""
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    return pytester


def run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, *, ci: bool, args: str = ""
) -> pytest.RunResult:
    monkeypatch.setenv("CI", "true" if ci else "")
    return project.runpytest_subprocess(*args.split())


SKIPS = "import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip('too tired')\n"
SKIPS_WHOLE_FILE = "import pytest\npytest.importorskip('no_such_library')\n"
WANTS_DATA = "def test_a(): pass\ndef test_b(shared_data): assert shared_data.is_dir()\n"


def test_an_unexpected_skip_fails_the_run_in_ci_and_is_named(project, monkeypatch):
    project.makepyfile(SKIPS)
    result = run(project, monkeypatch, ci=True)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*1 NOT RUN, 1 of them unexpected*", "UNEXPECTED: *::test_b: too tired"])


def test_a_file_that_is_skipped_whole_fails_the_run_in_ci(project, monkeypatch):
    project.makepyfile(SKIPS_WHOLE_FILE, test_other="def test_a(): pass")
    result = run(project, monkeypatch, ci=True)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["UNEXPECTED: *no_such_library*"])


def test_outside_ci_a_skip_is_printed_and_the_run_passes(project, monkeypatch):
    project.makepyfile(SKIPS)
    result = run(project, monkeypatch, ci=False)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["UNEXPECTED: *::test_b: too tired"])


def test_missing_benchmark_data_is_expected_where_its_folder_is_missing(project, monkeypatch):
    project.makepyfile(WANTS_DATA)
    result = run(project, monkeypatch, ci=True)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["expected: *::test_b: no benchmark data: *does not exist"])


def test_where_the_folder_exists_claiming_that_it_is_missing_fails_the_run(project, monkeypatch):
    root = project.mkdir("root")
    project.mkdir("shared").joinpath("data").mkdir()
    (root / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    (root / "test_a.py").write_text(
        "import pytest\ndef test_a(): pytest.skip('no benchmark data')", encoding="utf-8"
    )
    result = run(project, monkeypatch, ci=True, args=f"--rootdir={root} {root}")
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_test_that_takes_the_benchmark_data_bears_its_mark(project, monkeypatch):
    project.makeini("[pytest]\nmarkers = data: needs data\n")
    project.makepyfile(WANTS_DATA)
    result = run(project, monkeypatch, ci=True, args="-m data")
    result.assert_outcomes(skipped=1, deselected=1)


def test_an_expected_failure_is_no_skip(project, monkeypatch):
    project.makepyfile("import pytest\n@pytest.mark.xfail\ndef test_a(): assert 0\ndef test_b(): pass\n")
    result = run(project, monkeypatch, ci=True)
    assert result.ret == pytest.ExitCode.OK
    assert "NOT RUN" not in result.stdout.str()
