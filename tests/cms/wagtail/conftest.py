"""Sites that the tests of the Python CMSs share."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import open_browser
from tests.cms.wagtail.hosting import Site, make_site, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("cms")


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    if importlib.util.find_spec("wagtail") is None:
        pytest.skip("no CMS: make cms-setup installs Django and Wagtail")


@pytest.fixture(scope="session")
def wagtail_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A Wagtail site with 200 stories of the simulated newsroom, which recommends in its own process."""
    site = make_site(tmp_path_factory.mktemp("wagtail"), "wagtail")
    site.fill(200)
    with running(site):
        site.log_in("admin/login/")
        yield site


@pytest.fixture(scope="session")
def plain_base(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site on Django alone, not running, without stories: to be copied."""
    return make_site(tmp_path_factory.mktemp("plain"), "plain")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened
