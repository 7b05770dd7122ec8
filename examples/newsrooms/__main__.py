"""Writes the site of an invented newsroom to a folder: `python -m examples.newsrooms OUT`."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from examples.newsrooms import NEWSROOMS, load_newsroom, topics_by_url, write_site


def main() -> None:
    """Write the site, and on request the topic of every story."""
    parser = argparse.ArgumentParser(prog="python -m examples.newsrooms", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the site; created if missing")
    parser.add_argument("--newsroom", choices=NEWSROOMS, default="english")
    parser.add_argument("--base-url", help="address of the site; the newsroom's own by default")
    parser.add_argument(
        "--before",
        type=_parse_moment,
        metavar="MOMENT",
        help="move the stories by whole weeks so that the last was published in the week before, "
        "such as 2026-11-30T12:00:00Z; by default they keep the dates of their file",
    )
    parser.add_argument(
        "--topics",
        type=Path,
        metavar="FILE",
        help="also write address and topic of every story, tab-separated",
    )
    arguments = parser.parse_args()
    newsroom = load_newsroom(arguments.newsroom)
    if arguments.before is not None:
        newsroom = newsroom.moved_before(arguments.before)
    files = write_site(newsroom, arguments.out, arguments.base_url)
    if arguments.topics is not None:
        topics = topics_by_url(newsroom, arguments.base_url)
        lines = [f"{url}\t{topic or ''}\n" for url, topic in topics.items()]
        arguments.topics.write_text("".join(lines), encoding="utf-8")
    print(
        f"{newsroom.name}: {len(newsroom.stories)} stories in {len(files)} files written to {arguments.out}."
    )


def _parse_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"expected a time zone, such as {text}Z")
    return moment


if __name__ == "__main__":
    main()
