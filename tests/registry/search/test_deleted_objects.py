"""Objects that were deleted in a bucket with versions are found by searches that ask for them, and by no others."""

from typing import Any

import pytest
from support.worlds.registry_world import RegistryWorld
from support.worlds.search_world import CELLAR, LIST, NOTES, VINEGAR

SEARCH = "/api/v1/search"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("deleted:true", {VINEGAR}),
        ("vinegar deleted:true", {VINEGAR}),
        ("*.csv deleted:true", {VINEGAR}),
        ("ext:.csv delete_marker:true", {VINEGAR}),
        ("key:old/* (deleted:true OR deleted:false)", {VINEGAR}),
        ("has:deleted ext:.csv", {VINEGAR, LIST}),
        ("sour deleted:true", set()),
        ("vinegar", set()),
        ("vinegar -deleted:true", set()),
        ("ext:.csv kind:object", {LIST}),
        ("kind:object", {LIST, NOTES}),
        ("deleted:false", {LIST, NOTES}),
        ("has:deleted sort:-deleted", {VINEGAR, LIST, NOTES}),
    ],
)
async def test_deleted_objects_are_found_when_a_query_asks_for_them(
    cellar: RegistryWorld, query: str, found: set[str]
) -> None:
    answer = await cellar.json(SEARCH, q=query)
    assert {each["key"] for each in answer["items"]} == found
    assert answer["total"] == answer["total_objects"] == len(found)


async def test_a_deleted_object_shows_the_version_and_time_of_its_delete_marker(cellar: RegistryWorld) -> None:
    answer = await cellar.json(SEARCH, q="deleted:true", facets=["ext", "kind"])
    [item] = answer["items"]
    assert (item["bucket"], item["size"], item["meta"], item["deleted"]) == (CELLAR, 0, {}, True)
    assert item["version_id"].startswith("v")
    facets = {facet["field"]: facet["values"] for facet in answer["facets"]}
    assert facets == {"ext": [{"value": ".csv", "count": 1}], "kind": [{"value": "object", "count": 1}]}
    plain = await cellar.json(SEARCH, q="riesling", kind="object")
    assert [each["deleted"] for each in plain["items"]] == [False]
    assert (await cellar.json("/api/search", index=CELLAR, action="stats"))["hits"]["total"] == 1


@pytest.mark.parametrize(
    ("deleted", "found"),
    [
        (None, {(LIST, False)}),
        ({}, {(LIST, False)}),
        ({"true": False, "false": True}, {(LIST, False)}),
        ({"true": True}, {(VINEGAR, True)}),
        ({"true": True, "false": True}, {(LIST, False), (VINEGAR, True)}),
    ],
)
async def test_quilts_catalog_chooses_deleted_objects_by_its_filter(
    cellar: RegistryWorld, deleted: dict[str, bool] | None, found: set[tuple[str, bool]]
) -> None:
    query = """query ($filter: ObjectsSearchFilter) { searchObjects(filter: $filter) {
      ... on ObjectsSearchResultSet { total firstPage(order: LEX_ASC) { hits { key deleted version size } } } } }"""
    wanted: dict[str, Any] = {"ext": {"terms": [".csv"]}, "deleted": deleted}
    answer = (await cellar.graphql(query, filter=wanted))["searchObjects"]
    hits = answer["firstPage"]["hits"]
    assert {(hit["key"], hit["deleted"]) for hit in hits} == found
    assert answer["total"] == len(found)


async def test_elasticsearch_clients_find_delete_markers_by_their_field(cellar: RegistryWorld) -> None:
    answer = await cellar.json("/api/search", index=CELLAR, action="search", query="delete_marker:true")
    [hit] = answer["hits"]["hits"]
    assert (hit["_source"]["key"], hit["_source"]["delete_marker"]) == (VINEGAR, True)
    assert hit["_id"] == f"{VINEGAR}:{hit['_source']['version_id']}"
