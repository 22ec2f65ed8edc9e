"""Snapshots of the index in S3: machines start from whole ones, and only from those."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from support.worlds.follower_world import FREQUENT, SELDOM, SERVICE_BUCKET, FollowerWorld, eventually, numbered
from typing_extensions import override

from registry.follower.following import FollowerTiming
from registry.follower.snapshot_store import UNFINISHED, SnapshotStore
from registry.search_engine.schema import FORMAT
from shared.db.statements import FoundRow, Statements
from shared.errors import Unavailable
from shared.index.feed import FeedStore
from shared.testing.objects import FakeObjectStore

LONG_AGO = datetime.now(UTC) - timedelta(days=15)


class CountedStatements(Statements):
    """Remembers from which positions pages were read."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self.positions: list[object] = []

    @override
    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        if "WITH page" in sql:
            self.positions += values
        return await self._statements.fetch(sql, *values)


async def make_snapshot(world: FollowerWorld, timing: FollowerTiming = SELDOM, holder: str = "me") -> int:
    """Follow, and return the position of the snapshot that was made."""
    before = max((each.position for each in await world.snapshots().names()), default=0)
    async with world.following(timing=timing, snapshots=world.snapshots(holder)):
        await eventually(lambda: (((status := world.status()) and status.snapshot_position) or 0) > before)
    return max(each.position for each in await world.snapshots().names())


async def keys(world: FollowerWorld, prefix: str = "search/") -> list[str]:
    return [each.key async for page in world.objects.list(SERVICE_BUCKET, prefix=prefix) for each in page]


async def started_at(world: FollowerWorld) -> object:
    """Position from which a follower starts that has no directory."""
    counted = CountedStatements(world.statements)
    await world.follow(snapshots=world.snapshots("elsewhere"), statements=counted)
    return counted.positions[0]


async def test_a_machine_without_an_index_starts_from_a_snapshot(world: FollowerWorld) -> None:
    await world.put(*numbered(0, 100))
    position = await make_snapshot(world)
    await world.put("later")
    await world.remove("00000")
    other = world.elsewhere()
    assert await started_at(other) == position
    assert await other.indexed() == await world.there()


async def test_a_machine_without_snapshots_starts_from_postgres(world: FollowerWorld) -> None:
    await world.put(*numbered(0, 10))
    assert await started_at(world) == 0
    assert await world.indexed() == await world.there()


class InterruptedStore(FakeObjectStore):
    """Stops answering after some writes."""

    writes_left = 10_000

    @override
    async def put(self, bucket: str, key: str, body: bytes, *, meta: dict[str, str] | None = None) -> str | None:
        if self.writes_left == 0:
            raise Unavailable("S3 is down")
        self.writes_left -= 1
        return await super().put(bucket, key, body, meta=meta)


async def test_a_snapshot_that_was_uploaded_in_part_is_not_used(world: FollowerWorld) -> None:
    """The upload ends after each possible number of writes. It never leaves anything that a follower takes for a snapshot."""
    await world.put(*numbered(0, 20))
    await world.follow()
    store = world.objects = InterruptedStore(SERVICE_BUCKET)
    head = await FeedStore(world.statements).head()
    follower = world.follower(snapshots=world.snapshots())
    for writes in range(100):
        store.writes_left = writes
        try:
            await follower.make_snapshot(head.feed, head.position)
            break
        except Unavailable:
            assert await world.snapshots().names() == []
        assert not world.directory.copy.exists()
    assert writes > 3
    store.writes_left = 10_000
    other = world.elsewhere()
    assert await started_at(other) == head.position
    assert await other.indexed() == await world.there()


async def lose_a_file(world: FollowerWorld) -> None:
    await world.objects.delete(SERVICE_BUCKET, (await keys(world, f"search/{FORMAT}/files/"))[0])


async def cut_a_file(world: FollowerWorld) -> None:
    key = (await keys(world, f"search/{FORMAT}/files/"))[0]
    await world.objects.put(SERVICE_BUCKET, key, b"half")


async def change_a_file(world: FollowerWorld) -> None:
    key = (await keys(world, f"search/{FORMAT}/files/"))[0]
    found = await world.objects.get(SERVICE_BUCKET, key, limit=1 << 30)
    assert found
    await world.objects.put(SERVICE_BUCKET, key, bytes(len(found[1])))


async def cut_the_list(world: FollowerWorld) -> None:
    await world.objects.put(SERVICE_BUCKET, (await world.snapshots().names())[0].key, b'{"feed"')


@pytest.mark.parametrize("damage", [lose_a_file, cut_a_file, change_a_file, cut_the_list])
async def test_a_damaged_snapshot_is_not_used(world: FollowerWorld, damage: object) -> None:
    await world.put(*numbered(0, 20))
    await make_snapshot(world)
    await damage(world)  # type: ignore[operator]
    other = world.elsewhere()
    assert await started_at(other) == 0
    assert await other.indexed() == await world.there()


async def test_the_snapshot_before_is_used_when_the_newest_is_damaged(world: FollowerWorld) -> None:
    await world.put(*numbered(0, 20))
    first = await make_snapshot(world)
    await world.put("later")
    assert await make_snapshot(world, FREQUENT) > first
    await cut_the_list(world)
    other = world.elsewhere()
    assert await started_at(other) == first
    assert await other.indexed() == await world.there()


