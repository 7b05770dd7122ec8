"""What every test can rely on: the benchmark data, how hypothesis searches, which skips CI puts up with."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

IN_CI = os.environ.get("CI", "").lower() in {"true", "1"}

# The same examples in every run and no limit on their time: a busy machine must not decide whether CI passes.
settings.register_profile(
    "ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("dev", deadline=1000)  # ms; a parser that hangs on one example is noticed
settings.load_profile("ci" if IN_CI else "dev")


@dataclass(frozen=True)
class ExpectedSkip:
    """A skip that CI accepts: how its reason begins, and what must be so at this root for it to be right."""

    reason: str
    holds: Callable[[Path], bool]


def shared_data_of(root: Path) -> Path:
    return root.parent / "shared" / "data"


def may_mount() -> bool:
    """Whether this process has the capability CAP_SYS_ADMIN; only Linux tells."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    held = next((line.split()[1] for line in lines if line.startswith("CapEff")), "0")
    return bool(int(held, 16) >> 21 & 1)


EXPECTED_SKIPS = (
    # The benchmark data is other people's text: it lies beside the project, never in it.
    ExpectedSkip("no benchmark data", lambda root: not shared_data_of(root).is_dir()),
    # An unpacked source distribution has no list of tracked files to look through.
    ExpectedSkip("no git work tree", lambda root: not (root / ".git").exists()),
    # Tests of pages install a browser where they may: as root on Debian, as CI does.
    ExpectedSkip("no Chromium", lambda _: shutil.which("apt-get") is None or os.geteuid() != 0),
    # Debian's WordPress and MariaDB are installed where that is possible, as for Chromium.
    ExpectedSkip("no WordPress", lambda _: shutil.which("apt-get") is None or os.geteuid() != 0),
    # WordPress's coding standard comes by Composer or npm, neither of which a newcomer needs.
    ExpectedSkip("no rules for phpcs", lambda _: shutil.which("npm") is None),
    # A full disk is made by mounting a small one, which takes root, and in a container a right to mount.
    ExpectedSkip("no small disk", lambda _: os.geteuid() != 0 or not may_mount()),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh-documents", action="store_true", help="write what the documents show anew")


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """The folder of benchmark data beside the project; a test that takes it bears the mark `data`."""
    folder = shared_data_of(pytestconfig.rootpath)
    if not folder.is_dir():
        pytest.skip(f"no benchmark data: {folder} does not exist")
    return folder


@pytest.hookimpl(tryfirst=True)  # before -m chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker("data")
    slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(key=lambda item: item.path not in slow)  # first, so that no process works on alone at the end


@dataclass(frozen=True)
class Skip:
    """A test that did not run, and the reason it gave."""

    test: str
    reason: str

    def is_expected(self, root: Path) -> bool:
        return any(self.reason.startswith(known.reason) and known.holds(root) for known in EXPECTED_SKIPS)


class SkipPolicy:
    """Prints every skip in a closing section; in CI a skip that is not in EXPECTED_SKIPS fails the run."""

    def __init__(self, root: Path, *, strict: bool) -> None:
        self.root = root
        self.strict = strict
        self.skips: list[Skip] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.skips.append(Skip(report.nodeid, reason.removeprefix("Skipped: ")))

    def _unexpected(self) -> Iterator[Skip]:
        return (skip for skip in self.skips if not skip.is_expected(self.root))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.strict and session.exitstatus == pytest.ExitCode.OK and any(self._unexpected()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.skips:
            return
        unexpected = list(self._unexpected())
        terminalreporter.section(f"{len(self.skips)} NOT RUN, {len(unexpected)} of them unexpected", red=True)
        for skip in self.skips:
            label = "UNEXPECTED" if skip in unexpected else "expected"
            terminalreporter.write_line(f"{label}: {skip.test}: {skip.reason}")
        if unexpected and self.strict:
            terminalreporter.write_line(
                "This run fails for the unexpected ones: EXPECTED_SKIPS in tests/conftest.py."
            )


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a background job; commands would inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    places = (str(config.rootpath), os.environ.get("PYTHONPATH", ""))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, places))  # processes run this checkout too
    config.pluginmanager.register(SkipPolicy(config.rootpath, strict=IN_CI), "skip-policy")
