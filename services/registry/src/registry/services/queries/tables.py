"""Tables that the registry makes for queries: entries, revisions and packages, as streams of Arrow."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from registry.services.packages import presenters
from shared.index.records import ManifestRecord, RevisionRecord
from shared.index.trees.nodes import TreeFile
from shared.queries.conditions import CANDIDATE_NUMBER

_NAMED = [("package", pa.string()), ("top_hash", pa.string())]
_TIME = pa.timestamp("us", tz="UTC")
ENTRIES = pa.schema(
    [
        *_NAMED,
        ("logical_key", pa.string()),
        ("physical_key", pa.string()),
        ("size", pa.int64()),
        ("hash_type", pa.string()),
        ("hash", pa.string()),
        ("meta", pa.string()),
    ]
)
REVISIONS = pa.schema(
    [
        *_NAMED,
        ("tag", pa.string()),
        ("pushed_at", _TIME),
        ("author", pa.string()),
        ("message", pa.string()),
        ("entries", pa.int64()),
        ("bytes", pa.int64()),
        ("meta", pa.string()),
    ]
)
PACKAGES = pa.schema(
    [
        *_NAMED,
        ("modified", _TIME),
        ("message", pa.string()),
        ("entries", pa.int64()),
        ("bytes", pa.int64()),
        ("meta", pa.string()),
    ]
)


class FoundEntry(NamedTuple):
    package: str
    top_hash: str
    path: str
    file: TreeFile


class NamedManifest(NamedTuple):
    name: str
    manifest: ManifestRecord


def entries_table(found: Sequence[FoundEntry]) -> bytes:
    return _stream(
        ENTRIES,
        [
            [each.package for each in found],
            [each.top_hash for each in found],
            [each.path for each in found],
            [each.file.physical_key for each in found],
            [each.file.size for each in found],
            [each.file.hash_type for each in found],
            [each.file.hash_value for each in found],
            [_text(each.file.meta) for each in found],
        ],
    )


def revisions_table(found: Sequence[RevisionRecord]) -> bytes:
    return _stream(
        REVISIONS,
        [
            [each.name for each in found],
            [each.manifest.top_hash for each in found],
            [each.tag for each in found],
            [each.pushed_at for each in found],
            [each.author for each in found],
            *_of_manifests([each.manifest for each in found]),
        ],
    )


def packages_table(found: Sequence[NamedManifest]) -> bytes:
    return _stream(
        PACKAGES,
        [
            [each.name for each in found],
            [each.manifest.top_hash for each in found],
            [each.manifest.modified for each in found],
            *_of_manifests([each.manifest for each in found]),
        ],
    )


def candidates_table(columns: Mapping[str, Sequence[str]]) -> bytes:
    """Candidates with their numbers, from 0."""
    rows = len(next(iter(columns.values())))
    schema = pa.schema([(CANDIDATE_NUMBER, pa.int64()), *((name, pa.string()) for name in columns)])
    return _stream(schema, [range(rows), *columns.values()])


def _of_manifests(manifests: Sequence[ManifestRecord]) -> list[list[object]]:
    return [
        [each.message for each in manifests],
        [each.total_entries for each in manifests],
        [each.total_bytes for each in manifests],
        [_user_meta(each) for each in manifests],
    ]


def _user_meta(manifest: ManifestRecord) -> str | None:
    found = presenters.header(manifest).get("user_meta")
    return json.dumps(found) if isinstance(found, dict) and found else None


def _text(meta: bytes | None) -> str | None:
    return meta.decode("utf-8", "replace") if meta is not None else None


def _stream(schema: pa.Schema, columns: Sequence[Sequence[object]]) -> bytes:
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return bytes(sink.getvalue())
