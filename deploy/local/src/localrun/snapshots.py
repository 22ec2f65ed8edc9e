"""Snapshots of the embedded S3 server's files, taken between two writes. The server may be running; see deploy/local/aws."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTS = ("objects", "state")


@contextmanager
def snapshot(directory: Path, place: Path) -> Iterator[Path]:
    """A copy in `place`, on the same file system. Hard links suffice, since the server replaces files and never changes them."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    try:
        with (directory / "gate").open("a") as gate, (directory / "busy").open("a") as busy:
            fcntl.flock(gate, fcntl.LOCK_EX)  # no write begins from now on
            fcntl.flock(busy, fcntl.LOCK_EX)  # and none is under way
            for part in PARTS:
                shutil.copytree(directory / part, place / part, copy_function=os.link, ignore=_unfinished)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _unfinished(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".tmp")]
