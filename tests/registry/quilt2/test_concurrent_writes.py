"""Writers of one package in several replicas: the locks of one process do not keep them apart."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from support.worlds.quilt2_world import BUCKET, H1, H2, H3, Quilt2World, file, root
from typing_extensions import override

from registry.quilt2.db.events import EventStore
from registry.quilt2.events import Event
from registry.quilt2.services import trees
from registry.settings import Quilt2Settings
from shared.db.engine import Sessions, connections, transaction
from shared.errors import Unavailable
from shared.quilt.keys import quilt2_proof
from shared.testing.objects import FakeObjectStore

POINTERS = ".quilt/named_packages/amy/wine/"
HASHES = [f"{number:064x}" for number in range(20)]

Replicas = Callable[..., Quilt2World]


class ObservedObjectStore(FakeObjectStore):
    """Calls `on_write` with the key before each write, and `after_write` after it."""

    def __init__(self) -> None:
        super().__init__(BUCKET)
        self.on_write: Any = None
        self.after_write: Any = None

    async def observe(self, key: str) -> None:
        if self.on_write:
            await self.on_write(key)

    @override
    async def put(self, bucket: str, key: str, body: bytes, *, meta: dict[str, str] | None = None) -> str | None:
        await self.observe(key)
        version = await super().put(bucket, key, body, meta=meta)
        if self.after_write:
            await self.after_write(key)
        return version

    @override
    async def delete(self, bucket: str, key: str) -> None:
        await self.observe(key)
        await super().delete(bucket, key)

    def pointers(self) -> dict[str, str]:
        """Top hashes of amy/wine by tag."""
        current = self._current[BUCKET]
        keys = [key for key in current if key.startswith(POINTERS)]
        bodies = {key: self._bodies[BUCKET, key, str(current[key].version_id)][1] for key in keys}
        return {key.removeprefix(POINTERS): body.decode() for key, body in bodies.items()}


@pytest.fixture
def objects() -> ObservedObjectStore:
    return ObservedObjectStore()


class Once:
    """Does something before, or after, the first write whose key contains `part`."""

    def __init__(self, objects: ObservedObjectStore, part: str, act: Callable[[], Any], *, after: bool = False) -> None:
        self._part = part
        self._act = act
        self.is_done = False
        if after:
            objects.after_write = self
        else:
            objects.on_write = self

    async def __call__(self, key: str) -> None:
        if self._part in key and not self.is_done:
            self.is_done = True
            await self._act()


async def top_hash_of(sessions: Sessions, package_hash: str) -> str:
    async with transaction(sessions) as session:
        query = text("SELECT top_hash FROM registry.quilt2_instance WHERE hash = :hash")
        return str(await session.scalar(query, {"hash": package_hash}))


async def update(registry: Quilt2World, path: str, object_hash: str, who: str = "amy") -> Any:
    body = {"contents": file(object_hash), "description": "", "sizes": {object_hash: 1}}
    return await registry.ask(who, "POST", f"package_update/amy/wine/{path}", json=body)


async def test_no_request_holds_a_database_connection_while_it_writes_to_s3(
    replica: Replicas, committed: Sessions, objects: ObservedObjectStore
) -> None:
    in_use = connections(committed)["state", "in_use"]
    before, written = in_use(), []  # the other fixtures have a connection, too

    async def look(key: str) -> None:
        written.append(key)
        assert in_use() == before, f"a connection is held while {key} is written"

    objects.on_write = look
    registry = replica()
    made = await registry.latest(root(a=file(H1)))
    await registry.pushed(root(b=file(H2)))
    assert (await update(registry, "c", H3)).status_code == 200
    assert (await registry.ask("amy", "PUT", "tag/amy/wine/latest", json={"hash": made})).status_code == 200
    assert (await registry.ask("amy", "DELETE", "package/amy/wine/")).status_code == 200
    assert len(written) > 10


async def test_parts_that_replicas_push_at_the_same_time_are_all_in_the_latest_instance(
    replica: Replicas, committed: Sessions, objects: ObservedObjectStore
) -> None:
    replicas = [replica() for _ in range(3)]
    answers = await asyncio.gather(
        *(update(replicas[number % 3], f"part{number}", each) for number, each in enumerate(HASHES[:12]))
    )
    assert {each.status_code for each in answers} == {200}
    latest = (await replicas[0].get("amy", "tag/amy/wine/latest"))["hash"]
    found = (await replicas[0].get("amy", f"package/amy/wine/{latest}"))["contents"]
    assert found == root(**{f"part{number}": file(each) for number, each in enumerate(HASHES[:12])})

    log = (await replicas[0].get("amy", "log/amy/wine/"))["logs"]
    assert sorted(each["hash"] for each in log) == sorted(each.json()["package_hash"] for each in answers)
    pointers = objects.pointers()
    assert pointers.pop("latest") == await top_hash_of(committed, latest)
    assert set(pointers.values()) == {await top_hash_of(committed, each["hash"]) for each in log}


async def test_instances_that_replicas_push_at_the_same_time_are_all_kept_and_the_last_is_the_latest(
    replica: Replicas, committed: Sessions, objects: ObservedObjectStore
) -> None:
    replicas = [replica() for _ in range(3)]
    contents = [root(a=file(each)) for each in HASHES]
    made = await asyncio.gather(*(replicas[number % 3].pushed(each) for number, each in enumerate(contents)))
    hashes = (await replicas[0].get("amy", "package/amy/wine/"))["hashes"]
    assert sorted(hashes) == sorted(made)
    log = (await replicas[0].get("amy", "log/amy/wine/"))["logs"]
    assert sorted(each["hash"] for each in log) == sorted(made)
    pointers = objects.pointers()
    assert pointers.pop("latest") == await top_hash_of(committed, log[-1]["hash"])
    assert sorted(pointers.values()) == sorted([await top_hash_of(committed, each) for each in made])


async def test_a_push_that_another_replica_overtakes_is_the_latest(
    replica: Replicas, committed: Sessions, objects: ObservedObjectStore
) -> None:
    slow, fast = replica(), replica()
    await slow.pushed(root(a=file(H1)))
    overtaking = Once(objects, "latest", lambda: fast.pushed(root(a=file(H2))), after=True)
    made = await slow.pushed(root(a=file(H3)))
    assert overtaking.is_done
    log = (await slow.get("amy", "log/amy/wine/"))["logs"]
    assert [each["hash"] for each in log] == [
        trees.package_hash(root(a=file(H1))),
        trees.package_hash(root(a=file(H2))),
        made,
    ]
    pointers = objects.pointers()
    assert pointers["latest"] == await top_hash_of(committed, made)
    assert len(pointers) == 4


async def test_a_part_pushed_onto_an_instance_that_another_replica_replaces_leaves_no_pointer_to_the_old_merge(
    replica: Replicas, committed: Sessions, objects: ObservedObjectStore
) -> None:
    slow, fast = replica(), replica()
    await slow.latest(root(a=file(H1)))
    overtaking = Once(objects, "latest", lambda: update(fast, "b", H2))
    made = (await update(slow, "c", H3)).json()["package_hash"]
    assert overtaking.is_done
    assert made == trees.package_hash(root(a=file(H1), b=file(H2), c=file(H3)))
    hashes = (await slow.get("amy", "package/amy/wine/"))["hashes"]
    pointers = objects.pointers()
    assert pointers["latest"] == await top_hash_of(committed, made)
    assert set(pointers.values()) == {await top_hash_of(committed, each) for each in hashes}


async def test_a_refused_push_that_was_overtaken_gives_latest_back(
    replica: Replicas, committed: Sessions, objects: ObservedObjectStore
) -> None:
    slow, fast = replica(), replica()
    await slow.latest(root(a=file(H1)))
    obstacle = root(b=file(H2))
    Once(objects, "latest", lambda: fast.latest(obstacle))
    refused = await update(slow, "b/c", H3)
    assert (refused.status_code, refused.json()["message"]) == (404, "Target subpath is not a group node: 'b'")
    hashes = (await slow.get("amy", "package/amy/wine/"))["hashes"]
    pointers = objects.pointers()
    assert pointers["latest"] == await top_hash_of(committed, trees.package_hash(obstacle))
    assert set(pointers.values()) == {await top_hash_of(committed, each) for each in hashes}


async def test_a_package_deleted_during_a_push_is_made_again_by_it(
    replica: Replicas, committed: Sessions, objects: ObservedObjectStore
) -> None:
    slow, fast = replica(), replica()
    await slow.pushed(root(a=file(H1)), is_public=True)
    Once(objects, "latest", lambda: fast.ask("amy", "DELETE", "package/amy/wine/"))
    made = await slow.pushed(root(a=file(H2)))
    assert (await slow.get("amy", "package/amy/wine/"))["hashes"] == [made]
    assert (await slow.ask(None, "GET", "package/amy/wine/")).status_code == 404, "the new package is private"
    assert set(objects.pointers().values()) == {await top_hash_of(committed, made)}


async def test_a_push_during_a_deletion_is_deleted_too(replica: Replicas, objects: ObservedObjectStore) -> None:
    slow, fast = replica(), replica()
    await slow.pushed(root(a=file(H1)))
    pushing = Once(objects, "latest", lambda: fast.pushed(root(a=file(H2))))
    assert (await slow.ask("amy", "DELETE", "package/amy/wine/")).status_code == 200
    assert pushing.is_done
    assert objects.pointers() == {}
    assert (await slow.ask("amy", "GET", "package/amy/wine/")).status_code == 404


@pytest.mark.parametrize(("is_public", "status"), [(False, 200), (True, 403)])
async def test_a_first_push_that_another_replica_overtakes_is_judged_as_a_second_one(
    replica: Replicas, objects: ObservedObjectStore, *, is_public: bool, status: int
) -> None:
    slow, fast = replica(), replica()
    Once(objects, ".quilt/packages/", lambda: fast.pushed(root(a=file(H1))))
    assert (await slow.push(root(a=file(H2)), is_public=is_public)).status_code == status
    assert (await slow.ask(None, "GET", "package/amy/wine/")).status_code == 404
    assert len(set(objects.pointers().values())) == (1 if is_public else 2)


async def test_of_namesakes_pushed_by_two_replicas_the_first_one_stays(
    replica: Replicas, objects: ObservedObjectStore
) -> None:
    slow, fast = replica(), replica()
    Once(objects, ".quilt/packages/", lambda: fast.pushed(root(a=file(H1)), name="amy/Wine"))
    refused = await slow.push(root(a=file(H2)))
    assert (refused.status_code, refused.json()["message"]) == (403, "Package already exists: amy/Wine")
    assert objects.pointers() == {}


async def test_a_size_that_another_package_gave_an_object_first_is_in_the_manifest(
    replica: Replicas, objects: ObservedObjectStore
) -> None:
    slow, fast = replica(), replica()
    Once(objects, "latest", lambda: fast.pushed(root(a=file(H1)), name="amy/beer", sizes={H1: 7}))
    made = await slow.pushed(root(a=file(H1)))
    assert (await slow.get("amy", f"package/amy/wine/{made}"))["sizes"] == {H1: 7}
    latest = objects.pointers()["latest"]
    manifest = await objects.get(BUCKET, f".quilt/packages/{latest}", limit=1 << 16)
    assert manifest
    assert b'"size":7' in manifest[1].replace(b" ", b"")
    assert set(objects.pointers().values()) == {latest}


async def test_a_name_whose_first_push_failed_is_nobodys_package_until_the_next_push(
    replica: Replicas, objects: ObservedObjectStore
) -> None:
    async def fail() -> None:
        raise Unavailable("S3 is down")

    registry = replica()
    Once(objects, "latest", fail)
    assert (await registry.push(root(a=file(H1)), is_public=True)).status_code == 503
    assert objects.pointers(), "the push failed between its two pointers"
    for who in ("amy", "bob", None):
        assert (await registry.ask(who, "GET", "package/amy/wine/")).status_code == 404
        assert (await registry.get(who, "package/amy/"))["packages"] == []
    assert (await registry.get("admin", "admin/package_list/amy/"))["packages"] == []
    assert (await registry.ask("amy", "PUT", "access/amy/wine/public")).status_code == 404
    assert (await registry.push(root(a=file(H1)), who="bob")).status_code == 403
    made = await registry.pushed(root(a=file(H1)))
    assert (await registry.get("amy", "package/amy/wine/"))["hashes"] == [made]
    assert (await registry.ask(None, "GET", "package/amy/wine/")).status_code == 404, (
        "readers are those of the second push"
    )


async def test_replicas_write_events_of_the_same_packages_at_the_same_time_in_whatever_order(
    committed: Sessions,
) -> None:
    events = [Event("INSTALL", "amy", name, "amy") for name in ("beer", "wine")]

    async def add(some: list[Event]) -> None:
        async with transaction(committed) as session:
            await EventStore(session).add(some)

    async def waiting() -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with transaction(committed) as session:
            return int(await session.scalar(text(query)) or 0)

    adding: list[asyncio.Task[None]] = []
    async with transaction(committed) as first:
        await EventStore(first).add(events[:1])
        for some in (events, events[::-1]):
            adding.append(asyncio.create_task(add(some)))
            while await waiting() < len(adding):  # noqa: ASYNC110 – Postgres has no event for it
                await asyncio.sleep(0.01)
    await asyncio.gather(*adding)
    async with transaction(committed) as session:
        sums = [await EventStore(session).weeks("amy", each.name, "INSTALL") for each in events]
        assert [sum(each.values()) for each in sums] == [3, 2]


class TestTeam:
    @pytest.fixture
    def quilt2(self) -> Quilt2Settings:
        return Quilt2Settings(bucket=BUCKET, team=True)

    async def test_a_team_members_push_to_a_package_deleted_during_it_leaves_no_pointers(
        self, replica: Replicas, objects: ObservedObjectStore
    ) -> None:
        slow, fast = replica(), replica()
        await slow.pushed(root(a=file(H1)), is_team=True)
        Once(objects, "latest", lambda: fast.ask("amy", "DELETE", "package/amy/wine/"))
        await objects.put(BUCKET, quilt2_proof("amy", "bob", H2), b"x")
        refused = await slow.push(root(a=file(H2)), who="bob")
        assert (refused.status_code, refused.json()["message"]) == (403, "Only the package owner can create packages.")
        assert objects.pointers() == {}
