"""Errors in the catalog: it says what happened, and recovers, when the API is slow, away or refuses."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from support.worlds.system import BUCKET

PACKAGES = f"/b/{BUCKET}/packages"
ASKED = f"**/api/v1/buckets/{BUCKET}/packages?*"


def refusal(status: int, message: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    body = {"type": "/problems/x", "title": "", "status": status, "detail": message, "message": message}
    allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
    return {
        "status": status,
        "headers": {**allowed, **(headers or {})},
        "content_type": "application/problem+json",
        "body": json.dumps(body),
    }


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (403, "You may not see this"),
        pytest.param(404, "Nothing here", marks=pytest.mark.long),
        pytest.param(409, "That conflicts with what is there", marks=pytest.mark.long),
        pytest.param(413, "That is too large", marks=pytest.mark.long),
        (500, "The server had a problem"),
        pytest.param(503, "The server had a problem", marks=pytest.mark.long),
    ],
)
def test_a_refusal_is_explained_and_tried_again(amy: Page, status: int, title: str) -> None:
    amy.route(ASKED, lambda route: route.fulfill(**refusal(status, "Exactly because.")))
    amy.goto(PACKAGES)
    expect(amy.get_by_role("heading", name=title)).to_be_visible()
    expect(amy.get_by_role("alert")).to_contain_text("Exactly because.")
    amy.unroute(ASKED)
    amy.get_by_role("button", name="Try again").click()
    expect(amy.get_by_role("link", name="amy/wine")).to_be_visible()


def test_too_many_requests_are_tried_again_when_the_server_says(amy: Page) -> None:
    amy.clock.install()
    amy.route(ASKED, lambda route: route.fulfill(**refusal(429, "Slow down.", {"Retry-After": "30"})))
    amy.goto(PACKAGES)
    expect(amy.get_by_role("button", name="Trying again in")).to_be_visible()
    amy.unroute(ASKED)
    for _ in range(30):  # the page counts the seconds one by one
        amy.clock.run_for(1_000)
    expect(amy.get_by_role("link", name="amy/wine")).to_be_visible()


def unplug(page: Page, pattern: str) -> None:
    """Neither what is asked answers, nor the root that is then asked whether anything is there."""
    page.route(pattern, lambda route: route.abort())
    page.route(
        lambda url: urlsplit(url).path == "/",
        lambda route: route.abort() if route.request.method == "HEAD" else route.fallback(),
    )


def test_without_a_connection_it_says_so_and_recovers(amy: Page) -> None:
    unplug(amy, ASKED)
    amy.goto(PACKAGES)
    expect(amy.get_by_role("heading", name="No connection")).to_be_visible()
    amy.unroute(ASKED)
    amy.get_by_role("button", name="Try again").click()
    expect(amy.get_by_role("link", name="amy/wine")).to_be_visible()


@pytest.mark.long
def test_an_answer_that_the_page_may_not_read_is_no_missing_connection(amy: Page) -> None:
    of_another = {"Access-Control-Allow-Origin": "http://another.test"}
    amy.route(ASKED, lambda route: route.fulfill(status=500, body="{}", headers=of_another))
    amy.goto(PACKAGES)
    expect(amy.get_by_role("heading", name="The server had a problem")).to_be_visible()
    expect(amy.get_by_role("alert")).to_contain_text("not in a way that this page can read")


@pytest.mark.long
def test_a_passing_failure_is_not_even_seen(amy: Page) -> None:
    failures = iter([True, False])

    def once(route: Route) -> None:
        if next(failures, False):
            route.fulfill(**refusal(503, "Restarting"))
        else:
            route.continue_()

    amy.route(ASKED, once)
    amy.goto(PACKAGES)
    expect(amy.get_by_role("link", name="amy/wine")).to_be_visible()


def test_a_slow_answer_is_waited_for_visibly(amy: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    amy.clock.install()
    amy.route(ASKED, hold)
    with amy.expect_request(ASKED):
        amy.goto(PACKAGES, wait_until="commit")
    expect(amy.get_by_role("heading", name="Packages", exact=True)).to_be_visible()
    expect(amy.get_by_text("longer than usual")).to_have_count(0)
    amy.clock.run_for(10_000)
    expect(amy.get_by_text("longer than usual")).to_be_visible()
    for route in held:
        route.continue_()
    expect(amy.get_by_role("link", name="amy/wine")).to_be_visible()


def test_an_expired_token_is_renewed_unseen(amy: Page) -> None:
    failures = iter([True, False])

    def once(route: Route) -> None:
        if next(failures, False):
            route.fulfill(**refusal(401, "Expired"))
        else:
            route.continue_()

    amy.route(ASKED, once)
    amy.goto(PACKAGES)
    expect(amy.get_by_role("link", name="amy/wine")).to_be_visible()


def test_a_session_that_ended_elsewhere_leads_to_the_sign_in_and_back(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}")
    expect(amy.get_by_role("link", name="All packages")).to_be_visible()
    amy.route(ASKED, lambda route: route.fulfill(**refusal(401, "Revoked")))
    amy.route("**/api/v1/session/refresh", lambda route: route.fulfill(**refused_renewal(route)))
    amy.get_by_role("link", name="Packages", exact=True).click()
    expect(amy.get_by_role("heading", name="Sign in")).to_be_visible()
    assert f"next=%2Fb%2F{BUCKET}%2Fpackages" in amy.url


def refused_renewal(route: Route) -> dict[str, Any]:
    origin = route.request.headers.get("origin", "*")
    allowed = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
    return refusal(401, "Ended", allowed)


@pytest.mark.long
def test_a_registry_that_is_down_at_the_start(amy: Page) -> None:
    unplug(amy, "**/api/v1/session/refresh")
    amy.goto("/")
    expect(amy.get_by_role("heading", name="No connection")).to_be_visible()
    amy.unroute("**/api/v1/session/refresh")
    amy.get_by_role("button", name="Try again").click()
    expect(amy.get_by_role("heading", name="Buckets")).to_be_visible()


def test_a_next_page_that_fails_keeps_what_is_there(amy: Page) -> None:
    amy.route("**/entries?*cursor=*", lambda route: route.fulfill(**refusal(403, "Not that far")))
    amy.goto(f"{PACKAGES}/amy/wide")
    expect(amy.get_by_role("link", name="file-0000.txt")).to_be_visible()
    scroll_to(amy.get_by_role("alert"))
    expect(amy.get_by_role("alert")).to_contain_text("Not that far")
    amy.unroute("**/entries?*cursor=*")
    amy.get_by_role("button", name="Try again").click()
    scroll_to(amy.get_by_role("link", name="file-1233.txt"))


def scroll_to(wanted: Locator) -> None:
    """Scroll down until it is there."""
    for _ in range(200):
        if wanted.is_visible():
            return
        wanted.page.mouse.wheel(0, 3_000)
        wanted.page.wait_for_timeout(20)
    expect(wanted).to_be_visible()