async def test_files_of_a_snapshot_before_are_not_uploaded_again(world: FollowerWorld) -> None:
    await world.put(*numbered(0, 20))
    await make_snapshot(world)
    before = {
        each: await world.objects.head(SERVICE_BUCKET, each) for each in await keys(world, f"search/{FORMAT}/files/")
    }
    await world.put("later")
    await make_snapshot(world, FREQUENT)
    after = await keys(world, f"search/{FORMAT}/files/")
    assert set(after) > before.keys()
    assert {each: await world.objects.head(SERVICE_BUCKET, each) for each in before} == before


async def test_a_snapshot_of_another_feed_is_not_used(world: FollowerWorld) -> None:
    await world.put("old")
    await make_snapshot(world)
    await world.run("TRUNCATE index.object, index.change", "UPDATE index.feed SET id = gen_random_uuid()")
    await world.put("new")
    other = world.elsewhere()
    assert await started_at(other) == 0
    assert await other.indexed() == ["new"]


async def test_a_snapshot_from_before_a_purge_is_not_used(world: FollowerWorld) -> None:
    await world.put("a", "b")
    await make_snapshot(world)
    await world.remove("a")
    await world.put("c")
    head = await FeedStore(world.statements).head()
    assert await world.purge_changes(head.position, datetime.now(UTC) + timedelta(days=1)) == 1
    other = world.elsewhere()
    assert await started_at(other) == 0
    assert await other.indexed() == ["b", "c"]


async def test_a_release_with_another_format_has_its_own_index_and_snapshots(world: FollowerWorld) -> None:
    await world.put("a", "b")
    await make_snapshot(world)
    before = await keys(world)
    newer = world.elsewhere(index_format="another")
    async with (
        world.following(),
        newer.following(
            snapshots=newer.snapshots("newer"), statements=(counted := CountedStatements(world.statements))
        ),
    ):
        await world.put("c")
        await world.caught_up()
        await newer.caught_up()

        async def is_there() -> bool:
            return bool(await newer.snapshots().names())

        await eventually(is_there)
    assert counted.positions[0] == 0
    assert await world.indexed() == await newer.indexed() == ["a", "b", "c"]
    assert set(before) < set(await keys(world))


async def test_what_a_release_left_is_removed_when_nobody_has_used_it_for_days(world: FollowerWorld) -> None:
    await world.put("a", "b")
    await make_snapshot(world)
    newer = world.elsewhere(index_format="another")
    old = await keys(world)
    await make_snapshot(newer, holder="newer")
    assert world.directory.index.exists()
    assert set(old) < set(await keys(world))
    for key in old:
        world.objects.age(SERVICE_BUCKET, key, LONG_AGO)
    os.utime(world.directory.status_file, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    await world.put("c")
    await make_snapshot(newer, FREQUENT, holder="newer")

    async def are_gone() -> bool:
        return not set(old) & set(await keys(world))

    async with newer.following(timing=FREQUENT, snapshots=newer.snapshots("newer")):
        await eventually(are_gone)
    assert not world.directory.index.exists()
    assert await newer.indexed() == ["a", "b", "c"]


async def test_one_follower_of_many_makes_snapshots(world: FollowerWorld) -> None:
    first, second = world.snapshots("first"), world.snapshots("second")
    assert await first.take_lease(timedelta(hours=1))
    assert not await second.take_lease(timedelta(hours=1))
    assert await first.take_lease(timedelta(seconds=-1))
    assert await second.take_lease(timedelta(hours=1))
    assert not await first.take_lease(timedelta(hours=1))


async def test_old_snapshots_and_files_that_no_snapshot_names_are_removed(world: FollowerWorld) -> None:
    store: SnapshotStore = world.snapshots()
    for number in range(4):
        await world.put(str(number))
        await make_snapshot(world, FREQUENT)
    left = f"search/{FORMAT}/files/left.idx"
    await world.objects.put(SERVICE_BUCKET, left, b"")
    await store.remove_old(14)
    assert len(await store.names()) == 2
    assert left in await keys(world)
    for key in await keys(world, f"search/{FORMAT}/files/"):
        world.objects.age(SERVICE_BUCKET, key, datetime.now(UTC) - 2 * UNFINISHED)
    await store.remove_old(14)
    snapshots = [await store.read(name) for name in await store.names()]
    named = {file.name for snapshot in snapshots for file in snapshot.files}
    assert {key.rpartition("/")[2] for key in await keys(world, f"search/{FORMAT}/files/")} == named
    other = world.elsewhere()
    await other.follow(snapshots=other.snapshots())
    assert await other.indexed() == await world.there()


async def test_rows_are_purged_when_all_snapshots_have_passed_them(world: FollowerWorld) -> None:
    await world.put("a", "b")
    await make_snapshot(world)
    await world.remove("a")
    await world.run("UPDATE index.change SET changed_at = now() - interval '2 days'")
    await world.put("c")
    assert await tombstones(world) == 1
    await make_snapshot(world, FREQUENT)
    assert await tombstones(world) == 1  # the first snapshot is kept beside the second
    await world.put("d")
    await make_snapshot(world, FREQUENT)

    async def are_gone() -> bool:
        return await tombstones(world) == 0

    async with world.following(timing=FREQUENT, snapshots=world.snapshots()):
        await eventually(are_gone)
    other = world.elsewhere()
    await other.follow(snapshots=other.snapshots("other"))
    assert await other.indexed() == ["b", "c", "d"]


async def tombstones(world: FollowerWorld) -> int:
    [[count]] = await world.statements.fetch("SELECT count(*) FROM index.change WHERE gone")
    return int(count)
