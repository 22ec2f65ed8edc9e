"""`/api/search`: the answers and actions that Quilt's clients and web catalogs use."""

import json
from hashlib import sha256
from typing import Any

import pytest
from support.data.manifests import entry
from support.worlds.registry_world import CALLERS, LIBRARY, RegistryWorld, problem

SEARCH = "/api/search"
WINE, LIST, PHOTO, NOTES = "amy/wine", "data/Wine_list-2026.csv", "data/photo.JPG", "notes/beer.md"
BOTH = f"{LIBRARY},{LIBRARY}_packages"


def found(answer: dict[str, Any]) -> list[str]:
    return [hit["_source"].get("ptr_name") or hit["_source"]["key"] for hit in answer["hits"]["hits"]]


async def test_search_as_quilt3_calls_it(library: RegistryWorld) -> None:
    answer = await library.json(SEARCH, index="_all", action="search", query="riesling", size=10)
    hits = answer["hits"]["hits"]
    assert answer == {
        "took": answer["took"],
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
        "hits": {"total": 2, "max_score": max(hit["_score"] for hit in hits), "hits": hits},
    }
    by_index = {hit["_index"]: hit for hit in hits}
    package, an_object = by_index[f"{LIBRARY}_packages"], by_index[LIBRARY]
    source = package["_source"]
    top_hash = source["mnfst_hash"]
    assert len(top_hash) == 64
    assert package == {
        "_index": f"{LIBRARY}_packages",
        "_type": "_doc",
        "_id": f"ptr:{sha256(b'amy/wine/latest').hexdigest()}",
        "_routing": f"mnfst:{top_hash}",
        "_score": package["_score"],
        "_source": {
            "join_field": {"name": "ptr", "parent": f"mnfst:{top_hash}"},
            "ptr_name": WINE,
            "ptr_tag": "latest",
            "ptr_last_modified": source["ptr_last_modified"],
            "mnfst_hash": top_hash,
            "mnfst_last_modified": source["mnfst_last_modified"],
            "mnfst_message": "Harvest of the valley",
            "mnfst_metadata": '{"source": "UCI", "vintage": {"year": 1998}}',
            "mnfst_stats": {"total_bytes": source["package_stats"]["total_bytes"], "total_files": 2},
            "mnfst_workflow": None,
            "key": f".quilt/packages/{top_hash}",
            "handle": WINE,
            "hash": top_hash,
            "pointer_file": "latest",
            "comment": "Harvest of the valley",
            "metadata": '{"source": "UCI", "vintage": {"year": 1998}}',
            "package_stats": {"total_bytes": source["package_stats"]["total_bytes"], "total_files": 2},
            "last_modified": source["ptr_last_modified"],
        },
    }
    source = an_object["_source"]
    assert an_object == {
        "_index": LIBRARY,
        "_type": "_doc",
        "_id": f"{LIST}:{source['version_id']}",
        "_score": an_object["_score"],
        "_source": {
            "key": LIST,
            "ext": ".csv",
            "etag": source["etag"],
            "size": 36,
            "last_modified": source["last_modified"],
            "updated": source["updated"],
            "version_id": source["version_id"],
            "delete_marker": False,
            "user_meta": {"owner": "Zoë"},
        },
    }


async def test_a_package_hit_shows_its_workflow_as_elasticsearch_did(world: RegistryWorld) -> None:
    workflow = {
        "id": "alpha",
        "config": "s3://b/.quilt/workflows/config.yml?versionId=v7",
        "schemas": {"meta": "s3://b/schema.json?versionId=v1"},
    }
    await world.package("amy/wine", entry("a.csv"), message="m", workflow=workflow)
    answer = await world.json(SEARCH, index=f"{world.bucket}_packages", action="search", query="m")
    assert answer["hits"]["hits"][0]["_source"]["mnfst_workflow"] == {
        "id": "alpha",
        "config_version_id": "v7",
        "schemas": [{"id": "meta", "url": "s3://b/schema.json?versionId=v1"}],
    }


@pytest.mark.parametrize(
    ("index", "keys"),
    [
        ("_all", {WINE, LIST}),
        ("*", {WINE, LIST}),
        (LIBRARY, {LIST}),
        (f"{LIBRARY}_packages", {WINE}),
        (BOTH, {WINE, LIST}),
        (f"{LIBRARY}*", {WINE, LIST}),
        (f"{LIBRARY}_packages*", {WINE}),
        (f" {LIBRARY} , {LIBRARY} ,", {LIST}),
        ("*_packages", {WINE}),
        ("*,-*_packages", {LIST}),
    ],
)
async def test_names_and_patterns_of_indices_select_buckets(library: RegistryWorld, index: str, keys: set[str]) -> None:
    assert set(found(await library.json(SEARCH, index=index, action="search", query="riesling"))) == keys


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("action", ["search", "stats", "images", "sample", "freeform"])
async def test_elasticsearch_search_finds_only_objects_of_readable_buckets(
    library: RegistryWorld, given: RegistryWorld, caller: str, action: str
) -> None:
    await given.registered("somebody-elses")
    for index, forbidden in ((BOTH if action != "stats" else LIBRARY, caller == "stranger"), ("_all", False)):
        answer = await library.get(SEARCH, caller, index=index, action=action, query="riesling", body="{}")
        if caller == "anonymous":
            assert problem(answer)[0] == 401
        elif forbidden:
            assert problem(answer)[0] == 403
        else:
            assert answer.status_code == 200
            found_nothing = answer.json()["hits"]["total"] == 0
            assert found_nothing == (caller == "stranger")


