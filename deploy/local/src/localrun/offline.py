"""The data directory of a system that does not run, and its Postgres alone."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.runtime import AlreadyRunning, end_leftovers, only_one
from localrun.system import InnerPorts, System


class DirectoryUnusable(Exception):
    """The command cannot be done with this directory; the message says why."""


@contextmanager
def stopped(configuration: Configuration) -> Iterator[System]:
    """Nobody starts it meanwhile. Raises Unfit when it runs, or is none."""
    data = configuration.data
    if not (data / "secrets.json").exists():
        raise DirectoryUnusable(f"there is no system in {data} (or set PATCHWORK_DATA)")
    try:
        with only_one(data):
            end_leftovers(data)
            yield System(configuration, SystemSecrets.of(data), InnerPorts.choose())
    except AlreadyRunning as error:
        raise DirectoryUnusable(f"stop the system first. {error}") from None


@contextmanager
def database_of(system: System, log: Path) -> Iterator[None]:
    """Its Postgres runs meanwhile."""
    cluster = system.cluster
    log.parent.mkdir(exist_ok=True)
    cluster.prepare()
    process = cluster.start(log)
    try:
        cluster.wait_ready(process)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
