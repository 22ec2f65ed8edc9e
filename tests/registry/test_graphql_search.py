"""Search over GraphQL: extents, filters, orders and cursors."""

from typing import Any

import pytest
from support.data.manifests import entry
from support.worlds.registry_world import RegistryWorld

from registry.services.search.catalog_search import MAX_SIZE

HIT = """
id score bucket name pointer hash size modified totalEntriesCount comment meta workflow
matchLocations { name comment meta workflow }
matchingEntries { logicalKey physicalKey size meta matchLocations { logicalKey physicalKey meta contents } }
"""
FAILED = "... on InvalidInput { errors { path name message } } ... on OperationError { name message }"
PACKAGES = f"""
query (
  $buckets: [String!] $text: String $filter: PackagesSearchFilter $meta: [PackageUserMetaPredicate!]
  $size: Int $ordering: PackageOrdering
) {{
  searchPackages(buckets: $buckets, searchString: $text, filter: $filter, userMetaFilters: $meta, latestOnly: true) {{
    __typename
    ... on PackagesSearchResultSet {{
      total
      firstPage(size: $size, ordering: $ordering) {{
        __typename
        ... on PackagesSearchResultSetPage {{ cursor hits {{ {HIT} }} }}
        {FAILED}
      }}
    }}
    {FAILED}
  }}
}}
"""
MORE_PACKAGES = f"""
query ($after: String!, $size: Int) {{
  searchMorePackages(after: $after, size: $size) {{
    __typename
    ... on PackagesSearchResultSetPage {{ cursor hits {{ name }} }}
    {FAILED}
  }}
}}
"""
OBJECTS = f"""
query ($buckets: [String!] $text: String $filter: ObjectsSearchFilter $size: Int $order: SearchResultOrder) {{
  searchObjects(buckets: $buckets, searchString: $text, filter: $filter) {{
    __typename
    ... on ObjectsSearchResultSet {{
      total
      firstPage(size: $size, order: $order) {{
        cursor
        hits {{ id score bucket key version size modified deleted indexedContent }}
      }}
    }}
    {FAILED}
  }}
}}
"""
MORE_OBJECTS = f"""
query ($after: String!, $size: Int) {{
  searchMoreObjects(after: $after, size: $size) {{
    __typename
    ... on ObjectsSearchResultSetPage {{ cursor hits {{ key }} }}
    {FAILED}
  }}
}}
"""
EVERYTHING = ["amy/beer", "amy/wine", "bob/fruit-flies"]


async def packages(world: RegistryWorld, caller: str = "reader", **asked: Any) -> Any:
    return (await world.graphql(PACKAGES, caller, **{"buckets": [world.bucket], **asked}))["searchPackages"]


async def objects(world: RegistryWorld, **asked: Any) -> Any:
    return (await world.graphql(OBJECTS, **{"buckets": [world.bucket], **asked}))["searchObjects"]


def names(found: Any) -> list[str]:
    if found["__typename"] == "EmptySearchResultSet":
        return []
    return sorted(hit.get("name") or hit["key"] for hit in found["firstPage"]["hits"])


async def test_a_graphql_hit_shows_a_package(library: RegistryWorld) -> None:
    found = await packages(library, text="harvest uci*")
    [hit] = found["firstPage"]["hits"]
    assert found["total"] == 1
    assert hit == {
        "id": f"{library.bucket}/amy/wine:latest",
        "score": hit["score"],
        "bucket": library.bucket,
        "name": "amy/wine",
        "pointer": "latest",
        "hash": hit["hash"],
        "size": hit["size"],
        "modified": hit["modified"],
        "totalEntriesCount": 2,
        "comment": "Harvest of the valley",
        "meta": '{"source": "UCI", "vintage": {"year": 1998}}',
        "workflow": None,
        "matchLocations": {"name": False, "comment": True, "meta": True, "workflow": False},
        "matchingEntries": [],
    }


