"""Operations of a worker on a file: preview, rows, statistics, a thumbnail, texts.

Each operation chooses the reader from the content, after unwrapping it and opening the member of an archive, so the reader may be of
another family than the name promised: then it raises WrongFamily, and the caller repeats it in a worker of that family.
"""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec
from pydantic import BaseModel

from shared.readers.choice import HEAD_BYTES, TAIL_BYTES, Compression, choose, name_without_compression
from shared.readers.errors import NoSuchReader, UnreadableFile, WrongFamily
from shared.readers.members import Archive, open_archive
from shared.readers.queries import (
    ARROW_FILE,
    ARROW_FILE_CUT,
    ArrowFileQuery,
    FileArguments,
    PreviewOptions,
    RecordsQuery,
    RowsQuery,
    TextsQuery,
    ThumbnailQuery,
)
from shared.readers.registry import ENTRIES, ArrowFile, Picture, Reader, ReaderEntry, loaded_reader
from shared.readers.source import RangeSource, SourceError
from shared.readers.stored_members import StoredMember
from shared.readers.unwrapping import MAX_UNPACKED_BYTES, Method, UnwrappedSource
from shared.schemas.previews import ReadAnswer

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"
TEXT = "text/plain; charset=utf-8"

_MAX_LAYERS = 3
"""Compressions and archives within each other."""
_MEMBER_SEPARATOR = "!/"
_MAX_ERROR_CHARACTERS = 300


Result = TypeVar("Result")


class OperationAnswer(NamedTuple):
    media_type: str
    body: bytes


def preview(source: RangeSource, name: str, options: PreviewOptions) -> OperationAnswer:
    def read(opened: "_Opened") -> BaseModel:
        if options.as_text:
            opened.read_as("text")
        return opened.reader.preview(opened.source, opened.name, options)

    return _answer(source, name, options, read)


def rows(source: RangeSource, name: str, query: RowsQuery) -> OperationAnswer:
    return _answer(source, name, query, lambda opened: opened.function("rows")(opened.source, opened.name, query))


def statistics(source: RangeSource, name: str, query: RowsQuery) -> OperationAnswer:
    return _answer(source, name, query, lambda opened: opened.function("statistics")(opened.source, opened.name, query))


def arrow_file(source: RangeSource, name: str, query: ArrowFileQuery) -> OperationAnswer:
    return _answer(source, name, query, lambda opened: opened.function("arrow_file")(opened.source, opened.name, query))


def records(source: RangeSource, name: str, query: RecordsQuery) -> OperationAnswer:
    body = _run(
        source, name, query, lambda opened, _size: opened.function("records")(opened.source, opened.name, query)
    )
    return OperationAnswer(JSON, body)


def thumbnail(source: RangeSource, name: str, query: ThumbnailQuery) -> OperationAnswer:
    def draw(opened: "_Opened") -> Any:
        function = opened.function("thumbnail")
        if query.region and not opened.reader.has_regions:
            raise UnreadableFile("Pictures of this format are shown as a whole only")
        return function(opened.source, opened.name, query)

    return _answer(source, name, query, draw)


def texts(source: RangeSource, name: str, query: TextsQuery) -> OperationAnswer:
    """Text in UTF-8, without NUL and lone surrogates."""

    def read(opened: "_Opened", _size: int) -> str:
        function = opened.function("texts")
        return str(function(opened.source, opened.name, query.max_bytes))

    text = _run(source, name, query, read)
    clean = text.replace("\0", "").encode("utf-8", "replace")[: query.max_bytes]
    return OperationAnswer(TEXT, clean.decode("utf-8", "ignore").encode())


OPERATIONS: dict[str, tuple[type[msgspec.Struct], Callable[[RangeSource, str, Any], OperationAnswer]]] = {
    "preview": (PreviewOptions, preview),
    "rows": (RowsQuery, rows),
    "statistics": (RowsQuery, statistics),
    "arrow_file": (ArrowFileQuery, arrow_file),
    "records": (RecordsQuery, records),
    "thumbnail": (ThumbnailQuery, thumbnail),
    "texts": (TextsQuery, texts),
}
"""By name: the type of the arguments, and the function."""


