"""Entries as manifests have them, byte for byte as the clients write them, and as the top hash takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring, encode_basestring_ascii

import orjson

from shared.index.trees.nodes import TreeFile
from shared.quilt.metadata import MAX_METADATA_DEPTH, require_depth
from shared.quilt.top_hash import canonical

MAX_CHARACTER_BYTES = 4
"""Bytes of a character in UTF-8."""
_MAX_CACHED_META_BYTES = 500
_MAX_CACHED_METAS = 2000

EntryMeta = tuple[str, str]
"""Metadata of an entry as JSON text: canonical, for the top hash, and as the manifest has it."""
NO_META: EntryMeta = ("{}", "{}")


@dataclass(frozen=True, slots=True)
class WrittenEntries:
    hashed: bytes
    """The entries as the top hash takes them."""
    lines: bytes
    longest_line: int
    """Bytes of the longest line, or more than that if some are not ASCII."""


class EntryWriter:
    """Writes entries. Equal metadata is written once."""

    def __init__(self) -> None:
        self._metas: dict[bytes, EntryMeta] = {}

    def write(self, prefix: str, files: Sequence[TreeFile]) -> WrittenEntries:
        """Entries of files of one directory, of which there is at least one; `prefix` is its path with a slash at its end, or empty for the root.

        Raises ValueError for metadata that is not JSON, and JsonTooDeep.
        """
        metas = [self._entry_meta(file.meta) if file.meta else NO_META for file in files]
        pairs = list(zip(files, metas, strict=True))
        if _is_plain(prefix, files):
            # The same as `canonical_entry`, for texts that need no escapes, and without a call for each file.
            hashed = "".join(
                [
                    f'{{"hash":{{"type":"{file.hash_type}","value":"{file.hash_value}"}},'
                    f'"logical_key":"{prefix}{file.name}","meta":{meta[0]},"size":{file.size}}}'
                    for file, meta in pairs
                ]
            )
            lines = [
                f'{{"logical_key": "{prefix}{file.name}", "physical_keys": ["{file.physical_key}"], '
                f'"size": {file.size}, "hash": {{"type": "{file.hash_type}", "value": "{file.hash_value}"}}, '
                f'"meta": {meta[1]}}}\n'
                for file, meta in pairs
            ]
        else:
            written = [canonical_entry(prefix, file, meta) for file, meta in pairs]
            hashed = "".join([each[0] for each in written])
            lines = [each[1] for each in written]
        text = "".join(lines)
        longest = max(map(len, lines)) * (1 if text.isascii() else MAX_CHARACTER_BYTES)
        return WrittenEntries(hashed.encode(), text.encode(), longest)

    def _entry_meta(self, raw: bytes) -> EntryMeta:
        """A plain dictionary holds them, since a look-up in an LRU cache takes eight times as long."""
        known = self._metas.get(raw)
        if known is None:
            known = entry_meta(raw)
            if len(raw) < _MAX_CACHED_META_BYTES:
                if len(self._metas) >= _MAX_CACHED_METAS:
                    self._metas.clear()
                self._metas[raw] = known
        return known


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
    text = "".join(
        [
            prefix,
            *[file.name for file in files],
            *[file.physical_key for file in files],
            *[file.hash_value for file in files],
            *{file.hash_type for file in files},
        ]
    )
    # orjson, which escapes quotes, backslashes and control characters, takes a tenth of the time of a look at each character.
    return text.isascii() and "\x7f" not in text and len(orjson.dumps(text)) == len(text) + len('""')
