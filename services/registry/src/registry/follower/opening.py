"""A follower with the connections that the settings name."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from registry.follower.directory import IndexDirectory
from registry.follower.entries import EntryChanges
from registry.follower.following import Follower, FollowerTiming, IndexTorn, IndexWriter
from registry.follower.reading import read_pages
from registry.follower.snapshots import Snapshots
from registry.search_engine.schema import FORMAT
from registry.search_engine.writing import IndexLockedError, IndexUnreadableError, SearchIndexWriter
from registry.settings import FollowerSettings, SearchSettings
from shared.db.statements import open_statements
from shared.index.feed import FeedStore, purge_changes

APPLICATION = "registry-follower"
POOL_SIZE = 1


def directory_of(settings: SearchSettings) -> IndexDirectory:
    return IndexDirectory(settings.directory, FORMAT)


def open_index_writer(directory: Path) -> IndexWriter:
    try:
        return SearchIndexWriter(directory)
    except (IndexUnreadableError, IndexLockedError) as error:
        raise IndexTorn(str(error)) from error


@asynccontextmanager
async def open_follower(settings: FollowerSettings) -> AsyncIterator[Follower]:
    """The caller has locked the directory."""
    database = settings.database.model_copy(update={"pool_size": POOL_SIZE})
    async with AsyncExitStack() as stack:
        statements = await stack.enter_async_context(open_statements(database, APPLICATION))

        async def purge(passed: int, before: datetime) -> int:
            async with open_statements(database, APPLICATION, read_only=False) as purging:
                return await purge_changes(purging, passed=passed, before=before)

        bucket = settings.search.snapshot_bucket
        snapshots = await stack.enter_async_context(_open_snapshots(settings, bucket)) if bucket else None
        yield Follower(
            directory=directory_of(settings.search),
            feed=FeedStore(statements),
            open_writer=open_index_writer,
            timing=FollowerTiming(settings.search.snapshot_seconds, settings.search.unused_days),
            purge_changes=purge,
            snapshots=snapshots,
            entries=EntryChanges(statements) if settings.search.entries else None,
            read_pages=read_pages,
        )


@asynccontextmanager
async def _open_snapshots(settings: FollowerSettings, bucket: str) -> AsyncIterator[Snapshots]:
    # The client of S3 takes 20 MB of memory, which most followers on a single machine do not need.
    from registry.follower.snapshot_store import SnapshotStore  # noqa: PLC0415
    from shared.aws.clients import open_s3  # noqa: PLC0415
    from shared.aws.objects import S3ObjectStore  # noqa: PLC0415

    async with open_s3(settings.aws) as s3:
        yield SnapshotStore(S3ObjectStore(s3), bucket, FORMAT)
