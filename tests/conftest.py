"""Real servers for the tests: one Postgres and one S3 per run, one migrated database per worker.

A run that is interrupted leaves no process behind. Workers of pytest-xdist end with the run, the run ends with the make that started
it, and programs that tests start end with the test's process (`before_exec`). On Linux even SIGKILL ends all of them.
"""

import asyncio
import gc
import signal
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from pydantic import SecretStr
from support.worlds.servers import Aws, Databases
from typing_extensions import override
from xdist.scheduler import LoadFileScheduling

from localrun.child_processes import end_with_parent
from localrun.emulator import REGION
from localrun.postgres import Cluster
from localrun.testing import locked, running_emulator, running_postgres
from shared.db import migrations
from shared.db.bootstrap import OWNERS, ensure_database
from shared.settings import AwsSettings

PASSWORD = "only in tests"
SHARED_SYSTEMS = ("tests/e2e/catalog/", "tests/e2e/")
"""Folders whose tests share one running system. Each is the work of one worker, and takes longest, so it starts first."""


def shared_system(nodeid: str) -> str | None:
    return next((folder for folder in SHARED_SYSTEMS if nodeid.startswith(folder)), None)


class FolderScheduling(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    @override
    def _split_scope(self, nodeid: str) -> str:
        return shared_system(nodeid) or super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FolderScheduling:
    return FolderScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {folder: at for at, folder in enumerate(SHARED_SYSTEMS)}
    items.sort(key=lambda item: order.get(shared_system(item.nodeid) or "", len(order)))


def pytest_collection_finish() -> None:
    """Imported modules stay, so the collector of garbage need not look at them again and again."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    parent = psutil.Process().parent()
    if hasattr(config, "workerinput"):
        end_with_parent()
    elif parent and parent.name() in {"make", "gmake"}:
        end_with_parent(signal.SIGTERM)


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Path:
    """The same for all workers of the run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker == "main" else base.parent


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """pytest-xdist's name of this worker, or `main`."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def postgres(run_directory: Path) -> Iterator[Cluster]:
    with running_postgres(run_directory) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def database(postgres: Cluster, run_directory: Path, worker: str) -> Databases:
    name = f"patchwork_{worker}"

    def url(schema: str) -> str:
        return f"postgresql+asyncpg://{OWNERS[schema]}:{quote(PASSWORD)}@127.0.0.1:{postgres.port}/{name}"

    made = Databases(name, url("auth"), url("registry"), url("index"), postgres.dsn(name))
    # Roles belong to the whole server: one worker at a time.
    with locked(run_directory / "roles.lock"):
        asyncio.run(ensure_database(postgres.dsn(), dict.fromkeys(OWNERS.values(), PASSWORD), name))
    for service in ("auth", "registry", "indexer"):
        if files(service).joinpath("migrations", "env.py").is_file():
            migrations.upgrade(service, getattr(made, service))
    return made


@pytest.fixture(scope="session")
def aws(run_directory: Path) -> Iterator[Aws]:
    with running_emulator(run_directory) as emulator:
        settings = AwsSettings(
            region=REGION,
            endpoint_url=emulator.url,
            access_key_id=emulator.access_key_id,
            secret_access_key=SecretStr(emulator.secret_access_key),
        )
        yield Aws(emulator.url, settings)
