"""State of the search index of this replica."""

from registry.follower.opening import directory_of
from registry.follower.status import now, read_status
from registry.settings import SearchSettings
from shared.schemas.search import SearchIndexStatus


def index_status(settings: SearchSettings) -> SearchIndexStatus:
    status = read_status(directory_of(settings).status_file) if settings.backend == "engine" else None
    if status is None:
        return SearchIndexStatus(
            backend=settings.backend,
            state=None,
            is_running=False,
            lag_seconds=None,
            position=0,
            head=0,
            documents=0,
            bytes_on_disk=0,
            snapshot_at=None,
            problem=None,
        )
    return SearchIndexStatus(
        backend=settings.backend,
        state=status.state,
        is_running=status.runs(now()),
        lag_seconds=status.lag_seconds(now()),
        position=status.position,
        head=status.head,
        documents=status.documents,
        bytes_on_disk=status.bytes_on_disk,
        snapshot_at=status.snapshot_at,
        problem=status.problem or None,
    )