async def test_a_graphql_hit_shows_an_object(library: RegistryWorld) -> None:
    found = await objects(library, text="riesling")
    [hit] = [each for each in found["firstPage"]["hits"] if each["key"] == "data/Wine_list-2026.csv"]
    assert hit == {
        "id": f"{library.bucket}/{hit['key']}:{hit['version']}",
        "score": hit["score"],
        "bucket": library.bucket,
        "key": "data/Wine_list-2026.csv",
        "version": hit["version"],
        "size": 36.0,
        "modified": hit["modified"],
        "deleted": False,
        "indexedContent": "name,color\nRiesling,white\nPinot,red\n",
    }


async def test_extents_cover_all_hits(library: RegistryWorld) -> None:
    query = """query ($buckets: [String!]) {
      searchPackages(buckets: $buckets) { ... on PackagesSearchResultSet {
        total
        stats {
          modified { min max }
          size { min max }
          entries { min max }
          workflow { values }
          userMeta { __typename ... on NumberPackageUserMetaFacet { path numberExtents: extents { min max } } }
          userMetaTruncated
        }
        filteredUserMetaFacets(path: "/a", type: NUMBER) { ... on IPackageUserMetaFacet { path sortable } }
      } }
      searchObjects(buckets: $buckets, filter: { key: { wildcard: "[dn]*" } }) { __typename }
      notes: searchObjects(buckets: $buckets, filter: { key: { wildcard: "*a*/*" } }) {
        ... on ObjectsSearchResultSet { total stats { modified { min max } size { min max } ext { values } } }
      }
    }"""
    found = await library.graphql(query, buckets=[library.bucket])
    stats = found["searchPackages"]["stats"]
    assert (found["searchPackages"]["total"], found["searchPackages"]["filteredUserMetaFacets"]) == (3, [])
    assert (stats["entries"], stats["workflow"]) == ({"min": 1.0, "max": 2.0}, {"values": []})
    assert stats["size"]["min"] < stats["size"]["max"]
    assert (stats["userMeta"], stats["userMetaTruncated"]) == ([], False)
    assert found["searchObjects"] == {"__typename": "EmptySearchResultSet"}
    assert {".csv", ".jpg", ".tar.gz"} <= set(found["notes"]["stats"]["ext"]["values"])
    assert found["notes"]["stats"]["size"]["min"] == 2.0


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, EVERYTHING),
        ({"text": ""}, EVERYTHING),
        ({"text": "wine*"}, ["amy/wine"]),
        ({"text": "pilsner OR harvest"}, ["amy/beer", "amy/wine"]),
        ({"text": "nothing-like-that"}, []),
        ({"filter": {}}, EVERYTHING),
        ({"filter": {"name": {"wildcard": "AMY/*"}}}, ["amy/beer", "amy/wine"]),
        ({"filter": {"name": {"terms": ["amy/beer", "bob/fruit-flies"]}}}, ["amy/beer", "bob/fruit-flies"]),
        ({"filter": {"name": {"terms": []}}}, EVERYTHING),
        ({"filter": {"comment": {"queryString": "valley"}}}, ["amy/wine"]),
        ({"filter": {"comment": {"queryString": "wine"}}}, []),
        ({"filter": {"entries": {"gte": 2}}}, ["amy/wine"]),
        ({"filter": {"entries": {"lte": 1.5}}}, ["amy/beer", "bob/fruit-flies"]),
        ({"filter": {"size": {"gte": 0, "lte": 1e12}}}, EVERYTHING),
        ({"filter": {"modified": {"gte": "2020-01-01T00:00:00Z"}}}, EVERYTHING),
        ({"filter": {"modified": {"lte": "2020-01-01T00:00:00+02:00"}}}, []),
        ({"filter": {"hash": {"wildcard": "zz*"}}}, []),
        ({"filter": {"size": None}}, EVERYTHING),
    ],
)
async def test_package_filters_find_the_expected_packages(
    library: RegistryWorld, asked: dict[str, Any], expected: list[str]
) -> None:
    assert names(await packages(library, **asked)) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"text": "beer"}, ["notes/beer.md"]),
        ({"filter": {"ext": {"terms": [".md", ".tar.gz"]}}}, ["archive/old.tar.gz", "notes/beer.md"]),
        ({"filter": {"key": {"wildcard": "data/*"}}}, ["data/Wine_list-2026.csv", "data/photo.JPG"]),
        ({"filter": {"content": {"queryString": "riesling"}, "ext": {"terms": [".csv"]}}}, ["data/Wine_list-2026.csv"]),
        ({"filter": {"key": {"wildcard": "notes/*"}, "deleted": {"false": True}}}, ["notes/beer.md"]),
        ({"filter": {"key": {"wildcard": "notes/*"}, "deleted": {"true": True, "false": True}}}, ["notes/beer.md"]),
    ],
)
async def test_object_filters_find_the_expected_objects(
    library: RegistryWorld, asked: dict[str, Any], expected: list[str]
) -> None:
    assert names(await objects(library, **asked)) == expected


