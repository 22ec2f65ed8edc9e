"""The feed of changes that followers read."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from alembic import command
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld
from support.worlds.servers import Databases

from indexer.db.buckets import IndexedBucketStore
from indexer.db.locks import lock_keys
from localrun.testing import locked
from shared.db import migrations
from shared.db.bootstrap import ensure_database
from shared.db.engine import AsyncSession, Sessions, open_engine, sessions_of, transaction
from shared.db.statements import PoolStatements, open_statements
from shared.index.feed import FeedPage, FeedStore, purge_changes
from shared.index.search.documents import DocumentKey, DocumentKind, ObjectDocument, PackageDocument
from shared.settings import DatabaseSettings

WRITERS = 20
TOMORROW = datetime.now(UTC) + timedelta(days=1)

WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""

Contents = dict[DocumentKey, ObjectDocument | PackageDocument]


@pytest.fixture
async def statements(database: Databases) -> AsyncIterator[PoolStatements]:
    async with open_statements(DatabaseSettings(url=SecretStr(database.registry)), "tests") as opened:
        yield opened


@pytest.fixture
async def purging(database: Databases) -> AsyncIterator[PoolStatements]:
    async with open_statements(DatabaseSettings(url=SecretStr(database.registry)), "tests", read_only=False) as opened:
        yield opened


@pytest.fixture
def feed(statements: PoolStatements) -> FeedStore:
    return FeedStore(statements)


class Reader:
    """Follows the feed into a dictionary."""

    def __init__(self, feed: FeedStore) -> None:
        self.feed = feed
        self.position = 0
        self.contents: Contents = {}

    async def read(self) -> FeedPage | None:
        page = await self.feed.page(self.position)
        if page:
            for bucket in page.gone_buckets:
                self.contents = {key: each for key, each in self.contents.items() if key.bucket != bucket}
            for key in page.gone:
                self.contents.pop(key, None)
            self.contents |= {key_of(each): each for each in page.documents}
            self.position = page.position
        return page

    async def read_all(self) -> Contents:
        while await self.read():
            pass
        return self.contents

    async def changed(self) -> set[DocumentKey]:
        """Documents that the feed names after the reader's position."""
        found = set[DocumentKey]()
        while page := await self.read():
            found |= {key_of(each) for each in page.documents} | set(page.gone)
        return found


def key_of(document: ObjectDocument | PackageDocument) -> DocumentKey:
    if isinstance(document, ObjectDocument):
        return DocumentKey(DocumentKind.OBJECT, document.bucket, document.key)
    if document.tag == "latest":
        return DocumentKey(DocumentKind.PACKAGE, document.bucket, document.name)
    return DocumentKey(DocumentKind.REVISION, document.bucket, f"{document.name}/{document.tag}")


PACKAGE = DocumentKey(DocumentKind.PACKAGE, BUCKET, "amy/wine")
FIRST, SECOND = (
    DocumentKey(DocumentKind.REVISION, BUCKET, f"amy/wine/{tag}") for tag in (1_700_000_000, 1_700_000_001)
)
OBJECT = DocumentKey(DocumentKind.OBJECT, BUCKET, "a/red.csv")


async def test_the_feed_has_documents_of_every_kind(stage: IndexWorld, feed: FeedStore) -> None:
    top_hash, body = manifest(entry("a.csv"), message="first", user_meta={"grape": "merlot"})
    await stage.push("amy/wine", "1700000000", top_hash, body)
    await stage.put("a/red.csv", "grape,year\n", colour="red")
    await stage.work_off_queue()
    contents = await Reader(feed).read_all()
    assert contents.keys() == {PACKAGE, FIRST, OBJECT}
    found, package, push = contents[OBJECT], contents[PACKAGE], contents[FIRST]
    assert isinstance(found, ObjectDocument)
    assert (found.text, found.meta, found.extension, found.size) == ("grape,year\n", {"colour": "red"}, ".csv", 11)
    assert isinstance(package, PackageDocument)
    assert isinstance(push, PackageDocument)
    assert (package.tag, push.tag) == ("latest", "1700000000")
    for document in (package, push):
        assert (document.top_hash, document.message, document.meta) == (top_hash, "first", {"grape": "merlot"})
        assert document.total_entries == 1
    assert push.modified == datetime.fromtimestamp(1_700_000_000, UTC)


async def test_what_is_written_again_unchanged_keeps_its_position(
    stage: IndexWorld, feed: FeedStore, sessions: Sessions
) -> None:
    top_hash, body = manifest(entry("a.csv"))
    await stage.push("amy/wine", "1700000000", top_hash, body)
    await stage.put("a/red.csv", "red")
    await stage.work_off_queue()
    reader = Reader(feed)
    await reader.read_all()
    await stage.index_keys("a/red.csv", f".quilt/packages/{top_hash}")
    async with transaction(sessions) as session:
        await session.execute(text("UPDATE manifest SET modified = now()"))
        await session.execute(text("UPDATE object SET indexed_at = now()"))
    assert await reader.changed() == set()
    assert (await feed.head()).position == reader.position


