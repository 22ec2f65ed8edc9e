"""The activity of a package: pushes of the index and events of the audit trail, as one list."""

from datetime import UTC, datetime, timedelta
from typing import Any

from support.data.manifests import entry
from support.worlds.registry_world import FIRST_PUSH, RegistryWorld, problem

from shared.schemas.activity import PackageAction, PackageEvent

GONE = "e" * 64


def activity(world: RegistryWorld, name: str = "amy/wine") -> str:
    return f"/api/v1/buckets/{world.bucket}/packages/{name}/activity"


def event(
    world: RegistryWorld,
    number: int,
    action: PackageAction,
    at: datetime,
    *,
    user: str = "amy",
    top_hash: str | None = None,
    key: str | None = None,
) -> None:
    made = PackageEvent(id=number, at=at, action=action, user=user, top_hash=top_hash, key=key)
    world.auth.trail.setdefault((world.bucket, "amy/wine"), []).append(made)


async def everything(world: RegistryWorld, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await world.json(activity(world), limit=limit, **({"cursor": cursor} if cursor else {}))
        assert len(page["items"]) == limit or page["next"] is None
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def test_pushes_promotions_and_deletions_are_one_list_whatever_the_size_of_pages(world: RegistryWorld) -> None:
    by_client = await world.package("amy/wine", entry("a.csv"), message="first")
    by_registry = await world.package("amy/wine", entry("b.csv"), message="second")
    promoted = await world.package("amy/wine", entry("c.csv"), message="third")
    unknown = await world.package("amy/wine", entry("d.csv"), message="fourth")
    pushes = (await world.json(activity(world).replace("activity", "revisions")))["items"]
    tags = {each["top_hash"]: each["tag"] for each in pushes}
    pushed = {each["top_hash"]: datetime.fromisoformat(each["pushed_at"]) for each in pushes}
    moment = timedelta(seconds=0.3)
    gone_at = datetime.fromtimestamp(FIRST_PUSH - 500, UTC)
    event(world, 1, "Packages.Push", gone_at, key=f".quilt/named_packages/amy/wine/{FIRST_PUSH - 500}")
    event(world, 2, "Packages.Patch", gone_at + moment, top_hash=GONE)
    event(world, 3, "Packages.DeleteRevision", gone_at + 2 * moment, user="ben", top_hash=GONE)
    event(world, 4, "Packages.Delete", gone_at + 3 * moment, user="ben")
    key = f".quilt/named_packages/amy/wine/{tags[by_client]}"
    event(world, 5, "Packages.Push", pushed[by_client] + moment, user="cleo", key=key)
    event(world, 6, "Packages.Construct", pushed[by_registry] + moment, top_hash=by_registry)
    event(world, 7, "Packages.Promote", pushed[promoted] + moment, top_hash=promoted)

    found = await everything(world, 50)
    assert [(each["kind"], each["user"], each["through"], each["top_hash"], each["is_present"]) for each in found] == [
        ("push", None, None, unknown, True),
        ("promotion", "amy", "registry", promoted, True),
        ("push", "amy", "registry", by_registry, True),
        ("push", "cleo", "client", by_client, True),
        ("package_deletion", "ben", "registry", None, False),
        ("revision_deletion", "ben", "registry", GONE, False),
        ("push", "amy", "registry", GONE, False),
        ("push", "amy", "client", None, False),
    ]
    assert [each["tag"] for each in found] == [
        tags[unknown],
        tags[promoted],
        tags[by_registry],
        tags[by_client],
        None,
        None,
        None,
        str(FIRST_PUSH - 500),
    ]
    assert [each["message"] for each in found[:4]] == ["fourth", "third", "second", "first"]
    for limit in (1, 2, 3):
        assert await everything(world, limit) == found, limit


async def test_a_package_that_was_deleted_still_has_its_activity(world: RegistryWorld) -> None:
    event(world, 1, "Packages.Delete", datetime.now(UTC))
    assert [each["kind"] for each in await everything(world, 10)] == ["package_deletion"]


async def test_a_package_that_never_was_has_no_activity(world: RegistryWorld) -> None:
    answer = await world.client.get(activity(world, "amy/none"), headers=world.headers("reader"))
    assert problem(answer)[0] == 404


async def test_who_may_not_read_the_bucket_sees_no_activity(world: RegistryWorld) -> None:
    await world.package("amy/wine", entry("a.csv"))
    answer = await world.client.get(activity(world), headers=world.headers("stranger"))
    assert problem(answer)[0] == 404
