"""BAM: the header and the alignments, as SAM writes them. Layout: section 4 of the SAM specification (SAMv1)."""

import struct
from collections.abc import Iterator

from typing_extensions import override

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource
from shared.readers.tables.engine.answers import table_reader, warm_up_reader
from shared.readers.tables.genomics import MAX_HEADER_CHARACTERS, SAM_COLUMNS, SAM_TYPES
from shared.readers.tables.text.table import TextTable

_MAX_HEADER_BYTES = 32 << 20
_MAX_REFERENCES = 1_000_000
_MAX_RECORD_BYTES = 8 << 20
_CHUNK_BYTES = 256 << 10
_HEAD = struct.Struct("<iiBBHHHiiii")
"""refID, pos, l_read_name, mapq, bin, n_cigar_op, flag, l_seq, next_refID, next_pos, tlen."""
_BASES = "=ACMGRSVTWYHKDBN"
_PAIRS = [first + second for first in _BASES for second in _BASES]
_OPERATIONS = "MIDNSHP=X???????"
_NUMBERS = {
    "c": struct.Struct("<b"),
    "C": struct.Struct("<B"),
    "s": struct.Struct("<h"),
    "S": struct.Struct("<H"),
    "i": struct.Struct("<i"),
    "I": struct.Struct("<I"),
    "f": struct.Struct("<f"),
}


class BamTable(TextTable):
    def __init__(self, source: RangeSource) -> None:
        self._source = source
        header, self._references, self._begin = _read_header(source)
        super().__init__(
            format="bam",
            names=SAM_COLUMNS,
            sample=[],
            types=SAM_TYPES,
            details={"header": header[:MAX_HEADER_CHARACTERS], "references": len(self._references)},
        )

    @override
    def records(self) -> Iterator[list[str]]:
        stream = _Stream(self._source, self._begin)
        number = 0
        while True:
            size = stream.read(4)
            if not size:
                return
            number += 1
            length = int.from_bytes(size, "little")
            body = stream.read(length) if _HEAD.size <= length <= _MAX_RECORD_BYTES and len(size) == 4 else b""
            if len(body) < max(length, 1):
                self._stop(number)
                return
            try:
                yield self._record(body)
            except (struct.error, IndexError, ValueError, KeyError):
                self._stop(number)
                return

    def _stop(self, number: int) -> None:
        self.truncated = True
        self.add_note(f"The file ends within alignment {number:,}, or is damaged there")

    def _record(self, body: bytes) -> list[str]:
        reference, position, name_length, quality, _, operations, flag, length, mate, mate_position, template = (
            _HEAD.unpack_from(body)
        )
        place = _HEAD.size
        name = body[place : place + name_length - 1].decode("ascii", "replace")
        place += name_length
        cigar = struct.unpack_from(f"<{operations}I", body, place)
        place += 4 * operations
        if length < 0 or place + (length + 1) // 2 + length > len(body):
            raise ValueError("The sequence is longer than its record")
        sequence = "".join(_PAIRS[byte] for byte in body[place : place + (length + 1) // 2])[:length]
        place += (length + 1) // 2
        qualities = body[place : place + length]
        place += length
        own = self._name(reference)
        return [
            name or "*",
            str(flag),
            own,
            str(position + 1),
            str(quality),
            "".join(f"{each >> 4}{_OPERATIONS[each & 15]}" for each in cigar) or "*",
            "=" if mate == reference and mate >= 0 else self._name(mate),
            str(mate_position + 1),
            str(template),
            sequence or "*",
            "*" if not qualities or qualities[0] == 0xFF else "".join(chr(min(each, 93) + 33) for each in qualities),
            "\t".join(_tags(body, place)),
        ]

    def _name(self, reference: int) -> str:
        return "*" if reference < 0 else self._references[reference]


class _Stream:
    """Bytes from a place on, fetched in chunks."""

    def __init__(self, source: RangeSource, begin: int) -> None:
        self._source = source
        self._next = begin
        self._held = b""
        self._place = 0

    def read(self, length: int) -> bytes:
        """Fewer at the end."""
        while len(self._held) - self._place < length:
            more = self._source.read(self._next, max(_CHUNK_BYTES, length))
            if not more:
                break
            self._next += len(more)
            self._held, self._place = self._held[self._place :] + more, 0
        found = self._held[self._place : self._place + length]
        self._place += len(found)
        return found


def _read_header(source: RangeSource) -> tuple[str, list[str], int]:
    """The header of SAM, names of the references, and where the alignments begin. Raises UnreadableFile."""
    stream = _Stream(source, 0)
    read = 0

    def take(length: int) -> bytes:
        nonlocal read
        read += length
        found = stream.read(length) if length >= 0 and read <= _MAX_HEADER_BYTES else b""
        if len(found) < length or length < 0:
            raise UnreadableFile("The header of the BAM file is damaged, or too long")
        return found

    def number() -> int:
        return int.from_bytes(take(4), "little", signed=True)

    if take(4) != b"BAM\1":
        raise UnreadableFile("The file is no BAM file, although its name says so")
    header = take(number()).rstrip(b"\0").decode("utf-8", "replace")
    count = number()
    if not 0 <= count <= _MAX_REFERENCES:
        raise UnreadableFile(f"The BAM file has {count:,} references")
    references = []
    for _ in range(count):
        references.append(take(number()).rstrip(b"\0").decode("ascii", "replace"))
        take(4)
    return header, references, read


def _tags(body: bytes, place: int) -> Iterator[str]:
    while place + 3 <= len(body):
        name, kind = body[place : place + 2].decode("ascii", "replace"), chr(body[place + 2])
        place += 3
        if kind in "ZH":
            end = body.index(b"\0", place)
            yield f"{name}:{kind}:{body[place:end].decode('utf-8', 'replace')}"
            place = end + 1
        elif kind == "A":
            yield f"{name}:A:{chr(body[place])}"
            place += 1
        elif kind == "B":
            item, count = _NUMBERS[chr(body[place])], int.from_bytes(body[place + 1 : place + 5], "little")
            end = place + 5 + count * item.size
            if end > len(body):
                raise ValueError("A list is longer than its record")
            values = (f"{value:g}" for (value,) in item.iter_unpack(body[place + 5 : end]))
            yield f"{name}:B:{chr(body[place])},{','.join(values)}"
            place = end
        else:
            item = _NUMBERS[kind]
            (value,) = item.unpack_from(body, place)
            yield f"{name}:f:{value:g}" if kind == "f" else f"{name}:i:{value}"
            place += item.size


READER = table_reader("bam", 1, lambda source, _name, _table: BamTable(source))


def warm_up() -> None:
    """Let the libraries load what they load at first use."""
    header = b"BAM\1" + struct.pack("<ii", 0, 0)
    record = _HEAD.pack(-1, -1, 2, 255, 0, 0, 4, 0, -1, -1, 0) + b"r\0"
    warm_up_reader(READER, header + struct.pack("<i", len(record)) + record, "FLAG")