@pytest.mark.parametrize("index", ["nowhere", "nowhere_packages", f"{LIBRARY},nowhere", "nowhere*", f"-{LIBRARY}"])
async def test_a_missing_index_is_refused_like_an_unreadable_one(library: RegistryWorld, index: str) -> None:
    status, message = problem(await library.get(SEARCH, index=index, action="search", query="a"))
    assert status == 403
    assert "does not exist, or you may not search it" in message


async def test_unreadable_indices_are_left_out_for_administrators_while_one_is_readable(library: RegistryWorld) -> None:
    """The catalog of 2022 names all buckets of an administrator, also those that their role does not read."""
    asked = {"action": "search", "query": "riesling"}
    both = await library.get(SEARCH, "admin", index=f"nowhere,nowhere_packages,{BOTH}", **asked)
    assert both.status_code == 200
    assert both.json()["hits"] == (await library.get(SEARCH, "admin", index=BOTH, **asked)).json()["hits"]
    assert both.json()["hits"]["total"] > 0
    assert problem(await library.get(SEARCH, "admin", index="nowhere,nowhere_packages", **asked))[0] == 403


async def test_stats_count_by_last_suffix(world: RegistryWorld) -> None:
    for key, size in {"a.d.ts": 10, "b.ts": 5, "c.csv": 7, "d.csv.gz": 1, "e.tar.gz": 2, "f": 3}.items():
        await world.object(key, b"x" * size)
    answer = await world.json(SEARCH, index=world.bucket, action="stats")
    assert answer["hits"] == {"total": 6, "max_score": None, "hits": []}
    assert answer["aggregations"]["totalBytes"] == {"value": 28.0}
    buckets = answer["aggregations"]["exts"]["buckets"]
    assert [(each["key"], each["doc_count"], each["size"]["value"]) for each in buckets] == [
        (".ts", 2, 15.0),
        ("", 1, 3.0),
        (".csv", 1, 7.0),
        (".csv.gz", 1, 1.0),
        (".tar.gz", 1, 2.0),
    ]


async def test_images_and_samples_are_the_newest_of_their_kind(world: RegistryWorld) -> None:
    keys = ["a.jpg", "b.PNG", "deep/c.webp", "d.csv", "e.json.gz", "README.md", "x/quilt_summarize.json", "f.exe"]
    for key in [*keys, ".quilt/catalog/logo.png"]:
        await world.object(key, b"1")
    for action, expected in {"images": {"a.jpg", "b.PNG", "deep/c.webp"}, "sample": {"d.csv", "e.json.gz"}}.items():
        answer = await world.json(SEARCH, index=world.bucket, action=action)
        buckets = answer["aggregations"]["objects"]["buckets"]
        hits = [each["latest"]["hits"]["hits"][0] for each in buckets]
        assert {hit["_source"]["key"] for hit in hits} == expected
        assert all(hit["_source"]["version_id"].startswith("v") for hit in hits)
        assert {each["key"] for each in buckets} == expected
        collapsed = [hit["inner_hits"]["latest"]["hits"]["hits"][0] for hit in answer["hits"]["hits"]]
        assert collapsed == hits, "as the catalog of 2020 reads it"


async def test_the_action_packages_searches_packages_only(library: RegistryWorld) -> None:
    index = f"{LIBRARY}_packages"
    assert len(found(await library.json(SEARCH, index=index, action="packages"))) == 3
    assert found(await library.json(SEARCH, index=index, action="packages", query="riesling")) == [WINE]
    body = json.dumps({"query": {"term": {"handle": WINE}}, "_source": ["hash"]})
    answer = await library.json(SEARCH, index=index, action="packages", body=body)
    assert [hit["_source"].keys() for hit in answer["hits"]["hits"]] == [{"hash"}]
    assert problem(await library.get(SEARCH, index=BOTH, action="packages"))[0] == 400


