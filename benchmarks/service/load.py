"""Load by wrk: one address again and again, or another question every time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

SIZES, DIALS = 20, 89
"""How many headlines and how many dials the questions ask for."""

_TELL = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\nSUMMARY {"requests":%d,"seconds":%.3f,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
"""
_MIXED = """
local urls = {}
for line in io.lines("%s") do urls[#urls + 1] = line end
local at = 0
request = function()
  local url = urls[at %% #urls + 1]
  local k = at %% %d + 1
  local dial = (math.floor(at / #urls) * 7 + at) %% %d
  at = at + 1
  local asked = "/v1/related?url=%%s&k=%%d&dial=0.%%02d&exclude=https://x.example/%%d"
  return wrk.format("GET", string.format(asked, url, k, dial, at))
end
"""


class Measured(TypedDict):
    """What wrk says of one run."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    per_s: float


def ask_same(url: str, work: Path, *, seconds: int, connections: int) -> Measured:
    """The same address again and again."""
    return _wrk(url, _script(work / "same.lua", _TELL), seconds, connections)


def ask_anew(server: str, urls: Sequence[str], work: Path, *, seconds: int, connections: int) -> Measured:
    """Beside every address in turn, and never the same question twice: no cache can answer."""
    listed = work / "urls.txt"
    listed.write_text("\n".join(quote(url, safe="") for url in urls) + "\n", encoding="ascii")
    script = _script(work / "anew.lua", _MIXED % (listed, SIZES, DIALS) + _TELL)
    return _wrk(server, script, seconds, connections)


def _script(path: Path, said: str) -> Path:
    path.write_text(said, encoding="utf-8")
    return path


def _wrk(url: str, script: Path, seconds: int, connections: int) -> Measured:
    """One thread asks: it can ask several times more than one process answers."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), url]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60)
    line = next(line for line in done.stdout.splitlines() if line.startswith("SUMMARY "))
    summary = json.loads(line.removeprefix("SUMMARY "))
    return Measured(**summary, per_s=round(summary["requests"] / summary["seconds"], 1))