async def test_a_manifest_that_comes_late_changes_its_package_and_its_pushes(
    stage: IndexWorld, feed: FeedStore
) -> None:
    top_hash, body = manifest(entry("a.csv"), message="late")
    await stage.point("amy/wine", "1700000000", top_hash)
    await stage.point("amy/wine", "latest", top_hash)
    await stage.work_off_queue()
    reader = Reader(feed)
    await reader.read_all()
    await stage.put(f".quilt/packages/{top_hash}", body)
    await stage.work_off_queue()
    assert await reader.changed() == {PACKAGE, FIRST}
    assert {each.message for each in reader.contents.values() if isinstance(each, PackageDocument)} == {"late"}


async def test_a_push_shows_the_readme_of_the_package_while_it_is_the_latest(
    stage: IndexWorld, feed: FeedStore
) -> None:
    await stage.put("README.md", "about wine", with_event=False)
    reader = Reader(feed)
    for tag, message in (("1700000000", "first"), ("1700000001", "second")):
        readme = entry("README.md", at=f"s3://{BUCKET}/README.md")
        await stage.push("amy/wine", tag, *manifest(readme, message=message))
        await stage.work_off_queue()
    await reader.read_all()
    readmes = {key: each.readme for key, each in reader.contents.items() if isinstance(each, PackageDocument)}
    assert readmes == {PACKAGE: "about wine", FIRST: "", SECOND: "about wine"}


async def test_documents_that_go_are_named_once_more(stage: IndexWorld, feed: FeedStore) -> None:
    top_hash, body = manifest(entry("a.csv"))
    await stage.push("amy/wine", "1700000000", top_hash, body)
    await stage.put("a/red.csv", "red")
    await stage.work_off_queue()
    reader = Reader(feed)
    await reader.read_all()
    for key in ("a/red.csv", ".quilt/named_packages/amy/wine/latest", ".quilt/named_packages/amy/wine/1700000000"):
        await stage.s3.delete(BUCKET, key)
        await stage.send_event(key)
    await stage.work_off_queue()
    assert await reader.changed() == {PACKAGE, FIRST, OBJECT}
    assert reader.contents == {}
    assert await stage.rows("SELECT count(*) FROM change WHERE gone") == [(3,)]


async def test_a_removed_bucket_is_one_row(
    stage: IndexWorld, feed: FeedStore, sessions: Sessions, purging: PoolStatements
) -> None:
    for number in range(5):
        await stage.put(f"{number}.csv", "red")
    await stage.push("amy/wine", "1700000000", *manifest(entry("a.csv")))
    await stage.work_off_queue()
    reader = Reader(feed)
    await reader.read_all()
    async with transaction(sessions) as session:
        await IndexedBucketStore(session).remove(BUCKET)
    page = await reader.read()
    assert page
    assert (page.gone_buckets, page.gone, page.documents) == ([BUCKET], [], [])
    assert reader.contents == {}
    assert await Reader(feed).read_all() == {}
    assert await purge_changes(purging, passed=0, before=TOMORROW) == 7
    assert await stage.rows("SELECT kind, bucket, name, gone FROM change") == [(-1, BUCKET, "", True)]


async def test_a_bucket_that_comes_back_has_only_its_new_documents(
    stage: IndexWorld, feed: FeedStore, sessions: Sessions, purging: PoolStatements
) -> None:
    await stage.put("old.csv", "old")
    await stage.put("a/red.csv", "old")
    await stage.work_off_queue()
    reader = Reader(feed)
    await reader.read_all()
    async with transaction(sessions) as session:
        await IndexedBucketStore(session).remove(BUCKET)
    await stage.s3.delete(BUCKET, "old.csv")
    await stage.index_keys("a/red.csv")
    assert (await reader.read_all()).keys() == {OBJECT}
    assert await purge_changes(purging, passed=0, before=TOMORROW) == 1
    assert (await Reader(feed).read_all()).keys() == {OBJECT}


async def test_rows_of_documents_that_are_gone_are_purged_when_all_have_passed_them(
    stage: IndexWorld, feed: FeedStore, purging: PoolStatements
) -> None:
    await stage.put("0.csv", "kept")
    for number in range(1, 5):
        await stage.put(f"{number}.csv", "red")
    await stage.work_off_queue()
    for number in range(1, 5):
        await stage.s3.delete(BUCKET, f"{number}.csv")
        await stage.index_keys(f"{number}.csv")
    newest = (await feed.head()).position

    async def purge(passed: int, before: datetime = TOMORROW) -> int:
        return await purge_changes(purging, passed=passed, before=before)

    assert await purge(newest, before=TOMORROW - timedelta(days=2)) == 0
    assert await purge(newest - 2) == 2
    head = await feed.head()
    assert (head.position, head.purged_to) == (newest, newest - 2)
    assert await purge(newest) == 1
    head = await feed.head()
    assert (head.position, head.purged_to) == (newest, newest - 1)
    assert await purge(newest) == 0


