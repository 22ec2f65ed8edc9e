"""Search by user metadata, workflows and revisions in GraphQL, as the web catalog of 2026 asks."""

from typing import Any

import pytest
from support.worlds.registry_world import RegistryWorld
from support.worlds.search_world import BREWERY, CELLAR, PILSNER, PINOT, RIESLING, VAULT

FACET = """
  __typename
  ... on IPackageUserMetaFacet { path sortable }
  ... on NumberPackageUserMetaFacet { numberExtents: extents { min max } }
  ... on DatetimePackageUserMetaFacet { datetimeExtents: extents { min max } }
  ... on KeywordPackageUserMetaFacet { extents { values } }
"""
PACKAGES = f"""
query (
  $buckets: [String!] $text: String $filter: PackagesSearchFilter $meta: [PackageUserMetaPredicate!]
  $latest: Boolean! $size: Int $ordering: PackageOrdering $path: String! $type: PackageUserMetaFacetType
) {{
  searchPackages(
    buckets: $buckets, searchString: $text, filter: $filter, userMetaFilters: $meta, latestOnly: $latest
  ) {{
    __typename
    ... on PackagesSearchResultSet {{
      total
      stats {{
        modified {{ min max }} size {{ min max }} entries {{ min max }} workflow {{ values }}
        userMeta {{ {FACET} }}
        userMetaTruncated
      }}
      filteredUserMetaFacets(path: $path, type: $type) {{ {FACET} }}
      firstPage(size: $size, ordering: $ordering) {{
        __typename
        ... on PackagesSearchResultSetPage {{
          cursor
          hits {{ id name pointer hash meta workflow matchLocations {{ name comment meta workflow }} }}
        }}
        ... on InvalidInput {{ errors {{ path name }} }}
      }}
    }}
    ... on InvalidInput {{ errors {{ path name message }} }}
  }}
}}
"""


async def packages(world: RegistryWorld, **asked: Any) -> Any:
    variables = {"latest": True, "path": "", **asked}
    return (await world.graphql(PACKAGES, **variables))["searchPackages"]


def names(found: Any) -> list[str]:
    if found["__typename"] == "EmptySearchResultSet":
        return []
    return [hit["name"] for hit in found["firstPage"]["hits"]]


async def test_statistics_have_the_facets_of_metadata_and_the_workflows(cellar: RegistryWorld) -> None:
    found = await packages(cellar)
    assert found["total"] == 3
    stats = found["stats"]
    assert set(stats["workflow"]["values"]) == {"strict", "loose"}
    assert stats["userMetaTruncated"] is False
    facets = {
        (each["path"], each["__typename"].removesuffix("PackageUserMetaFacet")): each for each in stats["userMeta"]
    }
    assert facets.keys() == {
        ("/qc/level", "Number"),
        ("/qc/level", "Keyword"),
        ("/qc/passed", "Boolean"),
        ("/status", "Keyword"),
        ("/tags", "Keyword"),
        ("/date", "Datetime"),
        ("/date", "Keyword"),
        ("/doi", "Keyword"),
        ("/a.b/c d", "Number"),
    }
    assert facets["/qc/level", "Number"]["numberExtents"] == {"min": 3.0, "max": 5.0}
    assert set(facets["/tags", "Keyword"]["extents"]["values"]) == {"white", "dry", "red", "lager"}
    dates = facets["/date", "Datetime"]["datetimeExtents"]
    assert (dates["min"][:10], dates["max"][:10]) == ("2026-03-01", "2026-05-01")
    assert all(each["sortable"] for each in facets.values())


