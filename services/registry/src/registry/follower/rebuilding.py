"""Rebuilding: the index made again from Postgres, and its snapshot, on request."""

import asyncio
from collections.abc import Callable

from registry.follower.directory import DirectoryLocked, IndexDirectory
from registry.follower.following import Follower
from registry.follower.opening import directory_of, open_follower
from registry.follower.status import FollowerState, FollowerStatus, now, read_status
from registry.settings import FollowerSettings
from shared.errors import Unavailable

WATCH_SECONDS = 0.2
"""Time between looks at the state of a follower in another process."""

Report = Callable[[FollowerStatus], None]


async def rebuild(settings: FollowerSettings, report: Report, *, if_missing: bool = False) -> str:
    """Make the index of this machine again from Postgres, upload its snapshot if a bucket is set, and return what was done.

    A follower that runs on this machine does it, where there is one. With `if_missing` nothing is done where there is a snapshot
    from which machines can start, and the index of this machine is used where there is one. Raises Unavailable.
    """
    directory = directory_of(settings.search)
    try:
        with directory.locked():
            async with open_follower(settings) as follower:
                return await _build(follower, report, if_missing=if_missing)
    except DirectoryLocked:
        if if_missing:
            return "A follower runs on this machine, and makes snapshots itself."
        return await _ask_follower(directory, report)


async def _build(follower: Follower, report: Report, *, if_missing: bool) -> str:
    head = await follower.feed.head()
    if if_missing and (found := await follower.find_snapshot(head)):
        return f"There is a snapshot at position {found.position} of {head.position}."
    if not if_missing:
        follower.directory.ask_to_rebuild()
    stopping = asyncio.Event()

    def note(status: FollowerStatus) -> None:
        report(status)
        if status.state is FollowerState.FOLLOWING:
            stopping.set()

    follower.report = note
    await follower.run(stopping, with_housekeeping=False)
    status = read_status(follower.directory.status_file)
    if status is None or status.as_of is None:
        raise Unavailable("The index was not built")
    built = f"The index has {status.documents} documents, at position {status.position}."
    if follower.snapshots is None:
        return f"{built} REGISTRY_SEARCH__SNAPSHOT_BUCKET is not set, so there is no snapshot."
    if status.position == 0:
        return f"{built} It needs no snapshot."
    await follower.make_snapshot(head.feed, status.position)
    return f"{built} Its snapshot has been uploaded."


async def _ask_follower(directory: IndexDirectory, report: Report) -> str:
    directory.ask_to_rebuild()
    began = now()
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        status = read_status(directory.status_file)
        if status is None or not status.runs(now()):
            raise Unavailable("The follower of this machine has ended. Start the registry, or run this again")
        if status.written_at < began or directory.should_rebuild():
            continue
        report(status)
        if status.state is FollowerState.FOLLOWING:
            return f"The follower of this machine has built the index again: it has {status.documents} documents."
