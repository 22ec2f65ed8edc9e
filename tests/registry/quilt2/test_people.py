"""Readers of packages, comments, events and search."""

import pytest
from support.worlds.quilt2_world import BUCKET, H1, H2, Quilt2World, file, group, root

from registry.settings import Quilt2Settings
from shared.testing.objects import FakeObjectStore

PRIVATE = root(foo=group())


@pytest.fixture
async def made(registry: Quilt2World) -> str:
    for who in ("bob", "carol"):
        await registry.get(who, "profile")  # they sign in
    return await registry.pushed(PRIVATE)


async def test_an_owner_shares_a_package_with_users_and_revokes_it(registry: Quilt2World, made: str) -> None:
    where = f"package/amy/wine/{made}"
    assert (await registry.ask("amy", "PUT", "access/amy/wine/bob")).json() == {}
    assert (await registry.ask("bob", "GET", where)).status_code == 200
    assert (await registry.ask("carol", "GET", where)).status_code == 404
    assert await registry.get("bob", "access/amy/wine/") == {"users": ["amy", "bob"]}
    assert await registry.get("amy", "access/amy/wine/bob") == {}
    assert await registry.status("bob", "PUT", where, json={"contents": PRIVATE, "description": "", "sizes": {}}) == (
        403,
        "Only the package owner can push private packages.",
    )
    for method, path, expected in [
        ("PUT", "bob", (409, "The user already has access")),
        ("PUT", "team", (403, "Team access not allowed")),
        ("DELETE", "amy", (403, "Cannot revoke the owner's access")),
        ("DELETE", "carol", (404, "Package amy/wine does not exist")),
        ("GET", "carol", (404, "Package amy/wine does not exist")),
    ]:
        assert await registry.status("amy", method, f"access/amy/wine/{path}") == expected
    status, message = await registry.status("amy", "PUT", "access/amy/wine/Not A Name")
    assert (status, message[:21]) == (400, "Username is not valid")
    for method, what in (("PUT", "grant"), ("GET", "view"), ("DELETE", "revoke")):
        said = await registry.status("bob", method, "access/amy/wine/bob")
        assert said == (403, f"Only the package owner can {what} access")
    assert (await registry.ask("amy", "DELETE", "access/amy/wine/bob")).json() == {}
    assert (await registry.ask("bob", "GET", where)).status_code == 404
    assert (await registry.ask(None, "GET", "access/amy/wine/")).status_code == 401


async def test_a_package_is_made_public_and_private_again(registry: Quilt2World, made: str) -> None:
    assert await registry.status(None, "GET", "package/amy/wine/") == (
        404,
        "Package amy/wine does not exist (do you need to log in?)",
    )
    await registry.ask("amy", "PUT", "access/amy/wine/public")
    assert await registry.get(None, "package/amy/wine/") == {"hashes": [made]}
    assert await registry.get("bob", "access/amy/wine/") == {"users": ["amy", "public"]}
    assert (await registry.get(None, "recent_packages/"))["packages"][0]["name"] == "wine"
    assert (await registry.ask("amy", "DELETE", "access/amy/wine/public")).json() == {}
    assert (await registry.get(None, "recent_packages/?count=x"))["packages"] == []


async def test_reading_the_profile_turns_invitations_into_access(registry: Quilt2World, made: str) -> None:
    await registry.ask("amy", "PUT", "access/amy/wine/Bob@Example.com")
    (invitation,) = (await registry.get("amy", "invite/amy/wine/"))["invitations"]
    assert (invitation["owner"], invitation["package"], invitation["email"]) == ("amy", "wine", "bob@example.com")
    assert (await registry.get("bob", "invite/"))["invitations"] == [invitation]
    assert (await registry.ask(None, "GET", "invite/")).status_code == 401
    assert (await registry.ask("bob", "GET", f"package/amy/wine/{made}")).status_code == 404
    found = await registry.get("bob", "profile")
    assert found == {
        "packages": {"own": [], "shared": [{"owner": "amy", "name": "wine", "is_public": False, "is_team": False}]},
        "plan": None,
        "have_credit_card": None,
        "is_admin": False,
    }
    assert (await registry.ask("bob", "GET", f"package/amy/wine/{made}")).status_code == 200
    assert (await registry.get("amy", "invite/amy/wine/"))["invitations"] == []
    for path in ("update_plan", "update_payment"):
        assert await registry.status("bob", "POST", f"payments/{path}") == (404, "Payments not enabled")


