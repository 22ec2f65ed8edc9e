"""Servers for a test run, shared by its workers."""

import fcntl
import json
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localrun.emulator import Emulator
from localrun.ports import free_ports
from localrun.postgres import Cluster

Start = Callable[[Path], tuple[dict[str, Any], subprocess.Popen[bytes]]]


def free_port() -> int:
    return free_ports(1)[0]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def running_postgres(directory: Path) -> Iterator[Cluster]:
    def start(place: Path) -> tuple[dict[str, Any], subprocess.Popen[bytes]]:
        known: dict[str, Any] = {"port": free_port(), "password": secrets.token_urlsafe(16)}
        cluster = Cluster(place / "data", **known, durable=False)
        cluster.prepare()
        process = cluster.start(place / "log")
        cluster.wait_ready(process)
        return known, process

    with _shared(directory / "postgres", start) as known:
        yield Cluster(directory / "postgres" / "data", **known, durable=False)


@contextmanager
def running_emulator(directory: Path) -> Iterator[Emulator]:
    def start(place: Path) -> tuple[dict[str, Any], subprocess.Popen[bytes]]:
        known: dict[str, Any] = {
            "port": free_port(),
            "access_key_id": "ROOT" + secrets.token_hex(8).upper(),
            "secret_access_key": secrets.token_urlsafe(24),
        }
        emulator = Emulator(place / "data", **known)
        emulator.prepare()
        process = emulator.start(place / "log")
        emulator.wait_ready(process)
        return known, process

    with _shared(directory / "emulator", start) as known:
        yield Emulator(directory / "emulator" / "data", **known)


@contextmanager
def _shared(place: Path, start: Start) -> Iterator[dict[str, Any]]:
    """A server that the first worker starts, and stops when no other worker uses it any more."""
    place.mkdir(parents=True, exist_ok=True)
    known_file = place / "known.json"
    started = None
    with (place / "users").open("w") as users:
        with locked(place / "lock"):
            if known_file.exists():
                known = json.loads(known_file.read_text())
            else:
                known, started = start(place)
                known_file.write_text(json.dumps(known))
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield known
        finally:
            if started:
                with locked(place / "lock"):
                    fcntl.flock(users, fcntl.LOCK_EX)
                    known_file.unlink()
                    started.send_signal(signal.SIGINT)  # Postgres then does not wait for its clients
                    started.wait(20)