@pytest.mark.parametrize("retry", [1, 2, 3])
async def test_a_query_with_a_syntax_error_is_parsed_leniently_on_retry(library: RegistryWorld, retry: int) -> None:
    params = {"index": "_all", "action": "search", "query": 'riesling "pinot ('}
    assert problem(await library.get(SEARCH, **params))[0] == 400
    assert found(await library.json(SEARCH, **params, retry=retry)) == [LIST]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"match_all": {}}, 7),
        ({"match_none": {}}, 0),
        ({"match": {"content": "riesling beer"}}, {LIST, NOTES}),
        ({"match": {"content": {"query": "riesling beer", "operator": "and"}}}, set()),
        ({"match": {"content": {"query": "riesling white beer", "minimum_should_match": 2}}}, {LIST}),
        ({"match": {"content": {"query": "riesling white", "minimum_should_match": "100%"}}}, {LIST}),
        ({"match": {"key": PHOTO}}, {PHOTO}),
        ({"match": {"ptr_name.text": "wine"}}, {WINE}),
        ({"match_phrase": {"content": "not wine"}}, {NOTES}),
        ({"match_phrase": {"content": "wine not"}}, set()),
        ({"match_phrase_prefix": {"content": "not wi"}}, {NOTES}),
        ({"multi_match": {"query": "riesling", "fields": ["content", "readme^2"]}}, {WINE, LIST}),
        ({"multi_match": {"query": "is not", "type": "phrase"}}, {NOTES}),
        ({"query_string": {"query": "riesling beer"}}, {WINE, "amy/beer", LIST, NOTES}),
        ({"query_string": {"query": "riesling pinot", "default_operator": "AND"}}, {LIST}),
        ({"query_string": {"query": "riesling", "fields": ["readme"]}}, {WINE}),
        ({"query_string": {"query": "*", "default_field": "content"}}, {LIST, NOTES}),
        ({"simple_query_string": {"query": "riesling +pinot"}}, {LIST}),
        ({"simple_query_string": {"query": "pinot | pilsner"}}, {LIST, "amy/beer"}),
        ({"simple_query_string": {"query": '"open ('}}, 0),
        ({"term": {"ext": ".csv"}}, {LIST}),
        ({"term": {"ext": {"value": ".csv"}}}, {LIST}),
        ({"term": {"size": 2}}, {PHOTO, "archive/old.tar.gz"}),
        ({"term": {"size": "2"}}, {PHOTO, "archive/old.tar.gz"}),
        ({"term": {"delete_marker": False}}, {LIST, PHOTO, NOTES, "archive/old.tar.gz"}),
        ({"bool": {"must_not": [{"term": {"delete_marker": True}}]}}, 7),
        ({"term": {"content": "pinot"}}, {LIST}),
        ({"terms": {"ext": [".csv", ".md"]}}, {LIST, NOTES}),
        ({"range": {"size": {"gt": 2, "lte": 36}}}, {LIST, NOTES}),
        ({"range": {"last_modified": {"gte": "2020-01-01", "lt": "2099-01-01T00:00:00Z"}}}, 7),
        ({"prefix": {"key": "data/"}}, {LIST, PHOTO}),
        ({"prefix": {"content": "pin"}}, {LIST}),
        ({"wildcard": {"key": "*.jpg"}}, {PHOTO}),
        ({"wildcard": {"handle": {"value": "amy/w?ne"}}}, {WINE}),
        ({"exists": {"field": "ext"}}, {LIST, PHOTO, NOTES, "archive/old.tar.gz"}),
        ({"exists": {"field": "user_meta"}}, {LIST}),
        ({"ids": {"values": [f"ptr:{sha256(b'amy/wine/latest').hexdigest()}", "nothing:v1"]}}, {WINE}),
        ({"constant_score": {"filter": {"term": {"ext": ".csv"}}}}, {LIST}),
        ({"bool": {}}, 7),
        ({"bool": {"must": {"match": {"content": "wine"}}, "must_not": [{"term": {"ext": ".csv"}}]}}, {NOTES}),
        ({"bool": {"should": [{"term": {"ext": ".csv"}}, {"term": {"ext": ".md"}}]}}, {LIST, NOTES}),
        (
            {
                "bool": {
                    "filter": [{"exists": {"field": "ext"}}],
                    "should": [{"term": {"ext": ".csv"}}, {"prefix": {"key": "data/"}}],
                    "minimum_should_match": 2,
                }
            },
            {LIST},
        ),
        ({"bool": {"filter": {"exists": {"field": "ext"}}, "should": {"term": {"ext": ".csv"}}}}, 4),
        (
            {"bool": {"must": [{"bool": {"must_not": {"exists": {"field": "ext"}}}}]}},
            {WINE, "amy/beer", "bob/fruit-flies"},
        ),
    ],
)
async def test_freeform_queries_find_the_expected_documents(
    library: RegistryWorld, query: dict[str, Any], keys: set[str] | int
) -> None:
    answer = await library.json(SEARCH, index=BOTH, action="freeform", body=json.dumps({"query": query}), size=100)
    if isinstance(keys, int):
        assert answer["hits"]["total"] == keys
    else:
        assert set(found(answer)) == keys


