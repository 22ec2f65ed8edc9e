"""Files of packages as a file system that DuckDB reads: `pkg://…` names parts of the one source that the worker has."""

import io
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fsspec import AbstractFileSystem
from typing_extensions import override

from shared.queries.types import QueryFile
from shared.readers.source import RangeSource

SCHEME = "pkg"
_FIXED = datetime(2000, 1, 1, tzinfo=UTC)
"""Files of revisions do not change."""


def address_of(number: int, file: QueryFile) -> str:
    """The address says what the columns `$…` of the file's rows are, so that DuckDB opens no file that a condition on them excludes."""
    values = {
        "$pkg_name": file.package,
        "$logical_key": file.logical_key,
        "$physical_key": file.physical_key,
        "$top_hash": file.top_hash,
    }
    path = "/".join(f"{name}={quote(value, safe='')}" for name, value in values.items())
    return f"{SCHEME}://{path}/{number}{_suffix(file.logical_key)}"


def _suffix(logical_key: str) -> str:
    """The last two suffixes, by which DuckDB finds the compression."""
    name = logical_key.rpartition("/")[2].lower()
    parts = [part for part in name.split(".")[1:] if part.isalnum()]
    return "".join(f".{part}" for part in parts[-2:])


class PackageFiles(AbstractFileSystem):  # type: ignore[misc]  # it has no types
    protocol = SCHEME
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self.sources: dict[str, RangeSource] = {}
        """By address without its scheme."""

    def add(self, files: Mapping[str, RangeSource]) -> None:
        self.sources |= {self._strip_protocol(address): source for address, source in files.items()}

    @classmethod
    @override
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix(f"{SCHEME}://")

    @override
    def open(self, path: str, mode: str = "rb", **_: Any) -> "OpenedFile":
        if mode != "rb":
            raise PermissionError("Files of packages can only be read")
        return OpenedFile(self._source(path))

    @override
    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": self._strip_protocol(path), "size": self._source(path).size, "type": "file"}

    @override
    def exists(self, path: str, **_: Any) -> bool:
        return self._strip_protocol(path) in self.sources

    @override
    def isfile(self, path: str) -> bool:
        return self.exists(path)

    @override
    def isdir(self, path: str) -> bool:
        return False

    @override
    def glob(self, path: str, **_: Any) -> list[str]:
        return [self._strip_protocol(path)] if self.exists(path) else []

    @override
    def modified(self, path: str) -> datetime:
        return _FIXED

    def _source(self, path: str) -> RangeSource:
        try:
            return self.sources[self._strip_protocol(path)]
        except KeyError:
            raise FileNotFoundError(path) from None


class OpenedFile(io.RawIOBase):
    """DuckDB's threads share it: to read at a place, one calls `seek` and then `read`, and another may come between."""

    def __init__(self, source: RangeSource) -> None:
        super().__init__()
        self._source = source
        self._position = 0
        self._sought = threading.local()

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        self._position = self._sought.place = start + offset
        return self._position

    @override
    def tell(self) -> int:
        return self._position

    @override
    def read(self, size: int = -1) -> bytes:
        place: int | None = getattr(self._sought, "place", None)
        self._sought.place = None
        place = self._position if place is None else place
        length = max(0, self._source.size - place if size < 0 else size)
        content = self._source.read(place, length)
        self._position = place + len(content)
        return content
