"""Blocks of whole lines of a manifest: runs of files, and the bytes that they add to the top hash."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from json.encoder import encode_basestring_ascii

import msgspec

from shared.index.trees import entries
from shared.index.trees.builder import OutOfOrder
from shared.index.trees.entries import CorruptManifest, ManifestLine
from shared.index.trees.nodes import FileIdentity, Identity, TreeFile, TreePath, file_identity

DECODE_BYTES = 1 << 16
"""Bytes that are decoded at a time: few enough to stay in the processor's cache."""
_MAX_CACHED_META_BYTES = 500
_MAX_CACHED_METAS = 2000
_NO_META = msgspec.Raw(b"{}")

_Meta = tuple[bytes | None, bytes | None, msgspec.Raw]
"""Metadata as written, as canonical JSON, and as the top hash has it."""


@dataclass(slots=True)
class FileRun:
    """Files that follow each other in one directory, sorted by name."""

    prefix: str
    """Path of the directory with a slash at its end; empty for the root."""
    parent: TreePath
    """The same, as names."""
    line: int
    """Line of the first file."""
    files: list[TreeFile] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileLines:
    """Lines of files, up to the first that is at fault."""

    runs: list[FileRun]
    hashed: bytes
    """Bytes of them that the top hash takes; incomplete if there is a fault."""
    fault: CorruptManifest | OutOfOrder | None


def decode_block(block: bytes, line: int, record_limit: int) -> Iterable[ManifestLine]:
    """The records of a block of lines: decoded at once or, when that fails, one by one, to find the line at fault.

    `line` is the number of the line before the block. Raises CorruptManifest, if need be while the records are taken.
    """
    if len(block) <= record_limit:
        try:
            found = entries.decode_lines(block)
        except (ValueError, RecursionError):
            return _decode_singly(block, line, record_limit)
        if len(found) == block.count(b"\n"):
            return found
    return _decode_singly(block, line, record_limit)


def _decode_singly(block: bytes, line: int, record_limit: int) -> Iterator[ManifestLine]:
    for number, text in enumerate(block[:-1].split(b"\n") if block else (), line + 1):
        if len(text) > record_limit:
            raise too_long(number, len(text), record_limit)
        try:
            record = entries.decode(text)
        except ValueError as error:
            raise corrupt(number, error) from error
        yield record


def corrupt(line: int, error: Exception) -> CorruptManifest:
    return CorruptManifest(line, str(error) or type(error).__name__)


def too_long(line: int, length: int, record_limit: int) -> CorruptManifest:
    return CorruptManifest(line, f"more than {record_limit} bytes ({length} or more)")


class LineReader:
    """Reads lines of files. Equal metadata is read once."""

    def __init__(self) -> None:
        self._metas: dict[bytes, _Meta] = {}

    def read_block(self, block: bytes, line: int, record_limit: int) -> Iterator[FileLines]:
        """The files of a block of whole lines, DECODE_BYTES at a time. `line` is the number of the line before the block."""
        start = 0
        while start < len(block):
            end = block.rfind(b"\n", start, start + DECODE_BYTES) + 1 or block.index(b"\n", start) + 1
            part = block[start:end]
            start = end
            try:
                records = decode_block(part, line, record_limit)
            except CorruptManifest as error:
                yield FileLines([], b"", error)
                return
            read = self.read(records, count(line + 1), is_plain=is_plain(part))
            yield read
            if read.fault:
                return
            line += len(records) if isinstance(records, list) else part.count(b"\n")

    def read(  # noqa: C901, PLR0912, PLR0915 – one loop, in which each call of a function would take a twentieth of the time
        self, records: Iterable[ManifestLine], lines: Iterable[int], *, is_plain: bool
    ) -> FileLines:
        """Files of records and the numbers of their lines. The records are changed.

        `is_plain`: all of their text is as in `is_plain`.
        """
        runs: list[FileRun] = []
        hashed: list[str] = []
        together = records if is_plain and isinstance(records, list) else None
        fault: CorruptManifest | OutOfOrder | None = None
        line = 0
        above: str | None = None
        separator = last = bucket = ""
        known_meta = self._metas.get
        try:
            for line, record in zip(lines, records, strict=False):
                key, places, raw = record.logical_key, record.physical_keys, bytes(record.meta)
                if not places:
                    raise OutOfOrder(f"{key!r} is a directory, and comes after files")  # noqa: TRY301 – one place for all faults
                parent, slash, name = key.rpartition("/")
                if parent != above or slash != separator or name <= last:
                    above, separator = parent, slash
                    run = FileRun(parent + slash, entries.parent_of(key), line)
                    runs.append(run)
                    add_file, add_identity = run.files.append, run.identities.append
                    last = max(name, "..")  # so no later name of the run is "." or ".."
                else:
                    last = name
                meta = canonical_meta = None
                if raw != b"{}":
                    meta, canonical_meta, written = known_meta(raw) or self._read_meta(record, raw)
                    if together is not None:
                        record.meta = written
                place, size, content = places[0], record.size, record.hash
                query = place.find("?")
                if (
                    # Nearly all are like this: in the same bucket as the file before.
                    bucket
                    and len(places) == 1
                    and content is not None
                    and size is not None
                    and 0 <= size <= entries.MAX_TOTAL_BYTES
                    and place.startswith(bucket)
                    and len(place) > len(bucket)
                    and (query < 0 or (query > len(bucket) and place.startswith("?versionId=", query)))
                    and "#" not in place
                    and "&" not in place
                ):
                    kind, value = content.type, content.value
                    file = TreeFile(name, place, size, kind, value, meta)
                    identity: Identity = FileIdentity(name, 0, kind, value, size, canonical_meta)
                else:
                    file = entries.file_of(name, record, meta)
                    identity = file_identity(file, canonical_meta)
                    bucket = place[: place.find("/", 5) + 1] if place.startswith("s3://") else ""
                add_file(file)
                add_identity(identity)
                if together is not None:
                    record.physical_keys = None
                else:
                    hashed.append(
                        f'{{"hash":{{"type":{encode_basestring_ascii(file.hash_type)},'
                        f'"value":{encode_basestring_ascii(file.hash_value)}}},'
                        f'"logical_key":{encode_basestring_ascii(key)},'
                        f'"meta":{canonical_meta.decode() if canonical_meta else "{}"},"size":{file.size}}}'
                    )
        except (CorruptManifest, OutOfOrder) as error:
            fault = error
        except (ValueError, OverflowError) as error:
            fault = corrupt(line, error)
        if runs and not runs[-1].files:
            runs.pop()
        if fault or together is None:
            return FileLines(runs, "".join(hashed).encode(), fault)
        return FileLines(runs, entries.encode_lines(together).replace(b"\n", b""), None)

    def _read_meta(self, record: ManifestLine, raw: bytes) -> _Meta:
        """Metadata that is not known yet. Raises ValueError."""
        meta, canonical_meta = entries.meta_of(record)
        read = (meta, canonical_meta, _NO_META if canonical_meta is None else msgspec.Raw(canonical_meta))
        if len(raw) < _MAX_CACHED_META_BYTES:
            if len(self._metas) >= _MAX_CACHED_METAS:
                self._metas.clear()
            self._metas[raw] = read
        return read


def is_plain(block: bytes) -> bool:
    """True if msgspec writes the text of a block of JSON lines as Python does: printable ASCII without escapes. False merely costs time."""
    return block.isascii() and b"\\" not in block and b"\x7f" not in block
