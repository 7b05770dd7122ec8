"""What recommending adds to a page view of a real Wagtail site, in-process and over HTTP, all in one run.

    make cms-setup
    python -m benchmarks.wagtail [--stories 400]

The site of `tests/cms/wagtail` is filled with the simulated newsroom and served by `runserver`. Every page is
asked for with the list and without it, in turn, so that whatever else the machine does meets both alike.
"""

from __future__ import annotations

import argparse
import http.client
import random
import socket
import tempfile
import time
from pathlib import Path
from statistics import median

from recsys.serve.api_keys import Right
from tests.cms.wagtail.hosting import Site, copy_site, make_site, running, wait_for
from tests.serve.hosting import Place, free_port, serving

ROUNDS = 30


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stories", type=int, default=400)
    stories = parser.parse_args().stories
    print("| views | without, ms | with, ms | added, ms |\n| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = make_site(folder / "site", "wagtail")
        site.fill(stories)
        paths = random.Random(0).sample([each.path for each in site.stories], min(200, stories))
        measure("in-process", site, paths)
        with serving(Place(folder)) as served:
            key = Place(folder).add_key("site", Right.WRITE)
            alive = copy_site(site, folder / "alive", URL=served.url, KEY=key)
            alive.manage("shell", "-c", _TELL_ANEW.format(alive.port))
            alive.manage("recsys_sync")
            measure("over HTTP", alive, paths)
        dead = copy_site(site, folder / "dead", URL=f"http://127.0.0.1:{free_port()}")
        measure("dead service", dead, paths, has_list=False)
        with socket.create_server(("127.0.0.1", 0)) as hanging:  # accepts, and never answers
            port = hanging.getsockname()[1]
            hung = copy_site(site, folder / "hung", URL=f"http://127.0.0.1:{port}")
            measure("hanging service", hung, paths, has_list=False)


_TELL_ANEW = (
    "from recsys.integrations.django.models import Story; Story.objects.all().delete(); "
    "from wagtail.models import Site; Site.objects.update(port={})"
)


def measure(what: str, site: Site, paths: list[str], *, has_list: bool = True) -> None:
    """Three rows: one page again and again, many pages for the first time, and again."""
    with running(site):
        if has_list:
            wait_for(lambda: site.shown(paths[0]), within=120)
        for how, asked in (
            (f"one page, {ROUNDS} times", paths[:1] * ROUNDS),
            (f"{len(paths) - 1} pages, each for the first time", paths[1:]),
            ("the same again", paths[1:]),
        ):
            report(site, f"{what}: {how}", asked, has_list)


def report(site: Site, what: str, paths: list[str], has_list: bool) -> None:
    """A row: the medians, and what lies between them."""
    bare, whole = [], []
    for path in paths:
        bare.append(took(site, f"{path}?bare", has_list=False))
        whole.append(took(site, path, has_list))
    without, with_it = median(bare), median(whole)
    print(f"| {what} | {without:.2f} | {with_it:.2f} | {with_it - without:.2f} |", flush=True)


def took(site: Site, path: str, has_list: bool) -> float:
    """Milliseconds of one view, on a connection of its own.

    On one that is kept both ends wait for each other, 40 ms a page (Nagle, delayed acknowledgements).
    """
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    began = time.perf_counter()
    connection.request("GET", path, headers={"Connection": "close"})
    answer = connection.getresponse()
    page = answer.read()
    ended = time.perf_counter()
    connection.close()
    assert answer.status == 200
    assert (b"recsys-headline" in page) is has_list
    return 1_000 * (ended - began)


if __name__ == "__main__":
    main()
