"""Manifests as the clients write them, and their top hash by its definition."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

HELLO = "lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA="
"""sha2-256-chunked of `hello`."""


def entry(key: str, *, at: str | None = None, size: int = 5, value: str = HELLO, meta: Any = None) -> dict[str, Any]:
    return {
        "logical_key": key,
        "physical_keys": [at or f"s3://wine/{key}?versionId=v1"],
        "size": size,
        "hash": {"type": "sha2-256-chunked", "value": value},
        "meta": meta or {},
    }


def top_hash(header: dict[str, Any], entries: Iterable[dict[str, Any]]) -> str:
    def dumps(value: Any) -> bytes:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    digest = hashlib.sha256(dumps(header))
    for each in sorted(entries, key=lambda each: each["logical_key"].split("/")):
        digest.update(dumps({name: each[name] for name in ("hash", "logical_key", "meta", "size")}))
    return digest.hexdigest()


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def manifest(*entries: dict[str, Any], directories: dict[str, Any] | None = None, **header: Any) -> tuple[str, bytes]:
    """Top hash and text of a manifest."""
    full = {"version": "v0", **header}
    records = [{"logical_key": f"{path}/", "meta": meta} for path, meta in (directories or {}).items()]
    return top_hash(full, entries), lines(full, *records, *entries)


def nested(levels: int) -> Any:
    """Metadata with this number of levels of objects."""
    value: Any = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value
