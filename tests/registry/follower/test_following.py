"""A follower on a directory of its own, and what it does when that cannot go on."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.worlds.follower_world import FollowerWorld, eventually, numbered
from typing_extensions import override

from registry.follower.directory import DirectoryLocked, IndexDirectory
from registry.follower.following import FollowerTiming, IndexWriter
from registry.follower.opening import open_index_writer
from registry.follower.status import FollowerState
from registry.search_engine.schema import FORMAT
from registry.search_engine.writing import SearchIndexWriter
from shared.db.statements import FoundRow, Statements
from shared.errors import Unavailable
from shared.index.feed import BATCH_CHANGES, FeedStore
from shared.index.search.documents import DocumentKey, ObjectDocument, PackageDocument


async def test_the_index_follows_objects_and_buckets(world: FollowerWorld) -> None:
    await world.put("a", "b", "c")
    await world.put("kept", bucket="other")
    async with world.following():
        assert await world.indexed() == ["a", "b", "c", "kept"]
        await world.put("d", content="new")
        await world.remove("a")
        await world.caught_up()
        assert await world.indexed() == ["b", "c", "d", "kept"]
        await world.remove_bucket()
        await world.caught_up()
        assert await world.indexed() == ["kept"]
        await world.put("b")
        await world.caught_up()
        assert await world.indexed() == ["b", "kept"]


async def test_documents_that_change_while_an_index_is_begun_are_in_it_once(world: FollowerWorld) -> None:
    keys = list(numbered(0, 3 * BATCH_CHANGES))
    await world.put(*keys)
    async with world.following():
        for place in range(0, len(keys), BATCH_CHANGES // 2):
            await world.put(*keys[place : place + 10], content="new")
        await world.caught_up()
        assert await world.indexed() == await world.there() == sorted(keys)


async def test_a_follower_goes_on_where_it_was(world: FollowerWorld) -> None:
    await world.put(*numbered(0, 100))
    await world.follow()
    begun = world.begun_at()
    await world.put("new")
    await world.remove("00000")
    await world.follow()
    assert await world.indexed() == await world.there()
    assert world.begun_at() == begun


def without_list(index: Path) -> None:
    (index / "meta.json").unlink()


def with_half_a_list(index: Path) -> None:
    text = (index / "meta.json").read_text()
    (index / "meta.json").write_text(text[: len(text) // 2])


def without_a_file(index: Path) -> None:
    max(index.glob("*.term")).unlink()


def with_an_empty_file(index: Path) -> None:
    max(index.glob("*.idx")).write_bytes(b"")


def with_half_a_file(index: Path) -> None:
    file = max(index.glob("*.store"))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def with_zeros_in_each_kind_of_file(index: Path) -> None:
    """A machine that lost its power may leave files of the right length without their contents."""
    kinds = {file.suffix: file for file in sorted(index.glob("*.*")) if file.suffix != ".json"}
    assert {".term", ".idx", ".store", ".fast"} <= kinds.keys()
    for file in kinds.values():
        file.write_bytes(bytes(file.stat().st_size))


def with_another_byte(index: Path) -> None:
    """One that the engine would take for a part of a list of documents, and find less."""
    file = max(index.glob("*.idx"))
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 0x40
    file.write_bytes(content)


def without_the_name_of_its_feed(index: Path) -> None:
    (index / "feed.json").unlink()


@pytest.mark.parametrize(
    "tear",
    [
        without_list,
        with_half_a_list,
        without_a_file,
        with_an_empty_file,
        with_half_a_file,
        with_zeros_in_each_kind_of_file,
        with_another_byte,
        without_the_name_of_its_feed,
    ],
)
async def test_a_torn_directory_is_removed_and_made_again(world: FollowerWorld, tear: Callable[[Path], None]) -> None:
    await world.put(*numbered(0, 50))
    await world.follow()
    await world.remove("00000")
    tear(world.directory.index)
    await world.follow()
    assert await world.indexed() == await world.there()


async def test_an_index_of_another_feed_is_removed(world: FollowerWorld) -> None:
    await world.put("old")
    await world.follow()
    await world.run("TRUNCATE index.object, index.change", "UPDATE index.feed SET id = gen_random_uuid()")
    await world.put("new")
    await world.follow()
    assert await world.indexed() == ["new"]


async def test_a_running_follower_notices_that_its_feed_has_lost_changes(world: FollowerWorld) -> None:
    await world.put("kept")
    await world.put("lost")
    async with world.following():
        await world.run("TRUNCATE index.change", "DELETE FROM index.object WHERE key = 'lost'")
        await world.run("TRUNCATE index.change", "INSERT INTO index.change VALUES (1, 'wine', 'kept', 1, false, now())")
        await eventually(lambda: (status := world.status()) is not None and status.position == 1)
        assert await world.indexed() == ["kept"]


async def test_an_index_that_has_missed_purged_rows_is_made_again(world: FollowerWorld) -> None:
    await world.put("a", "b")
    await world.follow()
    await world.remove("a")
    await world.put("c")
    head = await FeedStore(world.statements).head()
    assert await world.purge_changes(head.position, datetime.now(UTC) + timedelta(days=1)) == 1
    await world.follow()
    assert await world.indexed() == ["b", "c"]


async def test_an_index_that_is_begun_after_a_purge_goes_on_after_a_restart(world: FollowerWorld) -> None:
    await world.put("a", "b")
    await world.remove("a")
    await world.put("c")
    head = await FeedStore(world.statements).head()
    assert await world.purge_changes(head.position, datetime.now(UTC) + timedelta(days=1)) == 1
    # Its position is before that of the row that was purged.
    await world.run("UPDATE index.feed SET purged_to = :passed", passed=head.position + 10)
    await world.follow()
    begun = world.begun_at()
    await world.follow()
    assert await world.indexed() == ["b", "c"]
    assert world.begun_at() == begun


class RefusingWriter:
    """Cannot index a document with the key `poison`."""

    def __init__(self, directory: Path) -> None:
        self._writer = open_index_writer(directory)
        self.commit, self.close = self._writer.commit, self._writer.close

    @property
    def position(self) -> int:
        return self._writer.position

    def apply(
        self,
        documents: Sequence[ObjectDocument | PackageDocument],
        gone: Sequence[DocumentKey],
        gone_buckets: Sequence[str],
        *,
        are_new: bool = False,
    ) -> None:
        for document in documents:
            if isinstance(document, ObjectDocument) and document.key == "poison":
                raise ValueError(document.key)
            self._writer.apply([document], [], [], are_new=are_new)
        self._writer.apply([], gone, gone_buckets)


async def test_a_document_that_cannot_be_indexed_is_left_out(world: FollowerWorld) -> None:
    def refusing(directory: Path) -> IndexWriter:
        return RefusingWriter(directory)  # type: ignore[return-value]

    await world.put("a", "poison", "z")
    await world.follow(open_writer=refusing)
    assert await world.indexed() == ["a", "z"]


async def test_the_state_says_where_the_follower_is(world: FollowerWorld) -> None:
    await world.put(*numbered(0, 10))
    before = datetime.now(UTC)
    async with world.following():
        status = world.status()
        assert status
        assert (status.state, status.documents, status.position) == (FollowerState.FOLLOWING, 10, status.head)
        assert status.bytes_on_disk > 0
        assert status.runs(datetime.now(UTC))
        lag = status.lag_seconds(datetime.now(UTC))
        assert lag is not None
        assert lag < (datetime.now(UTC) - before).total_seconds()
    ended = world.status()
    assert ended
    assert not ended.runs(datetime.now(UTC))


async def test_a_directory_has_one_follower(world: FollowerWorld) -> None:
    with world.directory.locked():
        other = IndexDirectory(world.directory.root, FORMAT)
        assert other.is_locked()
        with pytest.raises(DirectoryLocked), other.locked():
            pass
        another_release = IndexDirectory(world.directory.root, "another")
        assert not another_release.is_locked()
    assert not other.is_locked()


def test_only_its_user_may_read_the_index(world: FollowerWorld) -> None:
    world.directory.root.mkdir(mode=0o755)
    world.directory.prepare()
    assert world.directory.root.stat().st_mode & 0o777 == 0o700


async def test_a_running_follower_makes_its_index_again_on_request(world: FollowerWorld) -> None:
    await world.put("a", "b")
    async with world.following():
        begun = world.begun_at()
        world.directory.ask_to_rebuild()
        await eventually(lambda: not world.directory.should_rebuild())
        await world.caught_up()
        assert world.begun_at() != begun
        assert await world.indexed() == ["a", "b"]


class NotedWriter(SearchIndexWriter):
    """Knows whether it has been closed."""

    is_closed = False

    @override
    def close(self) -> None:
        super().close()
        self.is_closed = True


async def test_a_follower_without_changes_closes_its_writer_until_there_are_some(world: FollowerWorld) -> None:
    opened: list[NotedWriter] = []

    def open_noted(directory: Path) -> IndexWriter:
        opened.append(NotedWriter(directory))
        return opened[-1]

    hasty = FollowerTiming(snapshot_seconds=3600, unused_days=14, idle_seconds=0.01)
    await world.put("a")
    async with world.following(timing=hasty, open_writer=open_noted):
        for key in ("b", "c"):
            await eventually(lambda: opened[-1].is_closed)
            await world.put(key)
            await world.caught_up()
    assert len(opened) >= 3
    assert await world.indexed() == ["a", "b", "c"]


class FailingStatements(Statements):
    """Postgres does not answer some of the questions."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self.asked = 0

    @override
    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        self.asked += 1
        if self.asked in {2, 5}:
            raise Unavailable("The database is not responding")
        return await self._statements.fetch(sql, *values)


async def test_a_follower_waits_for_postgres(world: FollowerWorld) -> None:
    await world.put("a", "b")
    failing = FailingStatements(world.statements)
    async with world.following(statements=failing):
        await world.put("c")
        await world.caught_up()
    assert await world.indexed() == ["a", "b", "c"]
    assert failing.asked > 5
