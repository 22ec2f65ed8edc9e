"""What a worker does with a file: preview, rows, statistics, a thumbnail, texts.

Each operation chooses the reader from the content, after unwrapping it and opening the member of an archive, so the reader may be of
another family than the name promised: then it raises WrongFamily, and the caller repeats it in a worker of that family.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec
from pydantic import BaseModel

from shared.readers.choice import HEAD_BYTES, TAIL_BYTES, Compression, choose, name_without_compression
from shared.readers.errors import NoSuchReader, UnreadableFile, WrongFamily
from shared.readers.queries import PreviewOptions, RowsQuery, TextsQuery, ThumbnailQuery
from shared.readers.registry import Picture, Reader, loaded_reader
from shared.readers.source import RangeSource, SourceError
from shared.readers.unwrapping import UnwrappedSource
from shared.schemas.previews import ReadAnswer

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"
TEXT = "text/plain; charset=utf-8"

_MAX_LAYERS = 3
"""Compressions and archives within each other."""
_MAX_ERROR_CHARACTERS = 300


Result = TypeVar("Result")


class OperationAnswer(NamedTuple):
    media_type: str
    body: bytes


def preview(source: RangeSource, name: str, options: PreviewOptions) -> OperationAnswer:
    return _answer(
        source, name, options.member, lambda opened: opened.reader.preview(opened.source, opened.name, options)
    )


def rows(source: RangeSource, name: str, query: RowsQuery) -> OperationAnswer:
    return _answer(
        source, name, query.member, lambda opened: opened.function("rows")(opened.source, opened.name, query)
    )


def statistics(source: RangeSource, name: str, query: RowsQuery) -> OperationAnswer:
    return _answer(
        source, name, query.member, lambda opened: opened.function("statistics")(opened.source, opened.name, query)
    )


def thumbnail(source: RangeSource, name: str, query: ThumbnailQuery) -> OperationAnswer:
    return _answer(
        source, name, query.member, lambda opened: opened.function("thumbnail")(opened.source, opened.name, query)
    )


def texts(source: RangeSource, name: str, query: TextsQuery) -> OperationAnswer:
    """Text in UTF-8, without NUL and lone surrogates."""

    def read(opened: "_Opened") -> str:
        function = opened.function("texts")
        return str(function(opened.source, opened.name, query.max_bytes))

    text = _run(source, name, None, read)
    clean = text.replace("\0", "").encode("utf-8", "replace")[: query.max_bytes]
    return OperationAnswer(TEXT, clean.decode("utf-8", "ignore").encode())


OPERATIONS: dict[str, tuple[type[msgspec.Struct], Callable[[RangeSource, str, Any], OperationAnswer]]] = {
    "preview": (PreviewOptions, preview),
    "rows": (RowsQuery, rows),
    "statistics": (RowsQuery, statistics),
    "thumbnail": (ThumbnailQuery, thumbnail),
    "texts": (TextsQuery, texts),
}
"""By name: the type of the arguments, and the function."""


class _Opened:
    """A file without its wrappings, and the reader for it."""

    def __init__(self, source: RangeSource, name: str) -> None:
        self.source = source
        self.name = name
        self.compression: Compression | None = None
        self.unwrapped: UnwrappedSource | None = None
        for _ in range(_MAX_LAYERS):
            head = self.source.read(0, HEAD_BYTES)
            tail = self._read_tail(head)
            choice = choose(self.name, head, tail)
            if choice.compression is None:
                self.reader: Reader = loaded_reader(choice.reader)
                return
            self.compression = self.compression or choice.compression
            self.source = self.unwrapped = UnwrappedSource(self.source, choice.compression)
            self.name = name_without_compression(self.name)
        raise UnreadableFile(f"The file is compressed more than {_MAX_LAYERS - 1} times")

    def _read_tail(self, head: bytes) -> bytes | None:
        if not head.startswith(b"PK"):
            return None
        size = self.source.size
        return self.source.read(max(size - TAIL_BYTES, 0), TAIL_BYTES)

    def function(self, operation: str) -> Callable[..., Any]:
        found: Callable[..., Any] | None = getattr(self.reader, operation)
        if found is None:
            raise NoSuchReader(f"Files of this kind ({self.reader.name}) have no {operation}")
        return found

    def complete(self, answer: ReadAnswer, stored: RangeSource) -> ReadAnswer:
        """The answer with the fields that the reader does not know."""
        known: dict[str, Any] = {
            "reader": f"{self.reader.name}/{self.reader.version}",
            "size": stored.size,
            "read_bytes": stored.read_bytes,
            "compression": self.compression,
        }
        note = self._unwrapping_note()
        if note:
            known |= {"complete": False, "notes": [*answer.notes, note]}
        return answer.model_copy(update=known)

    def _unwrapping_note(self) -> str | None:
        if self.unwrapped is None:
            return None
        if self.unwrapped.truncated:
            return f"Only the first {self.unwrapped.size >> 20} MiB of what the file holds were unpacked"
        return self.unwrapped.damage


class _WatchedSource:
    """Remembers an error of the source, which libraries turn into errors of their own."""

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self.error: SourceError | None = None

    @property
    def size(self) -> int:
        return self._source.size

    @property
    def read_bytes(self) -> int:
        return self._source.read_bytes

    def read(self, offset: int, length: int) -> bytes:
        try:
            return self._source.read(offset, length) if length > 0 else b""
        except SourceError as error:
            self.error = error
            raise


def _answer(
    source: RangeSource, name: str, member: str | None, read: Callable[[_Opened], BaseModel | Picture | bytes]
) -> OperationAnswer:
    def read_completely(opened: _Opened) -> OperationAnswer:
        answer = read(opened)
        if isinstance(answer, bytes):
            return OperationAnswer(ARROW, answer)
        if isinstance(answer, Picture):
            return OperationAnswer(answer.media_type, answer.content)
        assert isinstance(answer, ReadAnswer)  # noqa: S101 – for the type
        return OperationAnswer(JSON, opened.complete(answer, source).model_dump_json().encode())

    return _run(source, name, member, read_completely)


def _run(source: RangeSource, name: str, member: str | None, read: Callable[[_Opened], Result]) -> Result:
    watched = _WatchedSource(source)
    try:
        opened = _open(watched, name, member)
        return read(opened)
    except (UnreadableFile, NoSuchReader, WrongFamily) as error:
        raise watched.error or error from error
    except SourceError:
        raise
    except MemoryError as error:
        raise UnreadableFile("The file needs too much memory to be read") from error
    except Exception as error:  # decoders raise anything for damaged files
        if watched.error:
            raise watched.error from error
        raise UnreadableFile(_sentence(error)) from error


def _open(source: RangeSource, name: str, member: str | None) -> _Opened:
    opened = _Opened(source, name)
    if member is None:
        return opened
    raise NoSuchReader("Files of this kind have no members")


def _sentence(error: Exception) -> str:
    said = " ".join(str(error).split())[:_MAX_ERROR_CHARACTERS]
    return f"The file is damaged, or it is not what its name says: {said or type(error).__name__}"
