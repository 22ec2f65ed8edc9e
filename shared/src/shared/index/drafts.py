"""Manifests being written: byte for byte as the clients do it, with the top hash that names them.

The name is only known at the end, and directories stand before entries: so a draft is kept in temporary files, of which
the larger part is never in memory.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring, encode_basestring_ascii
from tempfile import SpooledTemporaryFile
from typing import Any

from shared.index.nodes import File
from shared.index.tophash import TopHash, canonical

IN_MEMORY = 4 << 20


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a finished draft."""

    top_hash: str
    entries: int
    size: int
    """Of all files."""
    length: int
    """Of the manifest."""


class Draft:
    """Takes directories in any order, and files in walk order."""

    def __init__(self, header: dict[str, Any]) -> None:
        self._top_hash = TopHash(header)
        self._front = SpooledTemporaryFile(IN_MEMORY, prefix="patchwork-draft-")  # noqa: SIM115 – closed by close
        self._back = SpooledTemporaryFile(IN_MEMORY, prefix="patchwork-draft-")  # noqa: SIM115
        self._front.write(json.dumps(header, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        self._entries = 0
        self._size = 0

    def close(self) -> None:
        self._front.close()
        self._back.close()

    def add_directory(self, path: str, meta: bytes) -> None:
        self._front.write(b'{"logical_key": %b, "meta": %b}\n' % (encode_basestring(f"{path}/").encode(), meta))

    def add_files(self, prefix: str, files: Sequence[File]) -> None:
        """Files of one directory, whose path `prefix` is with a slash at its end."""
        lines: list[bytes] = []
        hashed: list[bytes] = []
        for file in files:
            key = prefix + file.name
            key_text, key_ascii = encode_basestring(key), encode_basestring_ascii(key)
            kind, value = encode_basestring_ascii(file.hash_type), encode_basestring_ascii(file.hash_value)
            where = encode_basestring(file.physical_key)
            raw = file.meta or b"{}"
            made = canonical(raw) if file.meta else raw
            lines.append(
                b'{"logical_key": %b, "physical_keys": [%b], "size": %d, "hash": {"type": %b, "value": %b}, "meta": %b}\n'
                % (key_text.encode(), where.encode(), file.size, kind.encode(), value.encode(), raw)
            )
            hashed.append(
                b'{"hash":{"type":%b,"value":%b},"logical_key":%b,"meta":%b,"size":%d}'
                % (kind.encode(), value.encode(), key_ascii.encode(), made, file.size)
            )
            self._size += file.size
        self._entries += len(files)
        self._back.write(b"".join(lines))
        self._top_hash.update(b"".join(hashed))

    @property
    def entries(self) -> int:
        return self._entries

    def finish(self) -> Totals:
        length = self._front.tell() + self._back.tell()
        return Totals(self._top_hash.hexdigest(), self._entries, self._size, length)

    def parts(self, size: int) -> Iterator[bytes]:
        """The manifest's bytes, `size` at a time; once."""
        held = bytearray()
        for source in (self._front, self._back):
            source.seek(0)
            while chunk := source.read(size - len(held)):
                held += chunk
                if len(held) == size:
                    yield bytes(held)
                    held.clear()
        if held:
            yield bytes(held)
