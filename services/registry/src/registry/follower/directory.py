"""The directory with the index of a machine: one sub-directory for each format, with files beside it.

<format>/            the index; `feed.json` in it names the feed that it follows
<format>.lock        locked by the follower while it runs
<format>.json        the state of the follower
<format>.rebuild     asks the follower to start again from Postgres
<format>.copy/       files of one commit, while they are uploaded
<format>.download/   files of a snapshot, until they are complete
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ValidationError

from registry.follower.checksums import is_whole

META_FILE = "meta.json"
_MANAGED_FILE = ".managed.json"
_ORIGIN_FILE = "feed.json"
MAX_COPY_TRIES = 20
"""Tries to copy a commit while merges replace its files."""
_DAY_SECONDS = 86_400


class DirectoryLocked(Exception):
    """Another follower uses the directory."""


class DirectoryForbidden(Exception):
    """The directory belongs to another user."""


class Origin(BaseModel):
    """The feed that an index follows, written before its first document."""

    feed: UUID
    purged_to: int
    """Rows that had been purged when this index started from nothing. It has seen none of them, and misses none."""

    def misses(self, position: int, purged_to: int) -> bool:
        """An index at this position has not seen rows that have been purged."""
        return position < purged_to and purged_to > self.purged_to


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """Files of one commit that nobody writes any more, and the list of them that the engine reads first."""

    meta: bytes
    names: list[str]


class IndexDirectory:
    def __init__(self, directory: Path, index_format: str) -> None:
        self.root = directory
        self.format = index_format
        self.index = directory / index_format
        self.status_file = directory / f"{index_format}.json"
        self.copy = directory / f"{index_format}.copy"
        self.download = directory / f"{index_format}.download"
        self._lock_file = directory / f"{index_format}.lock"
        self._rebuild_file = directory / f"{index_format}.rebuild"

    def prepare(self) -> None:
        """Make the directory, which only this user may read: the index holds the text of all buckets. Raises DirectoryForbidden."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = self.root.stat()
        if found.st_uid != os.getuid():
            raise DirectoryForbidden(f"{self.root} belongs to another user")
        if found.st_mode & 0o077:
            self.root.chmod(0o700)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other followers out. Raises DirectoryLocked. The lock ends with the process, however that ends."""
        self.prepare()
        with self._lock_file.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DirectoryLocked(f"Another follower uses {self.root}") from error
            yield

    def is_locked(self) -> bool:
        try:
            with self.locked():
                return False
        except DirectoryLocked:
            return True

    # The index

    def origin(self) -> Origin | None:
        """The feed that the index follows; None when there is no index, or it was not begun as a whole."""
        try:
            return Origin.model_validate_json((self.index / _ORIGIN_FILE).read_bytes())
        except (OSError, ValidationError):
            return None

    def torn_file(self) -> str | None:
        """Name of a file of the last commit that is not as the engine wrote it. It says nothing of files that are missing."""
        with suppress(OSError, ValueError, LookupError):  # the engine refuses such a list
            meta = (self.index / META_FILE).read_bytes()
            for file in sorted(self.index.iterdir()):
                if _belongs(file.name, meta) and not is_whole(file):
                    return file.name
        return None

    def begin(self, origin: Origin) -> None:
        """Make an empty directory for an index."""
        self.remove_index()
        self.index.mkdir(mode=0o700)
        _write(self.index / _ORIGIN_FILE, origin.model_dump_json().encode())

    def install_download(self, origin: Origin) -> None:
        """Make the downloaded files the index."""
        _write(self.download / _ORIGIN_FILE, origin.model_dump_json().encode())
        self.remove_index()
        self.download.replace(self.index)

    def remove_index(self) -> None:
        """Readers that have opened the index keep its files until they open the next one."""
        _remove(self.index)

    def remove_leftovers(self) -> None:
        """Remove what a follower that was killed was about to upload or had not downloaded completely."""
        _remove(self.copy)
        _remove(self.download)

    def bytes_on_disk(self) -> int:
        return sum(_sizes(self.index))

    def documents(self) -> int:
        """Documents of the last commit."""
        try:
            segments = json.loads((self.index / META_FILE).read_bytes())["segments"]
        except (OSError, ValueError):
            return 0
        counted: int = sum(each["max_doc"] - (each["deletes"] or {}).get("num_deleted_docs", 0) for each in segments)
        return max(0, counted - 1)  # one is the position in the feed

    # Rebuilding

    def ask_to_rebuild(self) -> None:
        self.prepare()
        self._rebuild_file.touch()

    def should_rebuild(self) -> bool:
        return self._rebuild_file.exists()

    def forget_rebuild(self) -> None:
        self._rebuild_file.unlink(missing_ok=True)

    # Snapshots

    def copy_commit(self) -> CommitFiles:
        """Link the files of the last commit into `copy`, where merges do not remove them. The writer must be idle."""
        for _ in range(MAX_COPY_TRIES):
            _remove(self.copy)
            self.copy.mkdir(mode=0o700)
            meta = (self.index / META_FILE).read_bytes()
            with suppress(FileNotFoundError):
                names = sorted(each.name for each in self.index.iterdir() if _belongs(each.name, meta))
                for name in names:
                    os.link(self.index / name, self.copy / name)
                if (self.index / META_FILE).read_bytes() == meta:
                    return CommitFiles(meta, names)
        raise RuntimeError("The files of the index changed at each try to copy them")

    def complete_download(self, meta: bytes, names: list[str]) -> None:
        """Write the two lists of files, after all others."""
        _write(self.download / _MANAGED_FILE, json.dumps([META_FILE, *names]).encode())
        _write(self.download / META_FILE, meta)

    # Other formats

    def remove_unused_formats(self, days: float) -> list[str]:
        """Remove the indexes of other formats whose followers have not run for some days, and return their formats."""
        removed = []
        for status in self.root.glob("*.json"):
            other = IndexDirectory(self.root, status.stem)
            unused = time.time() - status.stat().st_mtime > days * _DAY_SECONDS
            if other.format == self.format or not unused or other.is_locked():
                continue
            other.remove_leftovers()
            other.remove_index()
            for file in (other._rebuild_file, other._lock_file, status):
                file.unlink(missing_ok=True)
            removed.append(other.format)
        return removed


def _belongs(name: str, meta: bytes) -> bool:
    """True for a file of a segment in the list `meta`: its parts, and the newest of its lists of deleted documents."""
    for segment in json.loads(meta)["segments"]:
        base = segment["segment_id"].replace("-", "")
        if name.startswith(f"{base}."):
            deletes = segment["deletes"]
            return not name.endswith(".del") or bool(deletes and name == f"{base}.{deletes['opstamp']}.del")
    return False


def _sizes(directory: Path) -> Iterator[int]:
    with suppress(FileNotFoundError):
        for entry in os.scandir(directory):
            with suppress(FileNotFoundError):  # merged in between
                yield entry.stat().st_size


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _remove(directory: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(directory)