async def test_postgres_refuses_a_filter_for_deleted_objects(library: RegistryWorld) -> None:
    found = await objects(library, filter={"deleted": {"true": True}})
    assert [(error["path"], error["name"]) for error in found["errors"]] == [("filter", "NotSupported")]


async def test_a_search_without_buckets_covers_all_readable_ones_and_ignores_others(library: RegistryWorld) -> None:
    every: tuple[list[str] | None, ...] = (None, [])
    for buckets in every:
        assert names(await packages(library, buckets=buckets)) == EVERYTHING
    assert names(await packages(library, buckets=[library.bucket, "nothing"])) == EVERYTHING
    assert names(await packages(library, buckets=["nothing"])) == []
    assert names(await packages(library, "stranger")) == names(await packages(library, "stranger", buckets=None)) == []


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("sys:name:asc", EVERYTHING),
        ("sys:name:desc", EVERYTHING[::-1]),
        ("sys:modified:desc", None),
        ("sys:hash:asc", None),
        ("sys:size:desc", None),
        ("sys:entries:asc", None),
        (None, None),
    ],
)
async def test_package_hits_are_ordered_and_paged(
    library: RegistryWorld, ordering: str | None, expected: list[str] | None
) -> None:
    first = (await packages(library, ordering=ordering, size=2))["firstPage"]
    after = (await library.graphql(MORE_PACKAGES, after=first["cursor"], size=2))["searchMorePackages"]
    found = [hit["name"] for hit in [*first["hits"], *after["hits"]]]
    assert (len(first["hits"]), after["cursor"]) == (2, None)
    assert found == (expected or found)
    assert sorted(found) == EVERYTHING


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("LEX_ASC", ["archive/old.tar.gz", "data/Wine_list-2026.csv", "data/photo.JPG", "notes/beer.md"]),
        ("LEX_DESC", ["notes/beer.md", "data/photo.JPG", "data/Wine_list-2026.csv", "archive/old.tar.gz"]),
        ("NEWEST", None),
        ("OLDEST", None),
        ("BEST_MATCH", None),
        (None, None),
    ],
)
async def test_object_hits_are_ordered_and_paged(
    library: RegistryWorld, order: str | None, expected: list[str] | None
) -> None:
    asked: dict[str, Any] = {"ext": {"terms": [".csv", ".jpg", ".md", ".gz", ".tar.gz"]}, "key": {"wildcard": "*/*"}}
    first = (await objects(library, filter={**asked, "size": {"lte": 40}}, order=order, size=3))["firstPage"]
    found = [hit["key"] for hit in first["hits"]]
    cursor = first["cursor"]
    while cursor:
        more = (await library.graphql(MORE_OBJECTS, after=cursor, size=3))["searchMoreObjects"]
        found += [hit["key"] for hit in more["hits"]]
        cursor = more["cursor"]
    mine = [key for key in found if key.split("/")[0] in {"archive", "data", "notes"}]
    assert len(set(found)) == len(found)
    assert mine == (expected or mine)
    assert len(mine) == 4


