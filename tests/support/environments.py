"""Environments that `make test` still installs and builds when the tests begin: those that need one wait for it.

Without a `make` that runs the tests, everything is taken to be there.
"""

import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
MAKES = {"make", "gmake"}
POLL_SECONDS = 0.2
IDLE_SECONDS = 2.0
"""A `make` that has run nothing but the tests for this time makes nothing more."""
NOT_SOURCES = {"node_modules", "dist"}


class EnvironmentMissing(Exception):
    """`make` did not make what a test needs."""


def environment(name: str) -> Path:
    """The directory `.venvs/<name>`, complete. Raises EnvironmentMissing."""
    require_made(name)
    return ROOT / ".venvs" / name


def require_made(*names: str) -> None:
    """Wait for `.state/<name>` of each. Raises EnvironmentMissing."""
    for name in names:
        if not is_made(name):
            raise EnvironmentMissing(f"`make .state/{name}` has failed, see its output above the results of the tests")


def is_made(name: str) -> bool:
    """Wait until `.state/<name>` is up to date, or `make` has ended everything else; returns whether it is up to date."""
    idle_since = time.monotonic()
    while running_make() and not _is_current(name):
        if _is_making():
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > IDLE_SECONDS:
            return False
        time.sleep(POLL_SECONDS)
    return True


@cache
def running_make() -> psutil.Process | None:
    """The `make` that started this test run."""
    return next((process for process in psutil.Process().parents() if process.name() in MAKES), None)


def _is_making() -> bool:
    """True while `make` runs something beside the tests."""
    make, tests = running_make(), {os.getpid(), *(process.pid for process in psutil.Process().parents())}
    return make is not None and any(child.pid not in tests for child in make.children())


def _is_current(name: str) -> bool:
    stamp = ROOT / ".state" / name
    return stamp.exists() and all(source.stat().st_mtime <= stamp.stat().st_mtime for source in _sources(name))


def _sources(name: str) -> Iterator[Path]:
    """Files of which `make` makes `.state/<name>`."""
    requirements = ROOT / "requirements" / f"{name}.txt"
    if requirements.exists():
        yield requirements
    if name == "aws-sdks":
        yield ROOT / "tests" / "node" / "package-lock.json"
    if name == "catalog":
        for folder, folders, files in os.walk(ROOT / "catalog"):
            folders[:] = [each for each in folders if each not in NOT_SOURCES]
            yield from (Path(folder, file) for file in files)