async def test_facets_follow_the_filters(cellar: RegistryWorld) -> None:
    found = await packages(cellar, filter={"workflow": {"terms": ["loose"]}}, path="/status", type="KEYWORD")
    assert names(found) == [PINOT]
    assert found["stats"]["workflow"] == {"values": ["loose"]}
    assert [each["extents"] for each in found["filteredUserMetaFacets"]] == [{"values": ["draft"]}]
    found = await packages(cellar, path="QC")
    assert {(each["path"], each["__typename"]) for each in found["filteredUserMetaFacets"]} == {
        ("/qc/level", "NumberPackageUserMetaFacet"),
        ("/qc/level", "KeywordPackageUserMetaFacet"),
        ("/qc/passed", "BooleanPackageUserMetaFacet"),
    }
    found = await packages(cellar, path="/qc/level", type="NUMBER")
    assert [each["__typename"] for each in found["filteredUserMetaFacets"]] == ["NumberPackageUserMetaFacet"]
    assert (await packages(cellar, path="/qc", type="NUMBER"))["filteredUserMetaFacets"] == []


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ([{"path": "/qc/level", "number": {"gte": 3}}], {RIESLING, PINOT}),
        ([{"path": "/qc/level", "number": {"gte": 3.5, "lte": 5}}], {PINOT}),
        ([{"path": "/qc/level", "number": {"gte": -1e300, "lte": 4}}], {RIESLING}),
        ([{"path": "/qc/level", "number": {"gte": 5e-324, "lte": 1e300}}], {RIESLING, PINOT}),
        ([{"path": "/qc/level", "keyword": {"terms": ["3"]}}], {PILSNER}),
        ([{"path": "/status", "keyword": {"terms": ["released", "draft"]}}], {RIESLING, PINOT}),
        ([{"path": "/status", "keyword": {"wildcard": "rel*"}}], {RIESLING, PILSNER}),
        ([{"path": "/status", "text": {"queryString": "later OR draft"}}], {PINOT, PILSNER}),
        ([{"path": "/status", "text": {"queryString": '"released later"'}}], {PILSNER}),
        ([{"path": "/status", "text": {"queryString": "-draft"}}], {RIESLING, PILSNER}),
        ([{"path": "/date", "datetime": {"gte": "2026-03-02T00:00:00Z"}}], {PINOT}),
        ([{"path": "/date", "datetime": {"lte": "2026-03-01T00:00:00Z"}}], {RIESLING}),
        ([{"path": "/qc/passed", "boolean": {"true": True}}], {RIESLING}),
        ([{"path": "/qc/passed", "boolean": {"false": True}}], {PINOT}),
        ([{"path": "/qc/passed", "boolean": {"true": True, "false": True}}], {RIESLING, PINOT}),
        ([{"path": "/doi"}], {RIESLING}),
        ([{"path": "/a.b/c d", "number": {"lte": 2}}], {RIESLING}),
        (
            [{"path": "/tags", "keyword": {"terms": ["dry"]}}, {"path": "/status", "keyword": {"terms": ["draft"]}}],
            set(),
        ),
    ],
)
async def test_filters_on_metadata_find_the_expected_packages(
    cellar: RegistryWorld, meta: list[dict[str, Any]], expected: set[str]
) -> None:
    found = await packages(cellar, meta=meta)
    assert set(names(found)) == expected
    assert expected == set() or found["total"] == len(expected)


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("usr:/qc/level:number:desc", [PINOT, RIESLING, PILSNER]),
        ("usr:/qc/level:number:asc", [RIESLING, PINOT, PILSNER]),
        ("usr:/date:datetime:desc", [PINOT, RIESLING, PILSNER]),
        ("usr:/status:keyword:asc", [PINOT, RIESLING, PILSNER]),
        ("usr:/a.b/c d:number:asc", [RIESLING, PILSNER, PINOT]),
        ("sys:workflow:desc", [RIESLING, PINOT, PILSNER]),
        ("sys:entries:asc", [PILSNER, PINOT, RIESLING]),
        ("sys:modified:asc", [RIESLING, PINOT, PILSNER]),
    ],
)
async def test_packages_are_ordered_by_metadata_and_paged(
    cellar: RegistryWorld, ordering: str, expected: list[str]
) -> None:
    assert names(await packages(cellar, ordering=ordering)) == expected
    first = (await packages(cellar, ordering=ordering, size=2))["firstPage"]
    more = """query ($after: String!) { searchMorePackages(after: $after) {
        ... on PackagesSearchResultSetPage { cursor hits { name } } } }"""
    rest = (await cellar.graphql(more, after=first["cursor"]))["searchMorePackages"]
    assert [hit["name"] for hit in [*first["hits"], *rest["hits"]]] == expected
    assert rest["cursor"] is None


