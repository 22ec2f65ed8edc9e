"""Writes manifests byte for byte as the clients do, and computes the top hash that names them.

The top hash is known only at the end, and directories stand before files. So a draft is two temporary files, and most of
it is never in memory.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring, encode_basestring_ascii
from tempfile import SpooledTemporaryFile
from typing import Any

from shared.index.trees.nodes import TreeFile
from shared.quilt.metadata import MAX_METADATA_DEPTH, require_depth
from shared.quilt.top_hash import TopHash, canonical

MAX_MEMORY_BYTES = 4 << 20
"""Bytes of each part of a draft that are held in memory; what is longer goes to a temporary file."""
_MAX_CACHED_META_BYTES = 500
_MAX_CACHED_METAS = 2000

EntryMeta = tuple[str, str]
"""Metadata of an entry as JSON text: canonical, for the top hash, and as the manifest has it."""
NO_META: EntryMeta = ("{}", "{}")


@dataclass(frozen=True, slots=True)
class ManifestTotals:
    """Name and sizes of a finished draft."""

    top_hash: str
    entries: int
    size: int
    """Bytes of all files."""
    length: int
    """Bytes of the manifest."""


class ManifestDraft:
    """A manifest that is being written: takes directories in any order, and files in walk order.

    Raises JsonTooDeep for metadata that no reader takes.
    """

    def __init__(self, header: dict[str, Any]) -> None:
        line = json.dumps(header, ensure_ascii=False).encode()
        require_depth(line, MAX_METADATA_DEPTH)
        self._top_hash = TopHash(header)
        self._head_part = SpooledTemporaryFile(MAX_MEMORY_BYTES, prefix="patchwork-draft-")  # noqa: SIM115 – closed by close
        self._entry_part = SpooledTemporaryFile(MAX_MEMORY_BYTES, prefix="patchwork-draft-")  # noqa: SIM115
        self._head_part.write(line + b"\n")
        self._metas: dict[bytes, EntryMeta] = {}
        self._entries = 0
        self._size = 0

    def close(self) -> None:
        self._head_part.close()
        self._entry_part.close()

    def add_directory(self, path: str, meta: bytes) -> None:
        require_depth(meta, MAX_METADATA_DEPTH)
        self._head_part.write(b'{"logical_key": %b, "meta": %b}\n' % (encode_basestring(f"{path}/").encode(), meta))

    def add_files(self, prefix: str, files: Sequence[TreeFile]) -> None:
        """Files of one directory; `prefix` is its path with a slash at its end, or empty for the root."""
        hashed: list[bytes] = []
        lines: list[bytes] = []
        for file in files:
            hash_bytes, file_bytes = canonical_entry(
                prefix, file, self._entry_meta(file.meta) if file.meta else NO_META
            )
            hashed.append(hash_bytes)
            lines.append(file_bytes)
            self._size += file.size
        self._entries += len(files)
        self._top_hash.update(b"".join(hashed))
        self._entry_part.write(b"".join(lines))

    def _entry_meta(self, raw: bytes) -> EntryMeta:
        """Many entries have equal metadata. A plain dictionary, since a look-up in an LRU cache takes eight times as long."""
        known = self._metas.get(raw)
        if known is None:
            known = entry_meta(raw)
            if len(raw) < _MAX_CACHED_META_BYTES:
                if len(self._metas) >= _MAX_CACHED_METAS:
                    self._metas.clear()
                self._metas[raw] = known
        return known

    @property
    def entries(self) -> int:
        return self._entries

    def finish(self) -> ManifestTotals:
        length = self._head_part.tell() + self._entry_part.tell()
        return ManifestTotals(self._top_hash.hexdigest(), self._entries, self._size, length)

    def parts(self, size: int) -> Iterator[bytes]:
        """The manifest's bytes, `size` at a time. They can be read once."""
        held = bytearray()
        for source in (self._head_part, self._entry_part):
            source.seek(0)
            while chunk := source.read(size - len(held)):
                held += chunk
                if len(held) == size:
                    yield bytes(held)
                    held.clear()
        if held:
            yield bytes(held)


def entry_meta(raw: bytes) -> EntryMeta:
    """Metadata of an entry, from its JSON text. Raises ValueError for what is not JSON, or too deep."""
    require_depth(raw, MAX_METADATA_DEPTH)
    return canonical(raw).decode(), raw.decode()


def canonical_entry(prefix: str, file: TreeFile, meta: EntryMeta) -> tuple[bytes, bytes]:
    """A file's entry as the top hash takes it, and its line in the manifest.

    The former is `json.dumps(entry, sort_keys=True, separators=(",", ":"))` without physical keys: ASCII. The latter is
    `json.dumps(entry, ensure_ascii=False)` and a line feed: UTF-8. They are put together from the same parts because
    `json.dumps` takes several times as long, and a package may have millions of entries.
    """
    canonical_meta, written_meta = meta
    key = prefix + file.name
    hashed = (
        f'{{"hash":{{"type":{encode_basestring_ascii(file.hash_type)},"value":{encode_basestring_ascii(file.hash_value)}}},'
        f'"logical_key":{encode_basestring_ascii(key)},"meta":{canonical_meta},"size":{file.size}}}'
    )
    line = (
        f'{{"logical_key": {encode_basestring(key)}, "physical_keys": [{encode_basestring(file.physical_key)}], '
        f'"size": {file.size}, "hash": {{"type": {encode_basestring(file.hash_type)}, '
        f'"value": {encode_basestring(file.hash_value)}}}, "meta": {written_meta}}}\n'
    )
    return hashed.encode(), line.encode()
