"""Packages, revisions and their entries, as the JSON API shows them."""

import pytest
from support.manifests import entry
from support.shelf import CALLERS, FIRST_PUSH, Shelf, problem

from shared.testing.indexer import FakeIndexer


async def test_a_package_is_shown_with_its_latest_revision(shelf: Shelf) -> None:
    top_hash = await shelf.package(
        "amy/wine", entry("data/a.csv", size=3), entry("b.csv", size=4), message="first", user_meta={"source": "UCI"}
    )
    shown = await shelf.json(f"/api/v1/buckets/{shelf.bucket}/packages/amy/wine")
    assert shown == {
        "bucket": shelf.bucket,
        "name": "amy/wine",
        "modified": shown["modified"],
        "revisions": 1,
        "latest": {
            "top_hash": top_hash,
            "state": "ready",
            "problem": None,
            "message": "first",
            "user_meta": {"source": "UCI"},
            "workflow": None,
            "total_entries": 2,
            "total_bytes": 7,
        },
    }
