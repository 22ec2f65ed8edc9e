"""The embedded Postgres survives kills, leftovers and interrupted creation."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from localrun.child_processes import before_exec
from localrun.postgres import Cluster, PostgresUnusable
from localrun.testing import free_port


@pytest.fixture(scope="module")
def created(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """A cluster that was never started. Creating one takes longer than copying it."""
    made = Cluster(tmp_path_factory.mktemp("created") / "data", 0, secrets.token_urlsafe(8), durable=False)
    made.prepare()
    return made


@pytest.fixture
def cluster(created: Cluster, tmp_path: Path) -> Cluster:
    made = Cluster(tmp_path / "data", free_port(), created.password)
    subprocess.run(["cp", "-Rp", created.directory, made.directory], check=True)  # with its owner
    made.prepare()
    return made


async def ask(cluster: Cluster, *statements: str) -> object:
    connection = await asyncpg.connect(cluster.dsn())
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_committed_rows_survive_a_kill(cluster: Cluster, tmp_path: Path) -> None:
    process = cluster.start(tmp_path / "log")
    cluster.wait_ready(process)
    await ask(cluster, "CREATE TABLE kept AS SELECT generate_series(1, 10000) AS i", "SELECT 1")
    process.kill()
    process.wait()

    cluster.prepare()
    process = cluster.start(tmp_path / "log")
    cluster.wait_ready(process)
    assert await ask(cluster, "SELECT count(*) FROM kept") == 10_000
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


async def test_postgres_sorts_and_folds_the_same_on_every_system(cluster: Cluster, tmp_path: Path) -> None:
    process = cluster.start(tmp_path / "log")
    cluster.wait_ready(process)
    assert await ask(cluster, "SELECT lower('ÀÉ')") == "àé"
    assert await ask(cluster, "SELECT 'B' < 'a'")
    assert await ask(cluster, "CREATE EXTENSION pg_trgm", "SELECT similarity('abc', 'abd') > 0")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(cluster.dsn().replace(cluster.password, "wrong"))
    process.send_signal(signal.SIGINT)
    process.wait(10)


async def test_a_postgres_server_of_a_killed_run_is_stopped(cluster: Cluster, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", LEAVE, str(cluster.directory), str(cluster.port), cluster.password]
    pid = int((await asyncio.to_thread(subprocess.check_output, argv)).strip())
    orphan = psutil.Process(pid)
    assert await ask(cluster, "CREATE TABLE kept (i int)", "SELECT 1") == 1
    await asyncio.to_thread(cluster.prepare)
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE

    process = cluster.start(tmp_path / "log")
    cluster.wait_ready(process)
    assert await ask(cluster, "SELECT count(*) FROM kept") == 0
    process.send_signal(signal.SIGINT)
    process.wait(10)


LEAVE = """
import os, sys
from pathlib import Path
from localrun import child_processes
from localrun.postgres import Cluster
child_processes._prctl = lambda *arguments: arguments[0] == 1 or child_processes._libc.prctl(*arguments)  # no death signal
cluster = Cluster(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
process = cluster.start(cluster.directory.parent / "log")
cluster.wait_ready(process)
print(process.pid, flush=True)
os._exit(0)
"""


async def test_a_stale_lock_file_does_not_keep_postgres_from_starting(cluster: Cluster, tmp_path: Path) -> None:
    (cluster.directory / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.directory}\n")
    cluster.prepare()
    process = cluster.start(tmp_path / "log")
    cluster.wait_ready(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def test_postgres_ends_with_its_parent(cluster: Cluster) -> None:
    if sys.platform != "linux":
        pytest.skip("parent death signals are Linux's")
    code = START_AND_DIE.format(directory=str(cluster.directory), port=cluster.port, password=cluster.password)
    pid = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True).stdout)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_postgres_runs_from_a_directory_that_only_root_may_enter(tmp_path: Path) -> None:
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root becomes somebody else")
    tmp_path.chmod(0o700)
    program = tmp_path / "program"
    program.touch(mode=0o755)
    script = "import os, sys; sys.exit(os.getuid() != 65534 or not os.access(sys.argv[1], os.X_OK))"  # as initdb asks
    argv = [sys.executable, "-I", "-S", "-c", script, str(program)]
    done = subprocess.run(argv, preexec_fn=before_exec(uid=65534), check=False)
    assert done.returncode == 0


START_AND_DIE = """
import os
from pathlib import Path
from localrun.postgres import Cluster
cluster = Cluster(Path({directory!r}), {port}, {password!r})
process = cluster.start(cluster.directory.parent / "log")
cluster.wait_ready(process)
print(process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


async def test_data_of_another_version_is_refused_with_advice(cluster: Cluster) -> None:
    (cluster.directory / "PG_VERSION").write_text("14\n")
    with pytest.raises(PostgresUnusable, match=r"made by Postgres 14.*PATCHWORK_POSTGRES_BIN"):
        cluster.prepare()


async def test_an_interrupted_creation_of_a_cluster_is_repeated(tmp_path: Path) -> None:
    left = tmp_path / "data.new"
    left.mkdir()
    (left / "PG_VERSION").write_text("18\n")
    cluster = Cluster(tmp_path / "data", free_port(), "secret", durable=False)
    cluster.prepare()
    assert (tmp_path / "data" / "global").is_dir()
    assert not left.exists()
