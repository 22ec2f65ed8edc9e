"""Tags, versions and the log."""

from typing import Any

import pytest
from support.worlds.quilt2_world import H1, H2, H3, Quilt2World, file, root

CONTENTS = [root(a=file(each)) for each in (H1, H2, H3)]


@pytest.fixture
async def hashes(registry: Quilt2World) -> list[str]:
    return [await registry.latest(contents) for contents in CONTENTS]


async def test_the_log_has_every_push_oldest_first(registry: Quilt2World, hashes: list[str]) -> None:
    for number, each in enumerate(hashes, 1):
        await registry.ask("amy", "PUT", f"version/amy/wine/{number}.0.0", json={"hash": each})
    await registry.pushed(CONTENTS[0])
    logs = (await registry.get("amy", "log/amy/wine/"))["logs"]
    assert [each["hash"] for each in logs] == [*hashes, hashes[0]]
    assert [each["tags"] for each in logs] == [None, None, ["latest"], None]
    assert [each["versions"] for each in logs] == [["1.0.0"], ["2.0.0"], ["3.0.0"], ["1.0.0"]]
    assert {each["author"] for each in logs} == {"amy"}
    assert (await registry.ask("bob", "GET", "log/amy/wine/")).status_code == 404


async def test_a_tag_moves_to_another_instance_and_is_deleted(registry: Quilt2World, hashes: list[str]) -> None:
    found = await registry.get("amy", "tag/amy/wine/latest")
    assert found["hash"] == hashes[2]
    assert (found["created_by"], found["is_public"], found["is_team"]) == ("amy", False, False)
    await registry.ask("amy", "PUT", "tag/amy/wine/a", json={"hash": hashes[0]})
    await registry.ask("amy", "PUT", "tag/amy/wine/latest", json={"hash": hashes[0]})
    assert await registry.get("amy", "tag/amy/wine/") == {
        "tags": [{"tag": "a", "hash": hashes[0]}, {"tag": "latest", "hash": hashes[0]}]
    }
    assert (await registry.ask("amy", "DELETE", "tag/amy/wine/a")).json() == {}
    assert (await registry.ask("amy", "DELETE", "tag/amy/wine/a")).status_code == 404
    assert await registry.status("amy", "GET", "tag/amy/wine/a") == (404, "Tag 'a' does not exist")


async def test_only_the_owner_changes_tags_and_versions(registry: Quilt2World, hashes: list[str]) -> None:
    await registry.ask("bob", "GET", "profile")
    await registry.ask("amy", "PUT", "access/amy/wine/bob")
    given = {"json": {"hash": hashes[0]}}
    assert (await registry.get("bob", "tag/amy/wine/latest"))["hash"] == hashes[2]
    for method, path, options, message in [
        ("PUT", "tag/amy/wine/x", given, "Only the package owner can modify tags"),
        ("DELETE", "tag/amy/wine/latest", {}, "Only the package owner can delete tags"),
        ("PUT", "version/amy/wine/1", given, "Only the package owner can create versions"),
    ]:
        assert await registry.status("bob", method, path, **options) == (403, message)
    unknown: dict[str, Any] = {"json": {"hash": "0" * 64}}
    for path in ("tag/amy/wine/x", "version/amy/wine/1"):
        assert await registry.status("amy", "PUT", path, **unknown) == (404, "Package hash does not exist")
        assert (await registry.ask("amy", "PUT", path, json={})).status_code == 400
        assert (await registry.ask(None, "PUT", path, json={})).status_code == 401


async def test_versions_are_compared_and_checked_as_pep_440_says(registry: Quilt2World, hashes: list[str]) -> None:
    typed = ["  2.0  ", "2.0.1+foo123", "1.0", "2.0pre1"]
    for each in typed:
        assert (await registry.ask("amy", "PUT", f"version/amy/wine/{each}", json={"hash": hashes[0]})).json() == {}
    found = await registry.get("amy", "version/amy/wine/")
    assert [each["version"] for each in found["versions"]] == ["1.0", "2.0pre1", "  2.0  ", "2.0.1+foo123"]
    assert (await registry.get("amy", "version/amy/wine/ v1.0"))["hash"] == hashes[0]
    assert await registry.status("amy", "GET", "version/amy/wine/3") == (404, "Version 3 does not exist")
    for each in ("foo", "1x", "1. 0"):
        said = await registry.status("amy", "PUT", f"version/amy/wine/{each}", json={"hash": hashes[0]})
        assert said == (400, "Malformed version")
    for each in ("1.0", " 1.0 ", "v2.0"):
        said = await registry.status("amy", "PUT", f"version/amy/wine/{each}", json={"hash": hashes[1]})
        assert said == (409, "Version already exists")
    assert (await registry.ask("amy", "DELETE", "version/amy/wine/1.0")).status_code == 405


async def test_a_package_pushed_again_after_its_deletion_starts_empty(registry: Quilt2World, hashes: list[str]) -> None:
    await registry.ask("amy", "PUT", "version/amy/wine/1", json={"hash": hashes[0]})
    assert await registry.status("bob", "DELETE", "package/amy/wine/") == (
        403,
        "Only the package owner can delete packages",
    )
    assert (await registry.ask(None, "DELETE", "package/amy/wine/")).status_code == 401
    assert (await registry.ask("amy", "DELETE", "package/amy/wine/")).json() == {}
    assert (await registry.ask("amy", "DELETE", "package/amy/wine/")).status_code == 404
    await registry.pushed(CONTENTS[0])
    assert len((await registry.get("amy", "log/amy/wine/"))["logs"]) == 1
    for path in ("tag/amy/wine/latest", "version/amy/wine/1"):
        assert (await registry.ask("amy", "GET", path)).status_code == 404
    assert await registry.get("amy", "access/amy/wine/") == {"users": ["amy"]}
