"""Administration of buckets by the web catalogs of 2020."""

import io
import json
import zipfile
from importlib.metadata import version
from typing import Any

import pytest
from support.worlds.registry_world import RegistryWorld

from shared.testing.buckets import FakeBucketSetup
from shared.testing.indexer import FakeIndexer

FORM = {
    "name": "data-a",
    "title": "Data A",
    "tags": ["x", "y"],
    "relevance_score": 3,
    "file_extensions_to_index": [".csv", ".md"],
    "scanner_parallel_shards_depth": 2,
    "delay_scan": True,
    "schema_org": {"name": "A"},
}


async def ask(world: RegistryWorld, method: str, path: str, body: Any = None, caller: str = "admin") -> tuple[int, Any]:
    answer = await world.client.request(method, f"/api/admin{path}", headers=world.headers(caller), json=body)
    return answer.status_code, answer.json()


async def test_the_catalog_of_2020_adds_changes_and_removes_a_bucket(given: RegistryWorld) -> None:
    status, added = await ask(given, "POST", "/buckets", FORM)
    assert (status, added) == (
        200,
        {
            "name": "data-a",
            "title": "Data A",
            "description": None,
            "icon_url": None,
            "overview_url": None,
            "schema_org": {},
            "relevance_score": 3,
            "tags": ["x", "y"],
            "last_indexed": None,
            "file_extensions_to_index": [".csv", ".md"],
            "index_content_bytes": None,
            "scanner_parallel_shards_depth": 0,
            "skip_meta_data_indexing": False,
            "sns_notification_arn": None,
        },
    )
    assert (await ask(given, "GET", "/buckets"))[1]["results"] == [added]
    status, again = await ask(given, "POST", "/buckets", FORM)
    assert (status, again["message"]) == (409, "Bucket already added")
    changed = (await ask(given, "PUT", "/buckets/data-a", {"name": "data-a", "title": "B", "description": "d"}))[1]
    defaults = {"tags": [], "relevance_score": 0, "file_extensions_to_index": []}
    assert changed == {**added, "title": "B", "description": "d", **defaults}
    status, refusal = await ask(given, "PUT", "/buckets/data-a", {"title": "B", "file_extensions_to_index": ["zip"]})
    assert (status, "have no content that can be searched" in refusal["message"]) == (422, True)
    assert await ask(given, "DELETE", "/buckets/data-a") == (200, {})
    assert (await ask(given, "GET", "/buckets"))[1] == {"results": []}
    assert (await ask(given, "DELETE", "/buckets/data-a"))[0] == 404
    assert (await ask(given, "PUT", "/buckets/data-a", {"title": "B"}))[0] == 404


async def test_the_catalog_of_2020_requests_a_check_of_a_bucket(
    world: RegistryWorld, indexer: FakeIndexer, bucket_setup: FakeBucketSetup
) -> None:
    for body, repairs in (({}, 0), ({"repair": True}, 1)):
        assert await ask(world, "POST", f"/reindex/{world.bucket}", body) == (200, {})
        assert len(bucket_setup.set_up) == repairs
    assert indexer.scanned == [world.bucket] * 2
    status, refusal = await ask(world, "POST", "/reindex/nobodys")
    assert (status, refusal["message"]) == (404, "Bucket not found")


@pytest.mark.parametrize(("caller", "status"), [("anonymous", 401), ("writer", 403)])
async def test_routes_of_the_catalog_of_2020_for_buckets_are_for_administrators(
    world: RegistryWorld, caller: str, status: int
) -> None:
    calls = [("GET", "/buckets"), ("POST", "/buckets"), ("PUT", "/buckets/x"), ("DELETE", "/buckets/x")]
    for method, path in [*calls, ("POST", "/reindex/x")]:
        body = FORM if method in {"POST", "PUT"} and "reindex" not in path else None
        assert (await ask(world, method, path, body, caller))[0] == status


async def test_administrators_download_diagnostics_without_secrets(world: RegistryWorld) -> None:
    address = "/api/admin/support-diagnostics"
    assert (await world.client.post(address, headers=world.headers("writer"))).status_code == 403
    answer = await world.client.post(address, headers={**world.headers("admin"), "Origin": "http://catalog.test"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="patchwork-diagnostics.zip"'
    assert "Content-Disposition" in answer.headers["access-control-expose-headers"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        text = archive.read("diagnostics.json").decode()
    report = json.loads(text)
    assert (report["version"], report["profile"]) == (version("patchwork-registry"), "development")
    assert report["buckets"] >= 1
    assert report["search"]["backend"] == "engine"
    assert "postgresql" not in text
    assert "token" not in text
