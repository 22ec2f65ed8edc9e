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
MAX_CHARACTER_BYTES = 4
"""Bytes of a character in UTF-8."""
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
        self.header = json.dumps(header, ensure_ascii=False)
        """The first line."""
        self.message = header["message"] if isinstance(header.get("message"), str) else None
        line = self.header.encode()
        require_depth(line, MAX_METADATA_DEPTH)
        self.longest_line = len(line)
        """Bytes of the longest line, or more than that if some are not ASCII."""
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
        line = b'{"logical_key": %b, "meta": %b}' % (encode_basestring(f"{path}/").encode(), meta)
        self.longest_line = max(self.longest_line, len(line))
        self._head_part.write(line + b"\n")

    def add_files(self, prefix: str, files: Sequence[TreeFile]) -> None:
        """Files of one directory; `prefix` is its path with a slash at its end, or empty for the root."""
        if not files:
            return
        metas = [self._entry_meta(file.meta) if file.meta else NO_META for file in files]
        write = _plain_entry if _is_plain(prefix, files) else canonical_entry
        written = [write(prefix, file, meta) for file, meta in zip(files, metas, strict=True)]
        hashed = "".join([each[0] for each in written])
        lines = [each[1] for each in written]
        text = "".join(lines)
        self.longest_line = max(
            self.longest_line, max(map(len, lines)) * (1 if text.isascii() else MAX_CHARACTER_BYTES)
        )
        self._entries += len(files)
        self._size += sum([file.size for file in files])
        self._top_hash.update(hashed.encode())
        self._entry_part.write(text.encode())

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

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self._size

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


def canonical_entry(prefix: str, file: TreeFile, meta: EntryMeta) -> tuple[str, str]:
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
    return hashed, line


def _is_plain(prefix: str, files: Sequence[TreeFile]) -> bool:
    """True if all texts of the files but their metadata are printable ASCII that JSON writes as it is."""
    text = prefix + "".join([f"{file.name}{file.physical_key}{file.hash_type}{file.hash_value}" for file in files])
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _plain_entry(prefix: str, file: TreeFile, meta: EntryMeta) -> tuple[str, str]:
    """The same as `canonical_entry`, for texts that need no escapes."""
    name, size, kind, value = file.name, file.size, file.hash_type, file.hash_value
    return (
        f'{{"hash":{{"type":"{kind}","value":"{value}"}},"logical_key":"{prefix}{name}","meta":{meta[0]},"size":{size}}}',
        (
            f'{{"logical_key": "{prefix}{name}", "physical_keys": ["{file.physical_key}"], "size": {size}, '
            f'"hash": {{"type": "{kind}", "value": "{value}"}}, "meta": {meta[1]}}}\n'
        ),
    )
