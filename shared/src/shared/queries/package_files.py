"""Files of packages as a file system that DuckDB reads: `pkg://…` names parts of the one source that the worker has."""

import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fsspec import AbstractFileSystem
from typing_extensions import override

from shared.queries.file_sections import SectionedSource
from shared.queries.types import QueryFile
from shared.readers.source import RangeSource

SCHEME = "pkg"
_FIXED = datetime(2000, 1, 1, tzinfo=UTC)
"""Files of revisions do not change."""
_BATCH_PIECES = 512
_PIECE_BYTES = 32 << 10
"""Most footers of Parquet are shorter, and most first records of CSV."""
MAX_PIECES_BYTES = 64 << 20


class PackageFiles(AbstractFileSystem):  # type: ignore[misc]  # it has no types
    protocol = SCHEME
    cachable = False

    def __init__(self, source: RangeSource) -> None:
        """`source`: all files, one after the other."""
        super().__init__()
        self._source = SectionedSource(source)
        self._files: dict[str, RangeSource] = {}
        """By address without its scheme."""
        self._pieces: dict[tuple[int, int], PiecedSource] = {}
        """By offset and size of the file."""
        self._piece_bytes = 0

    @property
    def addresses(self) -> list[str]:
        return [f"{SCHEME}://{path}" for path in self._files]

    def section(self, file: QueryFile) -> RangeSource:
        return self._pieces.get((file.offset, file.size)) or self._plain_section(file)

    def _plain_section(self, file: QueryFile) -> RangeSource:
        return self._source.section(file.offset, file.size)

    def add(self, file: QueryFile, groups: Mapping[str, str] | None = None) -> str:
        """The address of a file.

        It says what the columns `$…` and the groups of its rows are, so that DuckDB opens no file that a condition on them excludes.
        """
        columns = file.columns | dict(groups or {})
        parts = "/".join(f"{name}={quote(value, safe='')}" for name, value in columns.items())
        path = f"{parts}/{len(self._files)}{_suffix(file.logical_key)}"
        keeps_piece = self._piece_bytes <= MAX_PIECES_BYTES
        self._files[path] = self.section(file) if keeps_piece else self._plain_section(file)
        return f"{SCHEME}://{path}"

    def with_pieces(self, files: Sequence[QueryFile], *, at_end: bool) -> Iterator[QueryFile]:
        """Files whose first or last bytes are here while the caller has them. Many are fetched at the same time, and kept if they are few."""
        for start in range(0, len(files), _BATCH_PIECES):
            batch = files[start : start + _BATCH_PIECES]
            ranges = [_piece(file, at_end=at_end) for file in batch]
            for file, (offset, _), piece in zip(batch, ranges, self._source.read_all(ranges), strict=True):
                pieced = PiecedSource(self._plain_section(file), offset - file.offset, piece)
                self._pieces[file.offset, file.size] = pieced
                self._piece_bytes += len(piece)
            yield from batch
            if self._piece_bytes > MAX_PIECES_BYTES:
                self._piece_bytes -= sum(length for _, length in ranges)
                for file in batch:
                    self._pieces.pop((file.offset, file.size), None)

    @classmethod
    @override
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix(f"{SCHEME}://")

    @override
    def open(self, path: str, mode: str = "rb", **_: Any) -> "OpenedFile":
        if mode != "rb":
            raise PermissionError("Files of packages can only be read")
        return OpenedFile(self._find(path))

    @override
    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": self._strip_protocol(path), "size": self._find(path).size, "type": "file"}

    @override
    def exists(self, path: str, **_: Any) -> bool:
        return self._strip_protocol(path) in self._files

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

    def _find(self, path: str) -> RangeSource:
        try:
            return self._files[self._strip_protocol(path)]
        except KeyError:
            raise FileNotFoundError(path) from None


class PiecedSource:
    """A source of which a piece is here already."""

    def __init__(self, source: RangeSource, offset: int, piece: bytes) -> None:
        self._source = source
        self._offset = offset
        self._piece = piece
        self.size = source.size

    @property
    def read_bytes(self) -> int:
        return self._source.read_bytes

    def read(self, offset: int, length: int) -> bytes:
        start = offset - self._offset
        end = start + max(0, min(length, self.size - offset))
        if start >= 0 and end <= len(self._piece):
            return self._piece[start:end]
        return self._source.read(offset, length)


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


def _suffix(logical_key: str) -> str:
    """The last two suffixes, by which DuckDB finds the compression."""
    name = logical_key.rpartition("/")[2].lower()
    parts = [part for part in name.split(".")[1:] if part.isalnum()]
    return "".join(f".{part}" for part in parts[-2:])


def _piece(file: QueryFile, *, at_end: bool) -> tuple[int, int]:
    """Offset and length of the first or last bytes of a file."""
    length = min(_PIECE_BYTES, file.size)
    return (file.offset + file.size - length if at_end else file.offset), length