@pytest.mark.usefixtures("made")
async def test_readers_of_a_package_can_comment_on_it(registry: Quilt2World) -> None:
    await registry.ask("amy", "PUT", "access/amy/wine/bob")
    said = (await registry.ask("bob", "POST", "comments/amy/wine/", json={"contents": "Fine."})).json()["comment"]
    assert (said["author"], said["contents"], len(said["id"])) == ("bob", "Fine.", 16)
    await registry.ask("amy", "POST", "comments/amy/wine/", json={"contents": "Thanks."})
    comments = (await registry.get("amy", "comments/amy/wine/"))["comments"]
    assert [each["contents"] for each in comments] == ["Fine.", "Thanks."]
    for who, status in (("carol", 404), (None, 401)):
        assert (await registry.ask(who, "POST", "comments/amy/wine/", json={"contents": "x"})).status_code == status
    for who in ("carol", None):
        assert (await registry.ask(who, "GET", "comments/amy/wine/")).status_code == 404
    assert (await registry.ask("amy", "POST", "comments/amy/wine/", json={})).status_code == 400


async def test_series_audit_and_sums_count_events(registry: Quilt2World, made: str) -> None:
    await registry.ask("amy", "PUT", "access/amy/wine/public")
    found = await registry.get("amy", "package_timeseries/amy/wine/install")
    assert (found["total"], found["timeSeries"], found["frequency"]) == (0, [0] * 52, "week")
    assert found["startDate"] < found["endDate"]
    await registry.get(None, f"package/amy/wine/{made}")
    found = await registry.get(None, "package_timeseries/amy/wine/INSTALL")
    assert (found["total"], found["timeSeries"][-1]) == (1, 1)
    assert (await registry.ask("amy", "GET", "package_timeseries/amy/wine/party")).status_code == 400
    assert await registry.status("bob", "GET", "package_timeseries/amy/nothing/push") == (
        404,
        "Package does not exist.",
    )
    assert (await registry.ask("amy", "POST", "log", json=[{"type": "build"}])).json() == {}
    events = (await registry.get("admin", "audit/amy/wine/"))["events"]
    assert [(each["type"], each["user"]) for each in events] == [("PUSH", "amy"), ("INSTALL", "")]
    assert (await registry.get("admin", "audit/amy/"))["events"] == events[:1]
    sums = (await registry.get("admin", "admin/package_summary"))["packages"]["amy/wine"]
    assert (sums["installs"]["count"], sums["deletes"]) == (1, {"count": 0})
    assert (await registry.get("admin", "admin/package_list/amy"))["packages"] == [
        {"name": "wine", "is_public": True, "is_team": False}
    ]
    for path in ("audit/amy/", "audit/amy/wine/", "admin/package_summary", "admin/package_list/amy/"):
        assert (await registry.ask("amy", "GET", path)).status_code == 403
        assert (await registry.ask(None, "GET", path)).status_code == 401


async def test_search_finds_package_names_node_names_and_readmes(
    registry: Quilt2World, objects: FakeObjectStore
) -> None:
    await objects.put(BUCKET, f"objs/amy/{H1}", b"We are releasing the wines of Bordeaux.")
    await registry.latest(root(README=file(H1), grapes=file(H2)), name="amy/red", is_public=True)
    await registry.latest(root(grapes=group()), name="amy/Bordeaux_list", is_public=True)
    await registry.latest(root(grapes=group()), name="amy/secret")

    async def found(query: str, who: str | None = None) -> list[str]:
        return [each["name"] for each in (await registry.get(who, f"search/?q={query}"))["packages"]]

    assert await found("") == ["Bordeaux_list", "red"]
    assert await found("", "amy") == ["Bordeaux_list", "red", "secret"]
    assert await found("amy/red") == ["red"]
    assert await found("release") == ["red"]
    assert await found("grape") == ["Bordeaux_list", "red"]
    assert await found("bordeaux") == ["Bordeaux_list", "red"]
    assert await found("nothing") == []
    (first, _) = (await registry.get(None, "search/"))["packages"][::-1]
    assert first["readme_preview"].startswith("We are")


async def test_a_bad_token_is_refused_by_anonymous_routes_too(registry: Quilt2World) -> None:
    bad = {"headers": {"Authorization": "Bearer nonsense"}}
    assert await registry.status(None, "GET", "search/", **bad) == (401, "Token invalid.")


class TestClosed:
    @pytest.fixture
    def quilt2(self) -> Quilt2Settings:
        return Quilt2Settings(bucket=BUCKET)

    async def test_without_anonymous_access_reads_need_a_sign_in(self, registry: Quilt2World) -> None:
        for path in ("search/", "package/amy/wine/", "package/amy/", "recent_packages/", "tag/amy/wine/latest"):
            assert await registry.status(None, "GET", path) == (401, "Not logged in")
        assert await registry.status("amy", "GET", "recent_packages/") == (403, "Not allowed")
