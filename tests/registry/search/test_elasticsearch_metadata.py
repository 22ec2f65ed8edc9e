"""Elasticsearch-shaped searches by user metadata, workflows and authors."""

import json
from typing import Any

import pytest
from support.worlds.registry_world import RegistryWorld
from support.worlds.search_world import BREWERY, CELLAR, LIST, NOTES, PILSNER, PINOT, RIESLING

SEARCH = "/api/search"


def found(answer: dict[str, Any]) -> list[str]:
    return [hit["_source"].get("ptr_name") or hit["_source"]["key"] for hit in answer["hits"]["hits"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"term": {"meta.qc.level": 3}}, {RIESLING}),
        ({"term": {"meta.status": "released"}}, {RIESLING, LIST}),
        ({"terms": {"meta:/tags": ["dry", "lager"]}}, {RIESLING, PILSNER}),
        ({"range": {"meta.qc.level": {"gt": 3}}}, {PINOT}),
        ({"range": {"meta.date": {"gte": "2026-03-01", "lte": "2026-03-01"}}}, {RIESLING}),
        ({"exists": {"field": "meta.doi"}}, {RIESLING}),
        ({"wildcard": {"meta.status": "*later"}}, {PILSNER}),
        ({"match_phrase": {"meta.status": "draft"}}, {PINOT}),
        ({"term": {"mnfst_workflow.id": "strict"}}, {RIESLING}),
        ({"term": {"author": "bob"}}, {PINOT}),
        ({"range": {"size": {"gte": 1}}}, {LIST, NOTES}),
        ({"range": {"mnfst_stats.total_bytes": {"gte": 500}}}, {RIESLING, PINOT}),
        ({"query_string": {"query": "meta.qc.level:>=3 AND workflow:strict"}}, {RIESLING}),
        ({"query_string": {"query": "lager", "fields": ["mnfst_metadata"]}}, {PILSNER}),
    ],
)
async def test_bodies_find_values_of_metadata(cellar: RegistryWorld, query: dict[str, Any], expected: set[str]) -> None:
    body = json.dumps({"query": query, "size": 50})
    answer = await cellar.json(SEARCH, index="_all", action="freeform", body=body)
    assert (set(found(answer)), answer["hits"]["total"]) == (expected, len(expected))


async def test_bodies_sort_by_metadata(cellar: RegistryWorld) -> None:
    body = json.dumps({"query": {"exists": {"field": "meta.qc.level"}}, "sort": [{"meta.qc.level": "desc"}]})
    answer = await cellar.json(SEARCH, index=f"{CELLAR}_packages", action="packages", body=body)
    assert found(answer) == [PINOT, RIESLING]
    assert [hit["sort"] for hit in answer["hits"]["hits"]] == [[5], [3]]


async def test_the_query_parameter_takes_metadata_and_an_order(cellar: RegistryWorld) -> None:
    answer = await cellar.json(SEARCH, index="_all", action="search", query="has:meta.qc sort:name")
    assert found(answer) == [PILSNER, RIESLING, PINOT]
    assert found(await cellar.json(SEARCH, index=BREWERY, action="search", query="sort:name")) == [NOTES]
    for nothing in ("", "...", "-"):
        assert found(await cellar.json(SEARCH, index="_all", action="search", query=nothing)) == []


async def test_samples_and_statistics_come_from_the_search_backend(cellar: RegistryWorld) -> None:
    answer = await cellar.json(SEARCH, index="_all", action="sample")
    assert {each["key"] for each in answer["aggregations"]["objects"]["buckets"]} == {LIST, NOTES}
    assert (await cellar.json(SEARCH, index="_all", action="images"))["hits"]["total"] == 0
    stats = await cellar.json(SEARCH, index=f"{CELLAR},{BREWERY}", action="stats")
    assert stats["aggregations"]["totalBytes"] == {"value": 36.0}
