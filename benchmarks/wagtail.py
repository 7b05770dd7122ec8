"""What recommending in-process adds to a page view of a real Wagtail site, measured side by side in one run.

    make cms-setup
    python -m benchmarks.wagtail [--stories 400]

The site of `tests/cms/wagtail` is filled with the simulated newsroom and served by `runserver`. Every page is
asked for with the list and without it, in turn, so that whatever else the machine does meets both alike.
"""

from __future__ import annotations

import argparse
import http.client
import random
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.cms.wagtail.hosting import Site, make_site, running, wait_for

ROUNDS = 30


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stories", type=int, default=400)
    stories = parser.parse_args().stories
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(Path(folder), "wagtail")
        site.fill(stories)
        with running(site):
            paths = [each.path for each in site.stories]
            wait_for(lambda: site.shown(paths[-1]), within=120)
            chance = random.Random(0)
            print("| views | without, ms | with, ms | added, ms |\n| --- | ---: | ---: | ---: |")
            report(site, f"one page, {ROUNDS} times", [paths[-1]] * ROUNDS)
            many = chance.sample(paths[:-1], min(200, stories - 1))
            report(site, f"{len(many)} pages, each for the first time", many)
            report(site, f"the same {len(many)} again", many)


def report(site: Site, what: str, paths: list[str]) -> None:
    """A row: the medians, and what lies between them."""
    bare, whole = [], []
    for path in paths:
        bare.append(took(site, f"{path}?bare"))
        whole.append(took(site, path))
    print(
        f"| {what} | {median(bare):.2f} | {median(whole):.2f} | {median(whole) - median(bare):.2f} |",
        flush=True,
    )


def took(site: Site, path: str) -> float:
    """Milliseconds of one view, on a connection of its own: on one that is kept both ends wait for each other.

    (Nagle's algorithm and delayed acknowledgements: 40 ms for every page of `runserver`.)
    """
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    began = time.perf_counter()
    connection.request("GET", path, headers={"Connection": "close"})
    answer = connection.getresponse()
    page = answer.read()
    ended = time.perf_counter()
    connection.close()
    assert answer.status == 200
    assert ("?bare" in path) is not (b"recsys-headline" in page)
    return 1_000 * (ended - began)


if __name__ == "__main__":
    main()