async def test_tables_that_are_emptied_at_once_begin_another_feed(
    stage: IndexWorld, feed: FeedStore, sessions: Sessions
) -> None:
    await stage.put("a.csv", "red")
    await stage.push("amy/wine", "1700000000", *manifest(entry("a.csv")))
    await stage.work_off_queue()
    before = await feed.head()
    async with transaction(sessions) as session:
        await session.execute(text("TRUNCATE object"))
    assert (await feed.head()).feed != before.feed
    assert (await Reader(feed).read_all()).keys() == {PACKAGE, FIRST}


async def test_a_tag_that_both_layouts_have_is_gone_with_the_last_of_them(
    stage: IndexWorld, feed: FeedStore, sessions: Sessions
) -> None:
    await stage.worker.buckets.sync_registered()
    reader = Reader(feed)
    row = "INSERT INTO pointer VALUES (:bucket, 'amy/wine', '1700000000', 'hash', 'etag', now(), :layout, NULL)"
    for statements, expected in (
        ([row.replace(":layout", "1"), row.replace(":layout", "2")], {FIRST}),
        (["DELETE FROM pointer WHERE layout = 1 AND bucket = :bucket"], {FIRST}),
        (["DELETE FROM pointer WHERE layout = 2 AND bucket = :bucket"], set[DocumentKey]()),
    ):
        async with transaction(sessions) as session:
            for statement in statements:
                await session.execute(text(statement), {"bucket": BUCKET})
        assert (await reader.read_all()).keys() == expected


async def test_writers_wait_for_each_other_only_at_their_commits(
    stage: IndexWorld, feed: FeedStore, sessions: Sessions
) -> None:
    await stage.worker.buckets.sync_registered()
    async with sessions() as first:
        await put_objects(first, ["first"])
        async with transaction(sessions) as second:
            await put_objects(second, ["second"])
        assert [key.name for key in await Reader(feed).read_all()] == ["second"]
        await first.commit()
    assert [key.name for key in await Reader(feed).read_all()] == ["second", "first"]


async def test_a_position_is_seen_only_after_all_smaller_ones(
    stage: IndexWorld, feed: FeedStore, sessions: Sessions
) -> None:
    await stage.worker.buckets.sync_registered()

    async def write_second() -> None:
        async with transaction(sessions) as second:
            await put_objects(second, ["second"])

    async with sessions() as first:
        await put_objects(first, ["first"])
        await first.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        writing = asyncio.create_task(write_second())
        await stage.until(WAITING, 1)
        assert await Reader(feed).read_all() == {}
        await first.commit()
    await writing
    assert [key.name for key in await Reader(feed).read_all()] == ["first", "second"]


async def test_a_reader_beside_many_writers_misses_nothing(
    stage: IndexWorld, feed: FeedStore, database: Databases
) -> None:
    """20 connections write and delete objects and packages. A reader that never looks back ends with what Postgres has."""
    await stage.worker.buckets.sync_registered()
    reader = Reader(feed)
    settings = DatabaseSettings(url=SecretStr(database.indexer), pool_size=WRITERS)
    async with open_engine(settings, "tests") as engine:
        sessions = sessions_of(engine)

        async def write(number: int) -> None:
            chosen = random.Random(number)  # noqa: S311 – not a secret
            for turn in range(12):
                keys = [f"{chosen.randrange(200):03}" for _ in range(chosen.randrange(1, 8))]
                async with transaction(sessions) as session:
                    await lock_keys(session, BUCKET, keys)
                    await put_objects(session, keys, f"{number}/{turn}")
                    await session.execute(
                        text("DELETE FROM object WHERE bucket = :bucket AND key = ANY(:keys)"),
                        {"bucket": BUCKET, "keys": keys[: chosen.randrange(3)]},
                    )
                    # Positions are given now instead of at the commit, so that there is time between the two.
                    await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
                    await asyncio.sleep(chosen.random() / 200)

        writing = asyncio.gather(*map(write, range(WRITERS)))
        pages = 0
        while not writing.done():
            pages += bool(await reader.read())
            await asyncio.sleep(0)
        await writing
    contents = await reader.read_all()
    there = await stage.rows("SELECT key, text FROM object ORDER BY key")
    assert sorted((each.key, each.text) for each in contents.values() if isinstance(each, ObjectDocument)) == there
    assert pages > 10
    assert await stage.rows("SELECT count(*) FROM changing") == [(0,)]


