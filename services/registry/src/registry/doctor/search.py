"""Checks of this machine's search index: a follower, its lag, and room to merge."""

import shutil
from collections.abc import Sequence

from registry.doctor.findings import Finding, failed, ok, warning
from registry.follower.opening import directory_of
from registry.follower.status import now, read_status
from registry.settings import RegistrySettings

MAX_LAG_SECONDS = 60.0
MIN_FREE_BYTES = 256 << 20


async def check_search(settings: RegistrySettings) -> Sequence[Finding]:
    if settings.search.backend != "engine":
        return [ok("search", "Postgres answers searches")]
    directory = directory_of(settings.search)
    status = read_status(directory.status_file)
    if status is None:
        return [
            warning(
                "search",
                f"There is no index in {settings.search.directory}",
                "Run this where the registry runs: the index is on its disk. If it does run here, see its log",
            )
        ]
    free = shutil.disk_usage(settings.search.directory).free
    seen = f"{status.documents:,} documents in {status.bytes_on_disk / 1e6:,.0f} MB, {free / 1e9:,.1f} GB free"
    if not status.runs(now()):
        return [
            failed("search", f"Nothing follows the changes; {seen}", "See the log of the registry for its follower")
        ]
    if free < max(MIN_FREE_BYTES, status.bytes_on_disk):
        return [failed("search", seen, "Merging needs as much room as the index has: give the disk more")]
    lag = status.lag_seconds(now())
    if lag is None or lag > MAX_LAG_SECONDS:
        behind = "has never had all changes" if lag is None else f"is {lag:.0f} s behind"
        return [
            warning("search", f"The index {behind}; {seen}. {status.problem}".strip(), "It catches up by itself; wait")
        ]
    return [ok("search", seen)]