class _Opened:
    """A file without its compressions, and the reader for it."""

    def __init__(self, source: RangeSource, name: str) -> None:
        self.source = source
        self.name = name
        self.compression: Compression | None = None
        self._unwrapped: list[UnwrappedSource] = [source] if isinstance(source, UnwrappedSource) else []
        self._entry = self._unwrap()

    def _unwrap(self) -> ReaderEntry:
        for _ in range(_MAX_LAYERS):
            head = self.source.read(0, HEAD_BYTES)
            choice = choose(self.name, head, self._read_tail(head))
            if choice.compression is None:
                return choice.reader
            self.compression = self.compression or choice.compression
            self.source = unwrapped = UnwrappedSource(self.source, choice.compression)
            self._unwrapped.append(unwrapped)
            self.name = name_without_compression(self.name)
        raise UnreadableFile(f"The file is compressed more than {_MAX_LAYERS - 1} times")

    def _read_tail(self, head: bytes) -> bytes | None:
        if not head.startswith(b"PK"):
            return None
        size = self.source.size
        return self.source.read(max(size - TAIL_BYTES, 0), TAIL_BYTES)

    def read_as(self, reader: str) -> None:
        self._entry = ENTRIES[reader]

    @property
    def reader(self) -> Reader:
        return loaded_reader(self._entry)

    def function(self, operation: str) -> Callable[..., Any]:
        found: Callable[..., Any] | None = getattr(self.reader, operation)
        if found is None:
            raise NoSuchReader(f"Files of this kind ({self._entry.name}) have no {operation}")
        return found

    def complete(self, answer: ReadAnswer, size: int) -> ReadAnswer:
        """The answer with the fields that the reader does not know."""
        known: dict[str, Any] = {
            "reader": self._entry.label,
            "size": size,
            "read_bytes": self.source.read_bytes,
            "compression": self.compression,
        }
        notes = [note for each in self._unwrapped for note in _unwrapping_notes(each)]
        if notes:
            known |= {"complete": False, "notes": [*answer.notes, *notes]}
        return answer.model_copy(update=known)


def _unwrapping_notes(source: UnwrappedSource) -> list[str]:
    if source.truncated:
        return [f"Only the first {MAX_UNPACKED_BYTES >> 20} MiB of what the file holds were unpacked"]
    return [source.damage] if source.damage else []


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
    source: RangeSource,
    name: str,
    arguments: FileArguments,
    read: Callable[[_Opened], BaseModel | Picture | ArrowFile | bytes],
) -> OperationAnswer:
    def read_completely(opened: _Opened, size: int) -> OperationAnswer:
        answer = read(opened)
        if isinstance(answer, bytes):
            return OperationAnswer(ARROW, answer)
        if isinstance(answer, ArrowFile):
            return OperationAnswer(ARROW_FILE_CUT if answer.is_cut else ARROW_FILE, answer.content)
        if isinstance(answer, Picture):
            return OperationAnswer(answer.media_type, answer.content)
        assert isinstance(answer, ReadAnswer)  # noqa: S101 – for the type
        return OperationAnswer(JSON, opened.complete(answer, size).model_dump_json().encode())

    return _run(source, name, arguments, read_completely)


def _run(source: RangeSource, name: str, arguments: FileArguments, read: Callable[[_Opened, int], Result]) -> Result:
    watched = _WatchedSource(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # libraries warn of what is odd in a file
            opened, size = _open(watched, name, arguments)
            return read(opened, size)
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
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of a library in Rust, which is no Exception
            raise
        raise UnreadableFile(_sentence(error)) from error


def _open(source: RangeSource, name: str, arguments: FileArguments) -> tuple[_Opened, int]:
    """The file or the member, and its size."""
    member = arguments.member
    opened = _Opened(_decoded(source, arguments.encoding), name)
    size = source.size
    for _ in range(_MAX_LAYERS):
        if member is None:
            return opened, size
        archive = open_archive(opened.source)
        if archive is None:
            raise NoSuchReader("Only zip, tar and 7z archives can be looked into")
        found, path, member = _find(archive, member)
        size = found.shown.size or 0
        opened = _Opened(archive.open(found), path)
    if member is None:
        return opened, size
    raise UnreadableFile(f"Archives are opened up to {_MAX_LAYERS} deep within each other")


def _decoded(source: RangeSource, encoding: str) -> RangeSource:
    """The content without an encoding that has no magic bytes. Headers are often wrong: what cannot be decoded stays as it is."""
    names = {name.strip().lower() for name in encoding.split(",")}
    method: Method | None = None
    if "br" in names:
        method = "brotli"
    elif "deflate" in names:  # zlib's format by the standard, but some leave its header out
        method = "zlib" if int.from_bytes(source.read(0, 2)) % 31 == 0 else "deflate"
    if method is None:
        return source
    decoded = UnwrappedSource(source, method)
    try:
        decoded.read(0, 1)
    except UnreadableFile:
        return source
    return decoded


def _find(archive: Archive, path: str) -> tuple[StoredMember, str, str | None]:
    """The member, its path, and the rest of the path within it."""
    found = archive.find(path)
    if found:
        return found, path, None
    outer, separator, rest = path.partition(_MEMBER_SEPARATOR)
    found = archive.find(outer) if separator else None
    if found is None:
        raise UnreadableFile(f"The archive has no member {outer}")
    return found, outer, rest


def _sentence(error: BaseException) -> str:
    said = " ".join(str(error).split())[:_MAX_ERROR_CHARACTERS]
    return f"The file is damaged, or it is not what its name says: {said or type(error).__name__}"
