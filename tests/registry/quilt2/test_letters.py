"""Mails about packages."""

import pytest
from support.worlds.quilt2_world import Quilt2World, group, root

from registry.settings import Quilt2Settings
from shared.schemas.letter import PackageLetter

TREE = root(foo=group())


@pytest.fixture(autouse=True)
def none_yet(registry: Quilt2World) -> None:
    registry.auth.posted.clear()


async def test_an_address_is_invited_to_a_package_once(registry: Quilt2World) -> None:
    await registry.pushed(TREE)
    for address in ("Cat@Example.com", "cat@example.com"):
        assert (await registry.ask("amy", "PUT", f"access/amy/wine/{address}")).json() == {}
    assert (await registry.ask("bob", "PUT", "access/amy/wine/eve@example.com")).status_code == 403
    invited = PackageLetter(kind="shared", package="amy/wine", by="amy", email="cat@example.com")
    assert registry.auth.posted == [invited]


@pytest.mark.parametrize(
    "address",
    ["a%40b..c", ".x%40y.z", "%3Ca%40b.c%3E", "a%40b%40c", "%40", "a%20b%40example.com", "amy%40b%C3%BCcher.de"],
)
async def test_a_package_cannot_be_shared_with_an_address_that_takes_no_mail(
    registry: Quilt2World, address: str
) -> None:
    await registry.pushed(TREE)
    assert await registry.status("amy", "PUT", f"access/amy/wine/{address}") == (400, "Invalid email.")
    assert (await registry.get("amy", "invite/amy/wine/"))["invitations"] == []
    assert registry.auth.posted == []


async def test_owners_get_a_mail_about_comments(registry: Quilt2World) -> None:
    await registry.pushed(TREE, is_public=True)
    assert (await registry.ask("bob", "POST", "comments/amy/wine/", json={"contents": "Good."})).status_code == 200
    assert (await registry.ask("bob", "POST", "comments/amy/none/", json={"contents": "Good."})).status_code == 404
    assert registry.auth.posted == [PackageLetter(kind="comment", package="amy/wine", by="bob")]


async def test_a_comment_is_kept_when_its_mail_cannot_be_posted(registry: Quilt2World) -> None:
    await registry.pushed(TREE, is_public=True)
    await registry.get("bob", "profile")
    registry.auth.down = True
    try:
        posted = await registry.ask("bob", "POST", "comments/amy/wine/", json={"contents": "Good."})
    finally:
        registry.auth.down = False
    assert posted.status_code == 200
    assert len((await registry.get("bob", "comments/amy/wine/"))["comments"]) == 1


@pytest.mark.parametrize("quilt2", [Quilt2Settings(bucket="package", anonymous=True, user_endpoints=False)])
async def test_the_list_of_users_is_refused_where_user_endpoints_are_off(registry: Quilt2World) -> None:
    for who in (None, "amy", "admin"):
        assert await registry.status(who, "GET", "users/list_detailed") == (400, "This endpoint is not enabled.")
