"""Real servers for the tests: one Postgres and one S3 per run, one migrated database per worker.

A run that is interrupted leaves no process behind. Workers of pytest-xdist end with the run, the run ends with the make that started
it, and programs that tests start end with the test's process (`before_exec`). On Linux even SIGKILL ends all of them.
"""

import asyncio
import gc
import os
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import hypothesis
import psutil
import pytest
from pydantic import SecretStr
from support.environments import MAKES, require_made
from support.worlds.servers import Aws, CopyDatabase, Databases
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
MIGRATED = "patchwork_migrated"
"""The database of which all others are copies."""
SHARED_SYSTEMS = ("tests/e2e/catalog/", "tests/e2e/")
"""Folders whose tests share one running system. Each is the work of one worker, and takes longest, so it starts first."""
WAITING = ("tests/s3proxy/", "tests/registry/follower/", "tests/registry/queries/")
"""Folders whose tests mostly wait. They come next, beside the shared systems and the checks, which keep the processors busy."""
_HANDLER = signal.getsignal(signal.SIGINT)
"""The run's own."""


def shared_system(nodeid: str) -> str | None:
    return next((folder for folder in SHARED_SYSTEMS if nodeid.startswith(folder)), None)


class FolderScheduling(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    @override
    def _split_scope(self, nodeid: str) -> str:
        return shared_system(nodeid) or super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FolderScheduling:
    return FolderScheduling(config, log)


def pytest_collection(session: pytest.Session) -> None:
    """Each worker begins with another folder, so that each module is compiled by one worker and read by the others."""
    gc.disable()
    given = getattr(session.config, "workerinput", {})
    if given and session.config.args == ["tests"]:
        folders = [f"tests/{entry}" for entry in entries_of_tests()]
        first = len(folders) * int(given["workerid"].removeprefix("gw")) // given["workercount"]
        session.config.args[:] = folders[first:] + folders[:first]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in each worker: those of shared systems first, then those that wait, then by folder."""
    systems = {folder: at for at, folder in enumerate(SHARED_SYSTEMS)}
    folders = {entry: at for at, entry in enumerate(entries_of_tests())}

    def place(item: pytest.Item) -> tuple[int, bool, int]:
        system = systems.get(shared_system(item.nodeid) or "", len(systems))
        folder = next(iter(Path(item.nodeid.partition("::")[0]).parts[1:]), "")
        return system, not item.nodeid.startswith(WAITING), folders.get(folder, 0)

    items.sort(key=place)


@cache
def entries_of_tests() -> list[str]:
    """Names of the folders and files in `tests` that may have tests, as pytest orders them."""
    entries = (path.name for path in Path(__file__).parent.iterdir() if path.is_dir() or path.match("test_*.py"))
    return sorted(name for name in entries if name not in {"__pycache__", "long"})


def pytest_collection_finish() -> None:
    """Imported modules stay, so the collector of garbage need not look at them again and again."""
    gc.enable()
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.register_profile("patient", deadline=None)  # a test may run beside other work
    hypothesis.settings.load_profile("patient")
    # Without credentials, boto would ask the machine for those of its role, and wait for an answer.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    parent = psutil.Process().parent()
    if hasattr(config, "workerinput"):
        end_with_parent()
    elif parent and parent.name() in MAKES:
        end_with_parent(signal.SIGTERM)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Ctrl-C must reach the run. Each asyncio.run also looks at the handler, and writes the text of a task that this holds."""
    yield
    assert signal.getsignal(signal.SIGINT) is _HANDLER, "This test leaves a handler of SIGINT behind"


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
def copy_database(postgres: Cluster, run_directory: Path, worker: str) -> CopyDatabase:
    """Databases are copies of one that the first worker migrates."""

    def url(schema: str) -> str:
        return f"postgresql+asyncpg://{OWNERS[schema]}:{quote(PASSWORD)}@127.0.0.1:{postgres.port}/{MIGRATED}"

    migrated = Databases(MIGRATED, url("auth"), url("registry"), url("index"), postgres.dsn(MIGRATED))
    done = run_directory / "migrated"
    # Roles belong to the whole server: one worker at a time.
    with locked(run_directory / "roles.lock"):
        if not done.exists():
            asyncio.run(ensure_database(postgres.dsn(), dict.fromkeys(OWNERS.values(), PASSWORD), MIGRATED))
            for service in migrations.SCHEMAS:
                migrations.upgrade(service, getattr(migrated, service))
            done.touch()

    def copy(ending: str) -> Databases:
        made = migrated.named(f"patchwork_{worker}{ending}")
        with locked(run_directory / "roles.lock"):
            asyncio.run(execute(postgres.dsn(), f'CREATE DATABASE "{made.name}" TEMPLATE "{MIGRATED}"'))
        return made

    return copy


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def database(copy_database: CopyDatabase) -> Databases:
    return copy_database("")


@pytest.fixture(scope="session")
def aws(run_directory: Path) -> Iterator[Aws]:
    require_made("aws")
    with running_emulator(run_directory) as emulator:
        settings = AwsSettings(
            region=REGION,
            endpoint_url=emulator.url,
            access_key_id=emulator.access_key_id,
            secret_access_key=SecretStr(emulator.secret_access_key),
        )
        yield Aws(emulator.url, settings)
