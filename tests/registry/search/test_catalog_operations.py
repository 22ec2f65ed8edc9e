"""The searches that the web catalog of 2026 sends, word for word, are answered with data."""

from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, print_ast, separate_operations
from support.worlds.registry_world import RegistryWorld
from support.worlds.search_world import BREWERY, CELLAR, LIST, NOTES, PILSNER, PINOT, RIESLING

OPERATIONS = separate_operations(parse((Path(__file__).parents[2] / "contract/catalog_2026.graphql").read_text()))
BOTH = [CELLAR, BREWERY]


async def run(world: RegistryWorld, operation: str, **variables: Any) -> Any:
    return await world.graphql(print_ast(OPERATIONS[operation]), **variables)


def is_search(name: str) -> bool:
    document = OPERATIONS[name]
    [operation] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    fields = [each for each in operation.selection_set.selections if isinstance(each, FieldNode)]
    return any(each.name.value.startswith("search") for each in fields)


def test_every_search_of_the_catalog_is_tried_here() -> None:
    assert {name for name in OPERATIONS if is_search(name)} == {
        "StatCounts",
        "RecentPackages",
        "BaseSearch",
        "FirstPagePackages",
        "NextPagePackages",
        "FirstPageObjects",
        "NextPageObjects",
        "PackageMetaFacets",
        "PackageMetaFacet",
        "WorkflowPackages",
    }


async def test_counts_and_recent_packages_of_a_bucket(cellar: RegistryWorld) -> None:
    counts = await run(cellar, "StatCounts", buckets=BOTH)
    assert (counts["searchPackages"]["total"], counts["searchObjects"]["total"]) == (3, 2)
    recent = (await run(cellar, "RecentPackages", buckets=BOTH))["searchPackages"]
    assert [hit["name"] for hit in recent["firstPage"]["hits"]] == [PILSNER, PINOT, RIESLING]


async def test_the_base_search_counts_all_revisions_and_their_metadata(cellar: RegistryWorld) -> None:
    found = await run(cellar, "BaseSearch", buckets=BOTH, searchString="riesling")
    assert found["searchObjects"]["total"] == 1
    assert found["searchObjects"]["stats"]["ext"] == {"values": [".csv"]}
    packages = found["searchPackages"]
    assert packages["total"] == 2, "both pushes of the Riesling"
    assert packages["stats"]["workflow"] == {"values": ["strict"]}
    assert {facet["path"] for facet in packages["stats"]["userMeta"]} >= {"/qc/level", "/status", "/tags"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [PILSNER, PINOT, RIESLING]),
        ({"ordering": "usr:/qc/level:number:desc"}, [PINOT, RIESLING, PILSNER]),
        ({"filter": {"workflow": {"terms": ["strict"]}}}, [RIESLING]),
        ({"filter": {"workflow": {"wildcard": "*o*"}}}, [PINOT]),
        ({"userMetaFilters": [{"path": "/tags", "keyword": {"terms": ["red", "lager"]}}]}, [PILSNER, PINOT]),
        ({"userMetaFilters": [{"path": "/date", "datetime": {"lte": "2026-04-01T00:00:00Z"}}]}, [RIESLING]),
        ({"searchString": "zymurgy"}, [RIESLING]),
    ],
)
async def test_first_and_further_pages_of_packages(
    cellar: RegistryWorld, asked: dict[str, Any], expected: list[str]
) -> None:
    variables = {"buckets": BOTH, "latestOnly": True, "ordering": "sys:modified:desc", **asked}
    found = (await run(cellar, "FirstPagePackages", **variables))["searchPackages"]
    assert (found["total"], found["firstPage"]["cursor"]) == (len(expected), None)
    assert [hit["name"] for hit in found["firstPage"]["hits"]] == expected
    entries = [[each["logicalKey"] for each in hit["matchingEntries"]] for hit in found["firstPage"]["hits"]]
    assert entries == ([["plots/zymurgy.png"]] if asked.get("searchString") else [[] for _ in expected])


async def test_first_and_further_pages_of_objects(cellar: RegistryWorld) -> None:
    found = (await run(cellar, "FirstPageObjects", buckets=BOTH, searchString="white OR bread"))["searchObjects"]
    assert {hit["key"] for hit in found["firstPage"]["hits"]} == {LIST, NOTES}
    assert found["firstPage"]["cursor"] is None
    refused = await run(cellar, "NextPageObjects", after="garbage")
    assert refused["searchMoreObjects"]["__typename"] == "InvalidInput"
    refused = await run(cellar, "NextPagePackages", after="garbage")
    assert refused["searchMorePackages"]["__typename"] == "InvalidInput"


async def test_facets_of_metadata_for_filters_and_columns(cellar: RegistryWorld) -> None:
    asked: dict[str, Any] = {"buckets": BOTH, "searchString": None, "filter": None, "latestOnly": True}
    found = (await run(cellar, "PackageMetaFacets", **asked))["searchPackages"]
    assert (found["total"], found["stats"]["userMetaTruncated"]) == (3, False)
    asked = {"buckets": BOTH, "path": "/qc/level", "type": "NUMBER", "latestOnly": True}
    found = (await run(cellar, "PackageMetaFacet", **asked))["searchPackages"]
    [facet] = found["filteredUserMetaFacets"]
    assert facet["numberExtents"] == {"min": 3, "max": 5}
    assert {each["__typename"] for each in found["all"]} == {
        "NumberPackageUserMetaFacet",
        "KeywordPackageUserMetaFacet",
    }


async def test_packages_of_a_workflow_are_counted(cellar: RegistryWorld) -> None:
    for workflow, total in (("strict", 1), ("loose", 1)):
        found = await run(cellar, "WorkflowPackages", buckets=[CELLAR], workflow=workflow)
        assert found["searchPackages"]["total"] == total
    found = await run(cellar, "WorkflowPackages", buckets=[CELLAR], workflow="none")
    assert found["searchPackages"]["__typename"] == "EmptySearchResultSet"
