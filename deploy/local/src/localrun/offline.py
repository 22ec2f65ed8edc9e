"""The data directory of a stopped system, and its Postgres alone."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.runtime import AlreadyRunning, end_leftovers, only_one
from localrun.system import InnerPorts, System


class DirectoryUnusable(Exception):
    """The command cannot use this directory; the message says why."""


@contextmanager
def stopped(configuration: Configuration) -> Iterator[System]:
    """The stopped system, which cannot be started before the context ends. Raises DirectoryUnusable when it runs or does not exist."""
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
    """Run the system's Postgres until the context ends."""
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