@pytest.mark.parametrize(
    ("asked", "path", "name"),
    [
        ({"text": "(wine"}, "searchString", "QuerySyntaxError"),
        ({"text": "size:[1 TO b]"}, "searchString", "QuerySyntaxError"),
        ({"text": "-"}, "searchString", "QuerySyntaxError"),
        ({"text": "x" * 2_001}, "searchString", "QuerySyntaxError"),
        ({"text": "a\0b"}, "searchString", "QuerySyntaxError"),
        ({"filter": {"comment": {"queryString": '"'}}}, "filter.comment", "QuerySyntaxError"),
        ({"filter": {"name": {"terms": ["x"] * 201}}}, "filter.name.terms", "InvalidFilter"),
        ({"meta": [{"path": "a", "number": {"gte": 1}}]}, "userMetaFilters", "InvalidPath"),
        ({"meta": [{"path": "/a", "text": {"queryString": "("}}]}, "userMetaFilters", "QuerySyntaxError"),
    ],
)
async def test_an_unsupported_filter_is_an_input_error(
    library: RegistryWorld, asked: dict[str, Any], path: str, name: str
) -> None:
    found = await packages(library, **asked)
    assert found["__typename"] == "InvalidInput"
    assert [(each["path"], each["name"]) for each in found["errors"]] == [(path, name)]


@pytest.mark.parametrize(
    ("ordering", "name"),
    [
        ("sys:comment:asc", "UnsupportedSort"),
        ("usr:/a:text:desc", "UnsupportedSort"),
        ("usr::number:desc", "InvalidPath"),
        ("name", "ordering"),
        ("", "ordering"),
        ("SYS:name:asc", "ordering"),
        ("sys:name:ASC", "ordering"),
        ("sys:nothing:asc", "ordering"),
        ("usr:a:number:asc", "ordering"),
        ("usr:/a:money:asc", "ordering"),
    ],
)
async def test_an_invalid_ordering_is_an_input_error(library: RegistryWorld, ordering: str, name: str) -> None:
    page = (await packages(library, ordering=ordering))["firstPage"]
    assert page["__typename"] == "InvalidInput"
    assert [(each["path"], each["name"]) for each in page["errors"]] == [("ordering", name)]


async def test_a_forged_search_cursor_is_refused(library: RegistryWorld) -> None:
    packaged = (await packages(library, size=1))["firstPage"]["cursor"]
    for cursor in ("", "garbage", "é", "bnVsbA", packaged + "x", packaged[:-4]):
        found = (await library.graphql(MORE_PACKAGES, after=cursor))["searchMorePackages"]
        assert [(each["path"], each["name"]) for each in found["errors"]] == [("after", "InvalidCursor")], cursor
    found = (await library.graphql(MORE_OBJECTS, after=packaged))["searchMoreObjects"]
    assert found["errors"][0]["name"] == "InvalidCursor"
    found = (await library.graphql(MORE_PACKAGES, "stranger", after=packaged))["searchMorePackages"]
    assert (found["hits"], found["cursor"]) == ([], None)


async def test_the_size_of_a_search_page_is_limited(world: RegistryWorld) -> None:
    for number in range(MAX_SIZE + 1):
        await world.object(f"o/{number}")
    found = await objects(world, size=1_000)
    assert (found["total"], len(found["firstPage"]["hits"])) == (MAX_SIZE + 1, MAX_SIZE)
    after = (await world.graphql(MORE_OBJECTS, after=found["firstPage"]["cursor"]))["searchMoreObjects"]
    assert (len(after["hits"]), after["cursor"]) == (1, None)
    refused = (await world.graphql(MORE_OBJECTS, after=found["firstPage"]["cursor"], size=0))["searchMoreObjects"]
    assert refused["errors"][0]["path"] == "size"


async def test_a_search_above_its_time_limit_is_a_timeout_in_graphql(library: RegistryWorld, settings: Any) -> None:
    settings.search_seconds = 0.001
    many = " OR ".join(f"*{number}*" for number in range(150))
    found = await packages(library, text=many)
    assert (found["__typename"], found.get("name")) == ("OperationError", "Timeout")


async def test_hits_show_unusual_workflows_and_messages(world: RegistryWorld) -> None:
    config: dict[str, Any] = {"id": None, "config": "s3://b/k", "schemas": {}}
    await world.package("amy/wine", entry("a.csv"), user_meta="text", workflow=config, message="")
    [hit] = (await packages(world))["firstPage"]["hits"]
    assert (hit["meta"], hit["workflow"], hit["comment"]) == ('"text"', config, "")