async def test_pointers_and_manifests_that_change_at_once_do_not_wait_for_each_other_forever(
    stage: IndexWorld, feed: FeedStore
) -> None:
    pushes = [manifest(entry(f"{number}.csv"), message=str(number)) for number in range(6)]
    reader = Reader(feed)

    async def write(number: int) -> None:
        top_hash, body = pushes[number]
        name = f"amy/p{number % 2}"
        for _ in range(3):
            await stage.put(f".quilt/packages/{top_hash}", body, with_event=False)
            await stage.point(name, f"17000000{number:02}", top_hash, with_event=False)
            await stage.point(name, "latest", top_hash, with_event=False)
            await stage.index_keys(
                f".quilt/named_packages/{name}/17000000{number:02}",
                f".quilt/packages/{top_hash}",
                f".quilt/named_packages/{name}/latest",
            )
            await stage.s3.delete(BUCKET, f".quilt/packages/{top_hash}")
            await stage.index_keys(f".quilt/packages/{top_hash}")

    await asyncio.gather(*map(write, range(6)))
    contents = await reader.read_all()
    packages = await stage.rows("SELECT name, top_hash FROM package ORDER BY name")
    documents = [each for each in contents.values() if isinstance(each, PackageDocument)]
    assert sorted((each.name, each.top_hash) for each in documents if each.tag == "latest") == packages
    assert {each.message for each in documents} == {None}
    assert len(documents) == 2 + 6


@pytest.mark.usefixtures("sessions")
async def test_the_registry_may_purge_the_feed_and_write_nothing(database: Databases, purging: PoolStatements) -> None:
    async with open_engine(DatabaseSettings(url=SecretStr(database.registry)), "tests") as engine:
        registry = sessions_of(engine)
        assert await purge_changes(purging, passed=0, before=TOMORROW) == 0
        for statement in ("DELETE FROM index.change", "UPDATE index.feed SET purged_to = 1"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                async with transaction(registry) as session:
                    await session.execute(text(statement))


def test_the_migration_puts_present_documents_into_the_feed(database: Databases, run_directory: object) -> None:
    name = f"{database.name}_indexer_feed_{uuid4().hex[:6]}"
    with locked(run_directory / "roles.lock"):  # type: ignore[operator]
        asyncio.run(ensure_database(database.admin, {}, name))
    url = f"{database.indexer.rpartition('/')[0]}/{name}"
    command.upgrade(migrations.config("indexer", url), "20261129_2000")
    asyncio.run(_fill(url))
    for _ in range(2):  # it may be repeated
        command.upgrade(migrations.config("indexer", url), "20261129_2130")
        assert asyncio.run(_positions(url)) == [
            (0, "amy/wine"),
            (1, "0"),
            (1, "1"),
            (1, "2"),
            (2, "amy/wine/1700000000"),
        ]
        asyncio.run(_run(url, "UPDATE index.alembic_version SET version_num = '20261129_2000'"))


async def _fill(url: str) -> None:
    await _run(
        url,
        "INSERT INTO index.object SELECT 'b', number, NULL, '', 0, now(), '', '{}', '', '', now() FROM generate_series(0, 2) AS number",
        "INSERT INTO index.package VALUES ('b', 'amy/wine', 'hash', now(), 1, '', '')",
        "INSERT INTO index.pointer VALUES ('b', 'amy/wine', '1700000000', 'hash', '', now(), 1, NULL)",
        "INSERT INTO index.pointer VALUES ('b', 'amy/wine', 'latest', 'hash', '', now(), 1, NULL)",
    )


async def _run(url: str, *statements: str) -> None:
    async with open_engine(DatabaseSettings(url=SecretStr(url)), "tests") as engine, engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def _positions(url: str) -> list[tuple[object, ...]]:
    async with open_engine(DatabaseSettings(url=SecretStr(url)), "tests") as engine, engine.begin() as connection:
        found = await connection.execute(text("SELECT kind, name FROM index.change ORDER BY position"))
        return [tuple(row) for row in found]


async def put_objects(session: AsyncSession, keys: list[str], content: str = "") -> None:
    await session.execute(
        text("""
            INSERT INTO object (bucket, key, version_id, etag, size, modified, extension, meta, text, search, indexed_at)
            SELECT DISTINCT :bucket, key, NULL, '', 0, now(), '', '{}'::jsonb, :content, ''::tsvector, now()
            FROM unnest(CAST(:keys AS text[])) AS key
            ON CONFLICT (bucket, key) DO UPDATE SET text = excluded.text, modified = excluded.modified
        """),
        {"bucket": BUCKET, "keys": keys, "content": content},
    )
