"""Sizes of the pools of a service's processes, so that no installation asks its database for more connections than it has.

Each service has a share of `max_connections`, which its replicas divide. While an upgrade runs, old and new replicas are there
side by side, so a replica takes half of its part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import structlog

from shared.errors import Unavailable
from shared.settings import DatabaseSettings

SHARES = {"auth": 0.25, "registry": 0.55, "indexer": 0.2}
RESERVED_CONNECTIONS = 10
"""For the superuser, migrations, backups and the doctor."""
GENERATIONS = 2
"""Old and new replicas during an upgrade."""
CONNECT_SECONDS = 5

log = structlog.get_logger()


class TooFewConnections(RuntimeError):
    """The database allows fewer connections than the processes of the service need."""


@dataclass(frozen=True, slots=True)
class PooledProcesses:
    """Processes of one kind in a replica."""

    count: int
    per_pool_size: int
    """Connections that a process uses at most, for each 1 of its pool size."""
    max_pool_size: int
    besides: int = 0
    """Connections of a process outside of pools of this size."""

    def connections(self, pool_size: int) -> int:
        return self.count * (self.per_pool_size * pool_size + self.besides)


def fit_pools(budget: int, processes: Sequence[PooledProcesses]) -> list[int] | None:
    """Pool size of each kind, within the budget of a replica; None when not even pools of 1 fit."""
    sizes = [each.max_pool_size for each in processes]
    while _sum(processes, sizes) > budget:
        largest = max(range(len(sizes)), key=lambda at: (sizes[at] > 1, processes[at].connections(sizes[at])))
        if sizes[largest] == 1:
            return None
        sizes[largest] -= 1
    return sizes


def _sum(processes: Sequence[PooledProcesses], sizes: Sequence[int]) -> int:
    return sum(each.connections(size) for each, size in zip(processes, sizes, strict=True))


def budget_of(service: str, max_connections: int, replicas: int, generations: int = GENERATIONS) -> int:
    """Connections of one replica of a service."""
    return int((max_connections - RESERVED_CONNECTIONS) * SHARES[service] / replicas / generations)


def plan_pools(service: str, max_connections: int, replicas: int, processes: Sequence[PooledProcesses]) -> list[int]:
    """Pool size of each kind of process. Raises TooFewConnections."""
    planned = fit_pools(budget_of(service, max_connections, replicas), processes)
    if planned is not None:
        return planned
    needed = _sum(processes, [1] * len(processes))
    if needed > budget_of(service, max_connections, replicas, generations=1):
        enough = int(needed * replicas / SHARES[service]) + RESERVED_CONNECTIONS + 1
        raise TooFewConnections(
            f"The database allows {max_connections} connections. {service} may have {SHARES[service]:.0%} of them, and needs "
            f"{needed} in each of {replicas} replicas. Raise max_connections to {enough}, {enough * GENERATIONS} for upgrades "
            f"without a pause, or lower {service.upper()}_WORKERS or the number of replicas"
        )
    log.warning("too_few_connections_for_upgrades", service=service, max_connections=max_connections, needed=needed)
    return [1] * len(processes)


async def read_max_connections(settings: DatabaseSettings) -> int:
    """`max_connections` of the database. Raises Unavailable."""
    try:
        connection = await asyncpg.connect(settings.driver_url, timeout=CONNECT_SECONDS)
        try:
            return int(await connection.fetchval("SHOW max_connections"))
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable("The database is not responding") from error


async def planned_settings(
    settings: DatabaseSettings, service: str, processes: Sequence[PooledProcesses]
) -> list[DatabaseSettings]:
    """The settings with the planned pool size, for each kind of process. Raises TooFewConnections or Unavailable."""
    sizes = plan_pools(service, await read_max_connections(settings), settings.replicas, processes)
    return [settings.model_copy(update={"pool_size": size}) for size in sizes]
