"""What is published, changed and taken back in WordPress, in the service and under the posts."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from time import monotonic

import numpy as np
import pytest

from recsys.serve.api_keys import Right
from tests.cms.wordpress.conftest import Herald, eventually
from tests.cms.wordpress.newsroom import STORIES, create
from tests.serve.hosting import Place, serving

pytestmark = pytest.mark.cms

WITHIN = 2.0  # seconds after which what was published is a candidate
QUERY = 150
TEXT = "The lighthouse keeper of Stavewick found a chest of letters from 1871 under the stairs of the old lighthouse."


def shown(page: str) -> list[str]:
    """Addresses of the list on a page, in order."""
    found = re.search(r'<section class="recsys-related.*?</section>', page, re.DOTALL)
    return re.findall(r'<a href="([^"]+)"', found[0]) if found else []


def publish(herald: Herald, title: str, post_id: int | None = None, **more: object) -> dict[str, object]:
    """Publish a post or change one; as it is then."""
    body = {"title": title, "content": f"<p>{title}. {TEXT}</p>", "status": "publish", **more}
    with herald.site.client(editor=True) as client:
        return create(client, body, post_id)


def beside_lighthouse(herald: Herald) -> list[str]:
    """What the service shows beside a text about the lighthouse that nobody published."""
    question = {
        "article": {"url": f"{herald.site.url}/asked", "headline": "Letters in the lighthouse", "body": TEXT},
        "k": 8,
    }
    with herald.served.client() as client:
        return [item["url"] for item in client.post("/v1/related", json=question).json()["items"]]


def is_candidate(herald: Herald, link: str) -> bool:
    return link in beside_lighthouse(herald)


def test_every_story_that_was_published_is_known(herald: Herald):
    with herald.served.client() as client:
        assert client.get("/readyz").json()["articles"] >= STORIES
    assert herald.site.php("return Recsys_Related\\Stories::counts();")["waiting"] == 0


def test_a_new_post_is_a_candidate_within_two_seconds_and_what_changes_in_it_is_known(herald: Herald):
    took, last = [], {}
    for number in range(5):
        last = publish(herald, f"Letters found in the lighthouse of Stavewick, part {number}")
        began = monotonic()
        link = str(last["link"])
        assert eventually(partial(is_candidate, herald, link), within=WITHIN)
        took.append(monotonic() - began)
    print(f"a candidate {max(took):.2f} s after REST answered, at most")
    assert herald.candidates(str(last["link"]))

    changed = publish(
        herald, "Keeper reads the letters aloud", int(str(last["id"])), slug="letters-read-aloud"
    )
    assert changed["link"] != last["link"]
    assert eventually(
        lambda: changed["link"] in (now := beside_lighthouse(herald)) and last["link"] not in now
    )


def test_the_list_under_a_post_has_what_belongs_to_it(herald: Herald):
    found, far = [], []
    for query in range(QUERY, STORIES, 10):
        urls = shown(herald.page(herald.link(query)))
        assert len(urls) == 5
        rows = [
            herald.posted.row_of(url) for url in urls if url in {post["link"] for post in herald.posted.posts}
        ]
        assert query not in rows
        found += [herald.posted.relation(query, row) for row in rows[:2]]
        far += [herald.posted.relation(query, row) for row in range(STORIES) if row != query]
    assert np.mean(found) > np.mean(far) + 2 * np.std(far)


def test_a_trashed_post_is_gone_at_once_and_comes_back(herald: Herald):
    query = herald.link(QUERY)
    gone = next(url for url in shown(herald.page(query)))
    post = herald.posted.posts[herald.posted.row_of(gone)]
    with herald.site.client(editor=True) as client:
        client.delete(f"/wp-json/wp/v2/posts/{post['id']}").raise_for_status()
        assert gone not in shown(herald.page(query))  # from the list that is kept
        assert eventually(lambda: gone not in herald.candidates(query), within=WITHIN)
        herald.site.php(f"wp_untrash_post( {post['id']} ); return wp_publish_post( {post['id']} );")
    assert eventually(lambda: gone in herald.candidates(query), within=WITHIN)
    herald.forget_lists()
    assert gone in shown(herald.page(query))


@pytest.mark.parametrize(
    "hidden", [{"status": "private"}, {"status": "draft"}, {"password": "secret"}], ids=str
)
def test_what_is_not_for_everybody_is_withdrawn(herald: Herald, hidden: dict[str, str]):
    post = publish(herald, f"Lighthouse for {next(iter(hidden.values()))} eyes")
    link = str(post["link"])
    assert eventually(lambda: link in beside_lighthouse(herald), within=WITHIN)
    with herald.site.client(editor=True) as client:
        create(client, hidden, int(str(post["id"])))
    assert eventually(lambda: link not in beside_lighthouse(herald), within=WITHIN)


def test_pinned_stories_stand_first_and_an_excluded_one_in_no_list(herald: Herald):
    query, pin = (herald.posted.posts[row] for row in (QUERY + 1, 3))
    before = shown(herald.page(query["link"]))
    with herald.site.client(editor=True) as client:
        create(client, {"meta": {"_recsys_related_pins": [pin["id"], query["id"], 999_999]}}, query["id"])
        now = shown(herald.page(query["link"]))
        assert now[0] == pin["link"] not in before
        assert len(now) == 5
        assert query["link"] not in now

        link = before[0]
        row = herald.posted.row_of(link)
        create(client, {"meta": {"_recsys_related_exclude": True}}, herald.posted.posts[row]["id"])
        assert link not in shown(herald.page(query["link"]))
        assert eventually(lambda: link not in herald.candidates(query["link"]), within=WITHIN)
        own = [herald.posted.row_of(url) for url in shown(herald.page(link))]
        assert herald.posted.relation(row, own[0]) > 0, "it has a list of its own, of what belongs to it"
        assert herald.site.php("return Recsys_Related\\Stories::counts();")["waiting"] == 0
        create(client, {"meta": {"_recsys_related_exclude": False}}, herald.posted.posts[row]["id"])
        assert eventually(lambda: link in herald.candidates(query["link"]), within=WITHIN)
        create(client, {"meta": {"_recsys_related_pins": []}}, query["id"])


def test_what_is_saved_while_the_service_is_down_is_sent_when_it_is_back(herald: Herald, tmp_path):
    place = Place(tmp_path)
    key = place.add_key("wordpress", Right.WRITE)
    with serving(place) as once:
        herald.set(url=once.url, key=key)
    herald.site.php("return update_option( 'testing_breaker_seconds', 1 );")
    try:
        began = monotonic()
        post = publish(herald, "Storm takes the lighthouse lamp")
        assert monotonic() - began < 3
        with serving(place, port=once.port) as back, back.client() as client:

            def known() -> bool:
                herald.site.cron()
                return client.get("/v1/related", params={"url": str(post["link"])}).status_code == 200

            assert eventually(known, within=10)
    finally:
        herald.site.php("return delete_option( 'testing_breaker_seconds' );")
        herald.set()
        herald.forget_lists()


def test_the_archive_is_sent_in_the_background_and_says_how_far_it_is(herald: Herald, tmp_path):
    place = Place(tmp_path)
    key = place.add_key("wordpress", Right.WRITE)
    with serving(place) as fresh, fresh.client() as client:
        herald.set(url=fresh.url, key=key)
        begun = herald.site.php("return Recsys_Related\\Archive::begin( new WP_REST_Request() );")
        try:
            assert begun["left"] == begun["total"] >= STORIES
            herald.site.php("return Recsys_Related\\Stories::give_archive( true );")
            for _ in range(20):
                herald.site.cron()
                if not herald.site.php("return Recsys_Related\\Archive::progress();")["left"]:
                    break
            progress = herald.site.php("return Recsys_Related\\Archive::progress();")
            assert (progress["left"], progress["refused"]) == (0, 0)
            assert client.get("/readyz").json()["articles"] == progress["known"] >= STORIES - 1
            items = client.get("/v1/related", params={"url": herald.link(QUERY), "k": 3}).json()["items"]
            for item in items:  # seen when it was published, not when it was sent
                assert datetime.fromisoformat(item["first_seen_at"]) == datetime.fromisoformat(
                    item["published_at"]
                )
        finally:
            herald.set()


def test_the_sites_own_ranking_is_sent(herald: Herald):
    popular = [herald.posted.posts[row]["id"] for row in (190, 180, 170)]
    herald.site.php(
        f"foreach ( array( {', '.join(map(str, popular))} ) as $n => $id ) {{ update_post_meta( $id, 'post_views_count', 900 - $n ); }}"
        "return 1;"
    )
    herald.set(popular="views")
    try:
        assert herald.site.php("return Recsys_Related\\Popular::ranking( 'views' );") == popular
        assert herald.site.php("return Recsys_Related\\Popular::send();") is True
        with herald.served.client() as client:
            metrics = client.get("/metrics").text
        assert 'recsys_written_total{kind="lists"} 1.0' in metrics
        with herald.served.client() as client:
            assert client.get("/v1/popular", params={"k": 3}).json()["items"][0]["url"] == herald.link(190)
    finally:
        herald.set()
