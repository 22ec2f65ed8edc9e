"""Pools follow from the processes of a replica and from what the database allows."""

import pytest
from pydantic import SecretStr

from auth.resources import processes_of as auth_processes
from auth.settings import AuthSettings
from indexer.resources import processes_of as indexer_processes
from indexer.settings import IndexerSettings
from registry.db.connections import processes_of as registry_processes
from registry.settings import JobSettings, QuerySettings, RegistrySettings
from shared.db.budget import (
    GENERATIONS,
    RESERVED_CONNECTIONS,
    SHARES,
    PooledProcesses,
    TooFewConnections,
    budget_of,
    plan_pools,
)
from shared.settings import DatabaseSettings

JOBS = 2
JOBS_BY_SIZE = {"small": 1, "medium": JOBS, "large": JOBS}
DATABASE = DatabaseSettings(url=SecretStr("postgresql+asyncpg://nobody@127.0.0.1/none"))


def replica(service: str, workers: int, at_once: int = JOBS) -> list[PooledProcesses]:
    """The processes of a replica as its service plans them."""
    match service:
        case "auth":
            return auth_processes(AuthSettings.model_construct(workers=workers, database=DATABASE))
        case "registry":
            jobs, queries = JobSettings(at_once=at_once), QuerySettings(at_once=at_once)
            made = RegistrySettings.model_construct(workers=workers, database=DATABASE, jobs=jobs, queries=queries)
            return registry_processes(made)
        case _:
            return indexer_processes(IndexerSettings.model_construct(workers=workers, database=DATABASE))


def connections(processes: list[PooledProcesses], sizes: list[int]) -> int:
    return sum(each.connections(size) for each, size in zip(processes, sizes, strict=True))


@pytest.mark.parametrize("max_connections", [80, 200, 400, 1600])
@pytest.mark.parametrize("replicas", [1, 2, 6, 20])
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_all_services_together_use_at_most_what_the_database_allows_while_an_upgrade_runs(
    max_connections: int, replicas: int, workers: int
) -> None:
    used = 0
    for service in SHARES:
        processes = replica(service, workers)
        try:
            sizes = plan_pools(service, max_connections, replicas, processes)
        except TooFewConnections:
            return
        fewest = connections(processes, [1] * len(processes))
        if fewest > budget_of(service, max_connections, replicas):
            return  # only one generation fits, which is logged
        used += GENERATIONS * replicas * connections(processes, sizes)
    assert used <= max_connections - RESERVED_CONNECTIONS


@pytest.mark.parametrize(
    ("size", "replicas", "workers", "max_connections"),
    [("small", 2, 1, 80), ("medium", 6, 1, 400), ("large", 20, 2, 1600)],
)
def test_sizes_of_the_cloudformation_templates_fit_while_an_upgrade_runs(
    size: str, replicas: int, workers: int, max_connections: int
) -> None:
    for service in SHARES:
        processes = replica(service, workers if service == "registry" else 1, JOBS_BY_SIZE[size])
        fewest = connections(processes, [1] * len(processes))
        assert fewest <= budget_of(service, max_connections, replicas), service


def test_pools_are_as_large_as_their_settings_where_the_database_allows_it() -> None:
    assert plan_pools("registry", 200, 1, replica("registry", 1)) == [5, 3, 1]


def test_more_workers_have_smaller_pools() -> None:
    sizes = [plan_pools("registry", 200, 1, replica("registry", workers))[0] for workers in (1, 2, 4, 8)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0]


def test_too_few_connections_are_refused_with_advice() -> None:
    with pytest.raises(TooFewConnections, match=r"Raise max_connections to .* or lower REGISTRY_WORKERS") as refused:
        plan_pools("registry", 60, 4, replica("registry", 8))
    assert "needs 34 in each of 4 replicas" in str(refused.value)
