"""A follower for one test, with a database whose index the test writes by SQL, and the real search engine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text
from support.worlds.servers import Databases

from localrun.testing import locked
from registry.follower.directory import IndexDirectory
from registry.follower.entries import EntryChanges
from registry.follower.following import Follower, FollowerTiming, IndexWriter
from registry.follower.opening import open_index_writer
from registry.follower.reading import ReadPages
from registry.follower.snapshot_store import SnapshotStore
from registry.follower.status import FollowerState, FollowerStatus, read_status
from registry.search_engine.combining import every
from registry.search_engine.schema import FORMAT, key_of_id
from registry.search_engine.searching import SearchIndex
from registry.search_engine.snapshot import IndexSnapshot
from shared.db import migrations
from shared.db.bootstrap import ensure_database
from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.db.statements import Statements, open_statements
from shared.index.feed import FeedStore, purge_changes
from shared.settings import DatabaseSettings
from shared.testing.objects import FakeObjectStore

BUCKET = "wine"
SERVICE_BUCKET = "service"
MAX_SECONDS = 30
FREQUENT = FollowerTiming(snapshot_seconds=0.01, unused_days=14)
SELDOM = FollowerTiming(snapshot_seconds=3600, unused_days=14)


@dataclass
class FollowerWorld:
    sessions: Sessions
    """Sessions of the indexer."""
    statements: Statements
    """Connections of the registry, which read."""
    purging: Statements
    directory: IndexDirectory
    objects: FakeObjectStore = field(default_factory=lambda: FakeObjectStore(SERVICE_BUCKET))

    def elsewhere(self, name: str = "other", index_format: str = FORMAT) -> "FollowerWorld":
        """The same system as seen by another machine, or another release."""
        root = self.directory.root
        return replace(self, directory=IndexDirectory(root if index_format != FORMAT else root / name, index_format))

    def snapshots(self, holder: str = "me") -> SnapshotStore:
        return SnapshotStore(self.objects, SERVICE_BUCKET, self.directory.format, holder=holder)

    def follower(
        self,
        timing: FollowerTiming = SELDOM,
        *,
        open_writer: Callable[[Path], IndexWriter] = open_index_writer,
        snapshots: SnapshotStore | None = None,
        statements: Statements | None = None,
        entries: EntryChanges | None = None,
        read_pages: ReadPages | None = None,
    ) -> Follower:
        self.directory.prepare()
        feed = FeedStore(statements or self.statements)
        return Follower(self.directory, feed, open_writer, timing, self.purge_changes, snapshots, entries, read_pages)

    async def purge_changes(self, passed: int, before: datetime) -> int:
        return await purge_changes(self.purging, passed=passed, before=before)

    @asynccontextmanager
    async def following(self, **options: Any) -> AsyncIterator[Follower]:
        """A follower that runs while the context is open. It has had all changes when the body begins."""
        follower = self.follower(**options)
        stopping = asyncio.Event()
        running = asyncio.create_task(follower.run(stopping))
        try:
            await self.caught_up(running)
            yield follower
        finally:
            stopping.set()
            await running

    async def follow(self, **options: Any) -> None:
        """Follow until all changes are there."""
        async with self.following(**options):
            pass

    async def caught_up(self, running: "asyncio.Task[None] | None" = None) -> None:
        head = (await FeedStore(self.statements).head()).position

        def is_there() -> bool:
            if running and running.done():
                running.result()
            status = self.status()
            return status is not None and status.state is FollowerState.FOLLOWING and status.position >= head

        await eventually(is_there)

    def begun_at(self) -> int:
        """Time, in nanoseconds, at which the index was begun."""
        return (self.directory.index / "feed.json").stat().st_mtime_ns

    def status(self) -> FollowerStatus | None:
        return read_status(self.directory.status_file)

    async def indexed(self) -> list[str]:
        """Names of all documents in the index, sorted."""
        index = SearchIndex(self.directory.index)
        try:
            return await index.run(_names)
        finally:
            index.close()

    async def empty(self) -> None:
        """Remove everything from Postgres, and begin another feed."""
        await self.run(
            "TRUNCATE index.bucket, index.object, index.delete_marker, index.pointer, index.manifest, index.unshown_manifest, index.archive_layout, index.package, index.change",
            "UPDATE index.feed SET id = gen_random_uuid(), purged_to = 0",
        )

    # What the indexer does

    async def put(self, *keys: str, content: str = "", bucket: str = BUCKET) -> None:
        await self.run(
            "INSERT INTO index.bucket VALUES (:bucket) ON CONFLICT DO NOTHING",
            """
            INSERT INTO index.object (bucket, key, etag, size, modified, extension, meta, text, search, indexed_at)
            SELECT :bucket, key, :content, 0, now(), '', '{}'::jsonb, :content, ''::tsvector, now()
            FROM unnest(CAST(:keys AS text[])) AS key
            ON CONFLICT (bucket, key) DO UPDATE SET text = excluded.text, etag = excluded.etag
            """,
            keys=list(keys),
            content=content,
            bucket=bucket,
        )

    async def remove(self, *keys: str) -> None:
        statement = "DELETE FROM index.object WHERE bucket = :bucket AND key = ANY(CAST(:keys AS text[]))"
        await self.run(statement, keys=list(keys), bucket=BUCKET)

    async def remove_bucket(self, bucket: str = BUCKET) -> None:
        await self.run(
            "DELETE FROM index.bucket WHERE name = :bucket",
            "DELETE FROM index.object WHERE bucket = :bucket",
            bucket=bucket,
        )

    async def run(self, *statements: str, **values: Any) -> None:
        async with transaction(self.sessions) as session:
            for statement in statements:
                named = {name: value for name, value in values.items() if f":{name}" in statement}
                await session.execute(text(statement), named)

    async def there(self) -> list[str]:
        """Keys of all objects in Postgres, sorted."""
        async with transaction(self.sessions) as session:
            return list(await session.scalars(text("SELECT key FROM index.object ORDER BY key")))


def make_followed_database(database: Databases, run_directory: Path) -> Databases:
    """A database of its own, with the index's schema."""
    name = f"{database.name}_followed"
    with locked(run_directory / "roles.lock"):
        asyncio.run(ensure_database(database.admin, {}, name))

    def own(url: str) -> str:
        return f"{url.rpartition('/')[0]}/{name}"

    made = Databases(name, own(database.auth), own(database.registry), own(database.indexer), own(database.admin))
    migrations.upgrade("indexer", made.indexer)
    return made


