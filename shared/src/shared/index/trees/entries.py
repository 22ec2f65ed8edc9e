"""Lines of a manifest: what they may say, and what of it goes into trees and top hashes."""

import re
from typing import Any

import msgspec

from shared.index.trees.nodes import TreeFile, TreePath
from shared.quilt.top_hash import canonical, loads

MAX_DEPTH = 1000

_START = re.compile(r"s3://[^/?#]+/[^?#]").match
_PHYSICAL_KEY = re.compile(
    r"s3://[^/?#]+/[^?#]+(\?versionId=[^&#]*)?|file://[^?]+|(?!s3:|file:)[a-z][a-z0-9+.-]*://.+", re.DOTALL
).fullmatch
_NO_NAMES = frozenset({"", ".", ".."})


class EntryHash(msgspec.Struct, gc=False):
    type: str
    value: str


class ManifestLine(msgspec.Struct, gc=False):
    """A line after the first: a file, or a directory's metadata."""

    logical_key: str
    physical_keys: list[str] | None = None
    size: int | None = None
    hash: EntryHash | None = None
    meta: msgspec.Raw = msgspec.Raw(b"null")


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(ManifestLine).decode
decode_lines = msgspec.json.Decoder(ManifestLine).decode_lines


def header_of(line: bytes) -> dict[str, Any]:
    header = loads(line)
    if not isinstance(header, dict):
        raise ValueError("the header is no JSON object")  # noqa: TRY004 – the manifest's fault, not the program's
    if header.get("version") != "v0":
        raise ValueError(f'the version is {header.get("version")!r}, not "v0"')
    return header


def parent_of(logical_key: str) -> TreePath:
    """The directory that a key is in; raises ValueError unless all its parts are names."""
    parts = logical_key.split("/")
    if not _NO_NAMES.isdisjoint(parts):
        raise ValueError(f"{logical_key!r} has an empty component, or '.' or '..'")
    if len(parts) > MAX_DEPTH:
        raise ValueError(f"directories are more than {MAX_DEPTH} deep")
    return tuple(parts[:-1])


def is_name(name: str) -> bool:
    return name not in _NO_NAMES


def meta_of(record: ManifestLine) -> tuple[bytes | None, bytes | None]:
    """Metadata as written, and canonical; None when empty."""
    raw = bytes(record.meta)
    if raw in {b"{}", b"null"}:
        return None, None
    if not raw.startswith(b"{"):
        raise ValueError("meta is no JSON object")
    made = canonical(raw)
    return (None, None) if made == b"{}" else (raw, made)


def file_of(name: str, record: ManifestLine, meta: bytes | None) -> TreeFile:
    keys = record.physical_keys
    if keys is None or len(keys) != 1:
        raise ValueError(f"{record.logical_key!r} has not exactly one physical key")
    if record.size is None or record.size < 0 or record.hash is None:
        raise ValueError(f"{record.logical_key!r} lacks its size or its hash")
    if not is_address(keys[0]):
        raise ValueError(f"the physical key {keys[0]!r} is no address of an object")
    return TreeFile(name, keys[0], record.size, record.hash.type, record.hash.value, meta)


def is_address(physical_key: str) -> bool:
    """Of an object in S3, or of something that is elsewhere; both are shown, and only the former is ever read."""
    query = physical_key.find("?")
    return bool(
        (
            # What nearly all are, in half the time.
            (query < 0 or physical_key.startswith("?versionId=", query))
            and "#" not in physical_key
            and "&" not in physical_key
            and _START(physical_key)
        )
        or _PHYSICAL_KEY(physical_key)
    )
