"""Connections of the registry's processes: those that answer requests, those of jobs and queries, and the follower."""

from registry.settings import RegistrySettings
from shared.db.budget import PooledProcesses, planned_settings
from shared.settings import DatabaseSettings

_FOLLOWER_CONNECTIONS = 2
"""One of the follower, and one of its housekeeping, or of the process that reads for it while it is far behind."""
_MAX_WORKER_POOL_SIZE = 3


def processes_of(settings: RegistrySettings) -> list[PooledProcesses]:
    """Processes of a replica: those that answer requests, with a pool of sessions and one of statements, those of jobs and queries,
    and the follower."""
    kinds = (settings.jobs, settings.queries)
    workers = sum(each.at_once for each in kinds if each.enabled)
    follows = settings.search.backend == "engine"
    return [
        PooledProcesses(settings.workers, 3, settings.database.pool_size),
        PooledProcesses(workers, 2, _MAX_WORKER_POOL_SIZE),
        PooledProcesses(1, 0, 1, besides=_FOLLOWER_CONNECTIONS if follows else 0),
    ]


async def plan_databases(settings: RegistrySettings) -> tuple[DatabaseSettings, DatabaseSettings]:
    """Settings of the database for processes that answer requests, and for those of jobs and queries.

    Raises TooFewConnections or Unavailable.
    """
    answering, working, _ = await planned_settings(settings.database, "registry", processes_of(settings))
    return answering, working
