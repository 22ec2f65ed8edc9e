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

from shared.index.trees.nodes import TreeFile
from shared.quilt.top_hash import TopHash, canonical

IN_MEMORY = 4 << 20
_NO_METADATA = ("{}", "{}")
_SHORT = 500
_MAX_CACHED_HASHES = 2000


@dataclass(frozen=True, slots=True)
class ManifestTotals:
    """Of a finished draft."""

    top_hash: str
    entries: int
    size: int
    """Of all files."""
    length: int
    """Of the manifest."""


class ManifestDraft:
    """Takes directories in any order, and files in walk order."""

    def __init__(self, header: dict[str, Any]) -> None:
        self._top_hash = TopHash(header)
        self._front = SpooledTemporaryFile(IN_MEMORY, prefix="patchwork-draft-")  # noqa: SIM115 – closed by close
        self._back = SpooledTemporaryFile(IN_MEMORY, prefix="patchwork-draft-")  # noqa: SIM115
        self._front.write(json.dumps(header, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        self._known: dict[bytes, tuple[str, str]] = {}
        self._entries = 0
        self._size = 0

    def close(self) -> None:
        self._front.close()
        self._back.close()

    def add_directory(self, path: str, meta: bytes) -> None:
        self._front.write(b'{"logical_key": %b, "meta": %b}\n' % (encode_basestring(f"{path}/").encode(), meta))

    def add_files(self, prefix: str, files: Sequence[TreeFile]) -> None:
        """Files of one directory, whose path `prefix` is with a slash at its end."""
        lines: list[str] = []
        hashed: list[str] = []
        above, above_ascii = encode_basestring(prefix)[:-1], encode_basestring_ascii(prefix)[:-1]
        for file in files:
            name, size, raw = file.name, file.size, file.meta
            key_ascii = above_ascii + encode_basestring_ascii(name)[1:]
            key = key_ascii if name.isascii() and prefix.isascii() else above + encode_basestring(name)[1:]
            kind, value = encode_basestring_ascii(file.hash_type), encode_basestring_ascii(file.hash_value)
            where = encode_basestring(file.physical_key)
            meta, made = self._metadata(raw) if raw else _NO_METADATA
            lines.append(
                f'{{"logical_key": {key}, "physical_keys": [{where}], "size": {size}, '
                f'"hash": {{"type": {kind}, "value": {value}}}, "meta": {meta}}}\n'
            )
            hashed.append(
                f'{{"hash":{{"type":{kind},"value":{value}}},"logical_key":{key_ascii},"meta":{made},"size":{size}}}'
            )
            self._size += size
        self._entries += len(files)
        self._back.write("".join(lines).encode())
        self._top_hash.update("".join(hashed).encode())

    def _metadata(self, raw: bytes) -> tuple[str, str]:
        """As it is written, and as it is hashed; the same comes again and again."""
        known = self._known.get(raw)
        if known is None:
            known = raw.decode(), canonical(raw).decode()
            if len(raw) < _SHORT:
                if len(self._known) >= _MAX_CACHED_HASHES:
                    self._known.clear()
                self._known[raw] = known
        return known

    @property
    def entries(self) -> int:
        return self._entries

    def finish(self) -> ManifestTotals:
        length = self._front.tell() + self._back.tell()
        return ManifestTotals(self._top_hash.hexdigest(), self._entries, self._size, length)

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
