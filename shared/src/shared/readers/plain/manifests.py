"""Manifests of Quilt packages: a header, then a file a line."""

from typing import Any

import msgspec

from shared.readers.errors import UnreadableFile
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import RangeSource
from shared.schemas.previews import PackagePreview

_MAX_READ_BYTES = 4 << 20


def preview_manifest(source: RangeSource, _name: str, options: PreviewOptions) -> PackagePreview:
    data = source.read(0, max(options.max_bytes, _MAX_READ_BYTES) + 1)
    complete = len(data) <= max(options.max_bytes, _MAX_READ_BYTES)
    lines = [line for line in data.split(b"\n") if line.strip()]
    if not complete and len(lines) > 1:
        lines.pop()  # it is cut off
    header = _parse(lines[0]) if lines else {}
    if not isinstance(header.get("version"), str):
        raise UnreadableFile("The manifest has no header")
    entries = [_entry(_parse(line)) for line in lines[1 : options.max_rows + 1]]
    complete = complete and len(lines) - 1 <= options.max_rows
    message, metadata = header.get("message"), header.get("user_meta")
    return PackagePreview(
        **blank(complete=complete, notes=[] if complete else [f"The first {len(entries):,} files are shown"]),
        message=message if isinstance(message, str) else None,
        metadata=metadata if isinstance(metadata, dict) else None,
        entries=entries,
    )


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    keys = row.get("physical_keys")
    digest = row.get("hash")
    return {
        "logical_key": row.get("logical_key"),
        "physical_key": keys[0] if isinstance(keys, list) and keys else None,
        "size": row.get("size"),
        "hash": digest.get("value") if isinstance(digest, dict) else None,
    }


def _parse(line: bytes) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableFile(f"The manifest has a line that is no JSON: {error}") from error
    if not isinstance(row, dict):
        raise UnreadableFile("The manifest has a line that is no JSON object")
    return row


READER = Reader("manifest", 1, "plain", preview_manifest)