async def test_all_revisions_are_found_when_asked_for(cellar: RegistryWorld) -> None:
    found = await packages(cellar, latest=False, text="riesling", ordering="sys:modified:desc")
    assert found["total"] == 2
    hits = found["firstPage"]["hits"]
    assert [(hit["pointer"], hit["id"]) for hit in hits] == [
        ("1700000002", f"{CELLAR}/{RIESLING}:1700000002"),
        ("1700000001", f"{CELLAR}/{RIESLING}:1700000001"),
    ]
    assert hits[0]["hash"] != hits[1]["hash"]
    older = await packages(cellar, latest=False, meta=[{"path": "/qc/level", "number": {"lte": 1}}])
    assert [hit["pointer"] for hit in older["firstPage"]["hits"]] == ["1700000001"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"text": "riesling"}, {"name": True, "comment": True, "meta": False, "workflow": False}),
        ({"text": "dry"}, {"name": False, "comment": False, "meta": True, "workflow": False}),
        ({"text": "add mosel"}, {"name": False, "comment": True, "meta": False, "workflow": False}),
        (
            {"filter": {"workflow": {"terms": ["strict"]}}},
            {"name": False, "comment": False, "meta": False, "workflow": True},
        ),
        (
            {"meta": [{"path": "/qc/level", "number": {"lte": 3}}]},
            {"name": False, "comment": False, "meta": True, "workflow": False},
        ),
    ],
)
async def test_match_locations_say_where_the_search_was_found(
    cellar: RegistryWorld, asked: dict[str, Any], expected: dict[str, bool]
) -> None:
    [hit] = (await packages(cellar, **asked))["firstPage"]["hits"]
    assert (hit["name"], hit["matchLocations"]) == (RIESLING, expected)


async def test_facets_hold_nothing_of_buckets_that_the_caller_does_not_read(cellar: RegistryWorld) -> None:
    assert names(await packages(cellar, buckets=[VAULT])) == []
    found = await packages(cellar, buckets=[BREWERY, VAULT], path="/status", type="KEYWORD")
    assert [each["extents"] for each in found["filteredUserMetaFacets"]] == [{"values": ["released later"]}]
    assert found["stats"]["workflow"] == {"values": []}


async def test_an_object_hit_is_not_deleted_and_has_its_extension_counted(cellar: RegistryWorld) -> None:
    query = """query { searchObjects(searchString: "white OR bread", filter: { deleted: { false: true } }) {
      ... on ObjectsSearchResultSet { total stats { ext { values } } firstPage(order: NEWEST) { hits { key deleted } } }
    } }"""
    found = (await cellar.graphql(query))["searchObjects"]
    assert (found["total"], found["stats"]) == (2, {"ext": {"values": [".csv", ".md"]}})
    assert {(hit["key"], hit["deleted"]) for hit in found["firstPage"]["hits"]} == {
        ("data/riesling.csv", False),
        ("notes/beer.md", False),
    }


async def test_matching_entries_show_the_files_by_which_a_package_was_found(cellar: RegistryWorld) -> None:
    query = """query ($text: String!) { searchPackages(searchString: $text, latestOnly: true) {
      ... on PackagesSearchResultSet { firstPage { ... on PackagesSearchResultSetPage { hits { name matchingEntries {
        logicalKey physicalKey size meta matchLocations { logicalKey physicalKey meta contents } } } } } } } }"""

    async def entries(text: str) -> Any:
        [hit] = (await cellar.graphql(query, text=text))["searchPackages"]["firstPage"]["hits"]
        assert hit["name"] == RIESLING
        return hit["matchingEntries"]

    assert await entries("zymurgy") == [
        {
            "logicalKey": "plots/zymurgy.png",
            "physicalKey": "s3://wine/plots/zymurgy.png?versionId=v1",
            "size": 200,
            "meta": '{"instrument": "refractometer", "run": 7}',
            "matchLocations": {"logicalKey": True, "physicalKey": False, "meta": False, "contents": False},
        }
    ]
    [by_meta] = await entries("refractometer")
    assert by_meta["matchLocations"] == {"logicalKey": False, "physicalKey": False, "meta": True, "contents": False}
    assert await entries("mosel") == []
