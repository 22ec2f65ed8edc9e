"""Hits as Elasticsearch documents, with the fields that newer and older clients of Quilt read."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from registry.services.packages import presenters
from registry.services.search.query.request_body import SourceFilter
from shared.index.records import Hit, ObjectRecord, PackageRecord
from shared.quilt.keys import LATEST

_TEXT_FIELD = "content"
"""Long, so it is shown only when it is named."""


def wants_text(source: SourceFilter) -> bool:
    return bool(source.includes) and _covered(_TEXT_FIELD, source.includes)


def document(hit: Hit, source: SourceFilter) -> dict[str, Any]:
    """The document of a hit, with `_index`, `_id`, `_score` and `_source`."""
    found = hit.found
    if isinstance(found, ObjectRecord):
        made = {**object_address(found), "_score": hit.score}
        fields = _object_fields(found, hit.text)
    else:
        made = {**_package_address(found), "_score": hit.score}
        fields = _package_fields(found)
    if not wants_text(source):
        fields.pop(_TEXT_FIELD, None)
    return made if source.nothing else {**made, "_source": select_fields(fields, source)}


def object_address(found: ObjectRecord) -> dict[str, Any]:
    return {"_index": found.bucket, "_type": "_doc", "_id": f"{found.key}:{found.version_id or 'null'}"}


def _package_address(found: PackageRecord) -> dict[str, Any]:
    pointer = sha256(f"{found.name}/{LATEST}".encode()).hexdigest()
    return {
        "_index": f"{found.bucket}_packages",
        "_type": "_doc",
        "_id": f"ptr:{pointer}",
        "_routing": f"mnfst:{found.latest.top_hash}",
    }


def _object_fields(found: ObjectRecord, text: str) -> dict[str, Any]:
    return {
        "key": found.key,
        "ext": found.extension,
        "etag": found.etag,
        "size": found.size,
        "last_modified": found.modified.isoformat(),
        "updated": found.indexed_at.isoformat(),
        "version_id": found.version_id or "null",
        "delete_marker": found.deleted,
        "user_meta": found.meta,
        _TEXT_FIELD: text,
    }


def _package_fields(found: PackageRecord) -> dict[str, Any]:
    latest = found.latest
    first = presenters.header(latest)
    modified = found.modified.isoformat()
    metadata = json.dumps(first.get("user_meta") or {}, ensure_ascii=False)
    totals = {"total_bytes": latest.total_bytes, "total_files": latest.total_entries}
    return {
        "join_field": {"name": "ptr", "parent": f"mnfst:{latest.top_hash}"},
        "ptr_name": found.name,
        "ptr_tag": LATEST,
        "ptr_last_modified": modified,
        "mnfst_hash": latest.top_hash,
        "mnfst_last_modified": (latest.modified or found.modified).isoformat(),
        "mnfst_message": latest.message,
        "mnfst_metadata": metadata,
        "mnfst_stats": totals,
        "mnfst_workflow": _workflow(first.get("workflow")),
        # Fields for clients and catalogs before 2023.
        "key": f".quilt/packages/{latest.top_hash}",
        "handle": found.name,
        "hash": latest.top_hash,
        "pointer_file": LATEST,
        "comment": latest.message or "",
        "metadata": metadata,
        "package_stats": totals,
        "last_modified": modified,
    }


def _workflow(found: Any) -> dict[str, Any] | None:
    if not isinstance(found, dict):
        return None
    config, schemas = found.get("config"), found.get("schemas")
    version = parse_qs(urlsplit(config).query).get("versionId") if isinstance(config, str) else None
    return {
        "id": found.get("id"),
        "config_version_id": version[0] if version else None,
        "schemas": [{"id": id_, "url": url} for id_, url in schemas.items()] if isinstance(schemas, dict) else [],
    }


def select_fields(fields: dict[str, Any], source: SourceFilter) -> dict[str, Any]:
    """Fields that `_source` selects by their dotted paths."""

    def keep(path: str) -> bool:
        return (not source.includes or _covered(path, source.includes)) and not _covered(path, source.excludes)

    return _filter_fields(fields, "", keep)


def _filter_fields(fields: dict[str, Any], prefix: str, keep: Callable[[str], bool]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and value:
            below = _filter_fields(value, f"{path}.", keep)
            if below:
                made[name] = below
        elif keep(path):
            made[name] = value
    return made


def _covered(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}.*") for pattern in patterns)
