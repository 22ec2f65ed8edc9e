"""Behaviours that the first registry's own tests fixed and no other file here tests; `inventory.toml` lists all of them."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from support.worlds.quilt2_world import BUCKET, H1, H2, Quilt2World, file, group, root

from registry.settings import Quilt2Settings
from shared.clients.administration import Administration
from shared.schemas.user import User
from shared.testing.objects import FakeObjectStore

HERE = Path(__file__).parent
TESTS = HERE.parents[1]


def test_every_behaviour_of_the_first_registry_has_a_test() -> None:
    inventory = tomllib.loads((HERE / "inventory.toml").read_text())
    counts = {name: len(behaviours) for name, behaviours in inventory.items()}
    # In the order of their files.
    assert list(counts.values()) == [17, 19, 24, 2, 3, 4, 2, 2, 10, 3, 24, 4, 6, 8, 7]
    for behaviours in inventory.values():
        for where in behaviours.values():
            if "::" in where:
                path, _, name = where.partition("::")
                assert f"def {name.rpartition('::')[2]}(" in (TESTS / path).read_text(), where
            else:
                assert where.startswith("- "), f"{where}: a test, or why there is none"


async def test_packages_are_listed_for_their_readers_only(registry: Quilt2World) -> None:
    await registry.get("bob", "profile")
    await registry.pushed(root(foo=group()))

    async def listed(who: str | None) -> list[dict[str, object]]:
        return list((await registry.get(who, "package/amy/"))["packages"])

    assert [await listed(who) for who in ("bob", None)] == [[], []]
    await registry.ask("amy", "PUT", "access/amy/wine/bob")
    private = {"name": "wine", "is_public": False, "is_team": False}
    assert [await listed(who) for who in ("bob", None)] == [[private], []]
    await registry.ask("amy", "PUT", "access/amy/wine/public")
    public = {**private, "is_public": True}
    assert [await listed(who) for who in ("bob", None)] == [[public], [public]]
    assert (await registry.get(None, "package/nobody_at_all/"))["packages"] == []


async def test_recent_packages_are_ordered_by_their_last_push(registry: Quilt2World) -> None:
    for number in range(4):
        await registry.pushed(root(foo=group()), name=f"amy/pkg{number}", is_public=True)
    await registry.pushed(root(foo=group()), name="amy/private")
    await registry.pushed(root(foo=group()), name="amy/pkg0")
    for count, expected in (("3", ["pkg0", "pkg3", "pkg2"]), ("", ["pkg0", "pkg3", "pkg2", "pkg1"])):
        found = (await registry.get(None, f"recent_packages/?count={count}"))["packages"]
        assert [each["name"] for each in found] == expected


async def test_the_audit_of_a_package_lists_each_of_its_pushes(registry: Quilt2World) -> None:
    made = [await registry.pushed(root(**{name: group()})) for name in ("foo", "bar", "baz")]
    await registry.pushed(root(foo=group()))
    events = (await registry.get("admin", "audit/amy/wine/"))["events"]
    assert [(each["type"], each["user"], each["package_hash"]) for each in events] == [
        ("PUSH", "amy", each) for each in (*made, made[0])
    ]
    await registry.pushed(root(), name="amy/other")
    assert len((await registry.get("admin", "audit/amy/wine/"))["events"]) == 4
    assert len((await registry.get("admin", "audit/amy/"))["events"]) == 5
    summary = (await registry.get("admin", "admin/package_summary"))["packages"]["amy/wine"]
    assert summary["pushes"]["count"] == 4
    assert summary["pushes"]["latest"] == events[-1]["created"]
    assert summary["deletes"] == summary["installs"] == summary["previews"] == {"count": 0}
    await registry.ask("amy", "DELETE", "package/amy/other/")
    last = (await registry.get("admin", "audit/amy/"))["events"][-1]
    assert (last["type"], last["package_name"], last["package_hash"]) == ("DELETE", "other", None)


async def test_comments_of_a_package_do_not_appear_at_another(registry: Quilt2World) -> None:
    for name in ("amy/open", "amy/other"):
        await registry.pushed(root(), name=name, is_public=True)
        for who in ("bob", "carol"):
            path, said = f"comments/{name}/", f"{who} on {name}"
            assert (await registry.ask(who, "POST", path, json={"contents": said})).status_code == 200
        assert (await registry.ask(None, "POST", f"comments/{name}/", json={"contents": "x"})).status_code == 401
    found = (await registry.get(None, "comments/amy/open/"))["comments"]
    assert [each["contents"] for each in found] == ["bob on amy/open", "carol on amy/open"]
    assert len({each["id"] for each in found}) == 2
    assert found[0]["created"] < found[1]["created"]


async def test_only_readers_see_the_log(registry: Quilt2World) -> None:
    await registry.get("bob", "profile")
    await registry.pushed(root())

    async def statuses() -> list[int]:
        return [(await registry.ask(who, "GET", "log/amy/wine/")).status_code for who in ("amy", "bob", "carol", None)]

    assert await statuses() == [200, 404, 404, 404]
    await registry.ask("amy", "PUT", "access/amy/wine/bob")
    assert await statuses() == [200, 200, 404, 404]
    await registry.ask("amy", "PUT", "access/amy/wine/public")
    assert await statuses() == [200, 200, 200, 200]


async def test_a_version_is_found_in_every_spelling(registry: Quilt2World) -> None:
    made = await registry.pushed(root())
    assert (await registry.ask("amy", "PUT", "version/amy/wine/1", json={"hash": made})).status_code == 200
    for typed in ("1", " 1 ", "%091%20"):
        found = await registry.get("amy", f"version/amy/wine/{typed}")
        assert (found["hash"], found["created_by"], found["updated_by"]) == (made, "amy", "amy")
        assert found["created_at"] == found["updated_at"]


async def test_a_readme_is_fetched_from_s3_once_per_owner(registry: Quilt2World, objects: FakeObjectStore) -> None:
    await registry.pushed(root(data=file(H1)))
    where = f"objs/amy/{H1}"
    await objects.put(BUCKET, where, b"# Seen before as data")
    made = await registry.pushed(root(README=file(H1)))
    await objects.delete(BUCKET, where)
    other = await registry.pushed(root(README=file(H1), more=group()), name="amy/other")
    for name, each in (("wine", made), ("other", other)):
        assert (await registry.get("amy", f"package_preview/amy/{name}/{each}"))["readme_preview"].startswith("# Seen")


async def test_search_ranks_names_before_nodes_and_nodes_before_readmes(
    registry: Quilt2World, objects: FakeObjectStore
) -> None:
    await objects.put(BUCKET, f"objs/amy/{H1}", b"Releasing the redacted wine of clinton. " + b"x" * 2000)
    await registry.latest(root(README=file(H1)), name="amy/nothing", is_public=True)
    await registry.latest(root(wine=file(H2)), name="amy/foo", is_public=True)
    await registry.latest(root(), name="amy/wine", is_public=True)
    await registry.latest(root(), name="amy/clinton_email", is_public=True)
    await registry.latest(root(), name="amy/hidden_wine")
    await registry.pushed(root(), name="amy/untagged_wine", is_public=True)

    async def found(query: str, who: str | None = None) -> list[str]:
        return [each["name"] for each in (await registry.get(who, f"search/?q={query}"))["packages"]]

    assert await found("wine") == ["wine", "foo", "nothing"]
    assert await found("clinton") == ["clinton_email", "nothing"]
    assert await found("nothing wine") == ["nothing"]
    assert await found("release") == await found("redact") == ["nothing"]
    assert await found("no wining") == ["wine", "foo", "nothing"]
    assert await found("Amy/Wine") == await found("amy/wine") == ["wine"]
    assert sorted(await found("amy/")) == ["clinton_email", "foo", "nothing", "wine"]
    assert "hidden_wine" in await found("wine", "amy")
    (first,) = (await registry.get(None, "search/?q=redacted"))["packages"]
    assert len(first["readme_preview"]) == 1024


async def test_search_orders_equal_ranks_by_name_without_case(registry: Quilt2World) -> None:
    for name in ("D", "c", "B", "a"):
        await registry.latest(root(grape=group()), name=f"amy/{name}", is_public=True)
    for query in ("grape", ""):
        found = (await registry.get(None, f"search/?q={query}"))["packages"]
        assert [each["name"] for each in found] == ["a", "B", "c", "D"]


@pytest.mark.parametrize("path", ["package/random_user/", "package/amy/nothing/"])
async def test_web_pages_of_every_origin_may_read(registry: Quilt2World, path: str) -> None:
    answer = await registry.ask(None, "GET", path, headers={"Origin": "http://example.com"})
    assert answer.headers["access-control-allow-origin"] == "*"


MISSING = "Package amy/wine does not exist"
STRANGER = f"{MISSING} (do you need to log in?)"
NO_HASH = "Package hash does not exist"


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "said"),
    [
        ("carol", "GET", "package/amy/wine/", None, (404, MISSING)),
        (None, "GET", "package/amy/wine/", None, (404, STRANGER)),
        ("carol", "GET", "package/amy/wine/{hash}", None, (404, NO_HASH)),
        ("carol", "GET", "packaget4/amy/wine/{hash}", None, (404, NO_HASH)),
        ("carol", "GET", "package_preview/amy/wine/{hash}", None, (404, NO_HASH)),
        ("amy", "GET", "package/amy/wine/{hash}0", None, (404, NO_HASH)),
        ("carol", "GET", "log/amy/wine/", None, (404, MISSING)),
        (None, "GET", "log/amy/wine/", None, (404, STRANGER)),
        ("carol", "GET", "tag/amy/wine/latest", None, (404, MISSING)),
        ("carol", "GET", "tag/amy/wine/", None, (404, MISSING)),
        ("carol", "GET", "version/amy/wine/1.0", None, (404, MISSING)),
        ("carol", "GET", "version/amy/wine/", None, (404, MISSING)),
        ("carol", "GET", "version/amy/wine/1x", None, (400, "Malformed version")),
        ("carol", "GET", "access/amy/wine/", None, (404, MISSING)),
        ("carol", "GET", "invite/amy/wine/", None, (404, MISSING)),
        ("carol", "GET", "comments/amy/wine/", None, (404, MISSING)),
        ("carol", "POST", "comments/amy/wine/", {"contents": "x"}, (404, MISSING)),
        ("carol", "GET", "package_timeseries/amy/wine/push", None, (404, "Package does not exist.")),
        ("carol", "DELETE", "package/amy/wine/", None, (403, "Only the package owner can delete packages")),
        ("carol", "PUT", "access/amy/wine/carol", None, (403, "Only the package owner can grant access")),
        ("amy", "PUT", "access/amy/nothing/carol", None, (404, "Package amy/nothing does not exist")),
        ("amy", "DELETE", "tag/amy/nothing/x", None, (404, "Package amy/nothing does not exist")),
        ("amy", "PUT", "tag/amy/wine/x", {"hash": "x"}, (404, NO_HASH)),
        ("amy", "POST", "get_objects", {"not": "a list"}, (400, "The body must be an array of hashes")),
        ("amy", "POST", "log", [{"type": "other"}], (400, "The body must be an array of events")),
        (None, "PUT", "access/amy/wine/carol", None, (401, "Not logged in")),
        (None, "GET", "profile", None, (401, "Not logged in")),
        (None, "GET", "audit/amy/", None, (401, "Not logged in")),
        (None, "PUT", "tag/amy/wine/x", {"hash": "x"}, (401, "Not logged in")),
    ],
)
async def test_refusals_have_the_messages_that_clients_show(
    *, registry: Quilt2World, who: str | None, method: str, path: str, body: object, said: tuple[int, str]
) -> None:
    made = await registry.pushed(root())
    options = {} if body is None else {"json": body}
    assert await registry.status(who, method, path.format(hash=made), **options) == said


async def test_health_check_and_robots_txt_are_plain_text(registry: Quilt2World) -> None:
    for path, said in (("/healthcheck", "ok"), ("/robots.txt", "User-agent: *\nDisallow: /\n")):
        assert (await registry.http.get(path)).text == said


class TestTeam:
    @pytest.fixture
    def quilt2(self) -> Quilt2Settings:
        return Quilt2Settings(bucket=BUCKET, anonymous=True, team=True)

    async def test_the_profile_says_which_packages_are_public_or_the_teams(self, registry: Quilt2World) -> None:
        await registry.get("bob", "profile")
        kinds = {"amy/Both": ("public", "team"), "amy/own": (), "amy/public": ("public",), "amy/team": ("team",)}
        for name, users in kinds.items():
            await registry.pushed(root(), name=name)
            for user in users:
                assert (await registry.ask("amy", "PUT", f"access/{name}/{user}")).status_code == 200
        own = (await registry.get("amy", "profile"))["packages"]["own"]
        assert [(each["name"], each["is_public"], each["is_team"]) for each in own] == [
            ("Both", True, True),
            ("own", False, False),
            ("public", True, False),
            ("team", False, True),
        ]
        assert (await registry.get("bob", "profile"))["packages"] == {"own": [], "shared": []}
        await registry.ask("amy", "PUT", "access/amy/team/bob")
        assert (await registry.get("bob", "profile"))["packages"]["shared"] == [
            {"owner": "amy", "name": "team", "is_public": False, "is_team": True}
        ]
        assert (await registry.get(None, "package/amy/"))["packages"] == [
            {"name": "Both", "is_public": True, "is_team": False},
            {"name": "public", "is_public": True, "is_team": False},
        ]

    async def test_only_the_owner_pushes_to_a_package_outside_the_team(self, registry: Quilt2World) -> None:
        made = await registry.pushed(root(), is_public=True)
        refusals: list[tuple[str, dict[str, Any], str]] = [
            ("bob", {}, "Only the package owner can push private packages."),
            ("amy", {"is_team": True}, "amy/wine already exists and is private. To share it with the team, run "),
        ]
        for who, change, said in refusals:
            answer = await registry.push(root(), who=who, **change)
            assert answer.status_code == 403
            assert answer.json()["message"].startswith(said)
        tagging = await registry.ask("bob", "PUT", "tag/amy/wine/x", json={"hash": made})
        assert tagging.status_code == 403


class TestClosed:
    @pytest.fixture
    def quilt2(self) -> Quilt2Settings:
        return Quilt2Settings(bucket=BUCKET, team=True)

    async def test_without_anonymous_access_sharing_with_the_public_is_refused(self, registry: Quilt2World) -> None:
        await registry.pushed(root())
        said = await registry.status("amy", "PUT", "access/amy/wine/public")
        assert said == (403, "Public access not allowed")


class TestUsers:
    @pytest.fixture
    def administration(self) -> Administration:
        """An `auth` with a single user."""
        user = User(
            id=uuid4(),
            name="amy",
            email="amy@example.com",
            is_admin=False,
            is_active=True,
            role=None,
            roles=[],
            is_sso_only=False,
            is_governed=False,
            created_at=datetime(2020, 1, 1, tzinfo=UTC),
            last_login=None,
        )
        page = {"items": [user.model_dump(mode="json")], "next": None}
        answering = httpx.MockTransport(lambda _: httpx.Response(200, json=page))
        return Administration(httpx.AsyncClient(transport=answering, base_url="http://auth.test"))

    async def test_administrators_see_events_and_packages_of_users(self, registry: Quilt2World) -> None:
        for name in ("foo", "bar", "baz"):
            made = await registry.pushed(root(**{name: group()}))
        await registry.get("amy", f"package_preview/amy/wine/{made}")
        found = (await registry.get("admin", "users/list_detailed"))["users"]["amy"]
        assert found.pop("last_seen").startswith(str(datetime.now(UTC).year))
        assert found == {
            "packages": 1,
            "pushes": 3,
            "installs": 0,
            "previews": 1,
            "deletes": 0,
            "status": "active",
            "is_admin": False,
        }
        said = await registry.status("amy", "GET", "users/list_detailed")
        assert said == (403, "Must be authenticated as an admin to use this endpoint.")