async def test_freeform_queries_take_a_window_and_an_order(library: RegistryWorld) -> None:
    async def keys(**body: Any) -> list[str]:
        answer = await library.json(SEARCH, index=LIBRARY, action="freeform", body=json.dumps(body))
        assert answer["hits"]["total"] == 4
        return found(answer)

    by_size = await keys(sort=[{"size": {"order": "desc"}}], size=10)
    assert by_size[:2] == [LIST, NOTES]
    assert await keys(sort={"size": "desc"}, size=2) == by_size[:2]
    assert await keys(sort={"size": "desc"}, **{"from": 1}, size=2) == by_size[1:3]
    assert (await keys(sort="key", size=10)) == sorted(by_size)
    assert len(await keys(sort="_score", size=1)) == 1
    assert await keys(size=0) == []
    assert await keys(size=10, **{"from": 9_000}) == []


async def test_sorted_hits_have_their_sort_value(library: RegistryWorld) -> None:
    body = json.dumps({"sort": ["size"], "size": 1})
    answer = await library.json(SEARCH, index=LIBRARY, action="freeform", body=body)
    assert answer["hits"]["max_score"] is None
    assert (answer["hits"]["hits"][0]["_score"], answer["hits"]["hits"][0]["sort"]) == (None, [2])


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        (["key", "size"], {"key", "size"}),
        ("key", {"key"}),
        ("k*", {"key"}),
        ({"includes": ["*"], "excludes": ["e*", "user_meta"]}, None),
        (
            {"excludes": "user_meta.*"},
            {"key", "ext", "etag", "size", "last_modified", "updated", "version_id", "delete_marker"},
        ),
        (["content"], {"content"}),
        ([], None),
    ],
)
async def test_the_fields_of_hits_can_be_selected(library: RegistryWorld, source: Any, fields: set[str] | None) -> None:
    body = json.dumps({"query": {"term": {"ext": ".csv"}}, "_source": source})
    answer = await library.json(SEARCH, index=LIBRARY, action="freeform", body=body)
    [hit] = answer["hits"]["hits"]
    if source == []:
        assert "_source" not in hit
    elif fields is None:
        assert {"key", "size", "content"} <= hit["_source"].keys()
        assert not {"ext", "etag", "user_meta"} & hit["_source"].keys()
    else:
        assert hit["_source"].keys() == fields
    by_parameter = await library.json(SEARCH, index=LIBRARY, action="freeform", body=body, _source="false")
    assert "_source" not in by_parameter["hits"]["hits"][0]


async def test_filter_path_selects_parts_of_the_answer(library: RegistryWorld) -> None:
    params = {"index": LIBRARY, "action": "search", "query": "pinot"}
    assert await library.json(SEARCH, **params, filter_path="hits.total,hits.hits._source.key") == {
        "hits": {"total": 1, "hits": [{"_source": {"key": LIST}}]}
    }
    assert await library.json(SEARCH, **params, filter_path="t*k") == {"took": pytest.approx(0, abs=10_000)}
    assert await library.json(SEARCH, **params, filter_path="nothing") == {}
    assert problem(await library.get(SEARCH, **params, filter_path="hits.**"))[0] == 400


@pytest.mark.parametrize(("name", "count"), [(None, 3), ("amy/wine", 2), ("amy/nothing", 0)])
async def test_revisions_are_counted_for_the_catalog_of_2022(
    world: RegistryWorld, name: str | None, count: int
) -> None:
    for version in ("1", "2"):
        await world.package("amy/wine", entry("a.csv"), message=version)
    await world.package("amy/beer", entry("b.csv"))
    which = {"term": {"handle": name}} if name else {"match_all": {}}
    scripts = {"init_script": "…", "map_script": "…", "reduce_script": "…"}
    body: dict[str, Any] = {
        "query": {"bool": {"must": [which, {"regexp": {"pointer_file": "[0-9]{10}"}}]}},
        "aggs": {"revisions": {"scripted_metric": scripts}},
    }
    index, paths = f"{world.bucket}_packages", "took,timed_out,hits.total,aggregations.revisions"
    asked = {"index": index, "action": "packages", "body": json.dumps(body), "size": 0, "filter_path": paths}
    answer = await world.json(SEARCH, **asked)
    assert (answer["hits"], answer["aggregations"]) == ({"total": count}, {"revisions": {"value": count}})
    body["aggs"] = {"others": {"scripted_metric": scripts}}
    assert problem(await world.get(SEARCH, **{**asked, "body": json.dumps(body)}))[0] == 400