@asynccontextmanager
async def open_follower_world(database: Databases, root: Path, connections: int = 5) -> AsyncIterator[FollowerWorld]:
    indexer = DatabaseSettings(url=SecretStr(database.indexer), pool_size=connections)
    registry = DatabaseSettings(url=SecretStr(database.registry))
    async with (
        open_engine(indexer, "tests") as engine,
        open_statements(registry, "tests") as statements,
        open_statements(registry, "tests", read_only=False) as purging,
    ):
        directory = IndexDirectory(root, FORMAT)
        yield FollowerWorld(sessions_of(engine), statements, purging, directory)


def follower_environment(database: Databases, directory: IndexDirectory) -> dict[str, str]:
    """Settings for follower processes."""
    return {
        "REGISTRY_DATABASE__URL": database.registry,
        "REGISTRY_SEARCH__DIRECTORY": str(directory.root),
        "REGISTRY_LOG__FORMAT": "console",
    }


def _names(snapshot: IndexSnapshot) -> list[str]:
    searcher = snapshot.searcher
    found = searcher.search(every([]), limit=1_000_000)
    stored = (searcher.doc(address)["id"][0] for _, address in found.hits)
    return sorted(key_of_id(each).name for each in stored if "\0" in each)


async def eventually(is_true: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = MAX_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while True:
            answer = is_true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)


def numbered(first: int, last: int) -> Iterable[str]:
    return (f"{number:05}" for number in range(first, last))
