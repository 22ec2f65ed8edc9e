"""Search by user metadata: filters, facets, orders, revisions, reasons and suggestions, in the JSON API."""

from datetime import timedelta
from typing import Any

import pytest
from support.worlds.follower_world import FollowerWorld
from support.worlds.registry_world import RegistryWorld, problem
from support.worlds.search_world import (
    BREWERY,
    CELLAR,
    FIRST,
    FOURTH,
    LIST,
    PILSNER,
    PINOT,
    RIESLING,
    SECOND,
    THIRD,
    VAULT,
)

from shared.index.feed import FeedStore
from shared.schemas.principal import Level

SEARCH = "/api/v1/search"
PACKAGES = {RIESLING, PINOT, PILSNER}


def names(answer: dict[str, Any]) -> list[str]:
    return [each.get("name") or each["key"] for each in answer["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("meta.qc.level:3", {RIESLING, PILSNER}),
        ("meta.qc.level:>=3", {RIESLING, PINOT}),
        ("meta.qc.level:>3", {PINOT}),
        ("meta.qc.level:[1 TO 4]", {RIESLING}),
        ("meta.qc.level:4..", {PINOT}),
        ("meta.qc.level:2.5..5", {RIESLING, PINOT}),
        ("meta.qc.level:3..4.5", {RIESLING}),
        ("meta.qc.level:{3 TO 5.5]", {PINOT}),
        ("meta.qc.level:[0.5 TO 5}", {RIESLING}),
        ("meta.qc.level:[0.5 TO 9007199254740992]", {RIESLING, PINOT}),
        ("meta.qc.level:-1e-7..4.5", {RIESLING}),
        ("meta.date:2026-02-28T10:00:00.5Z..2026-05-01", {RIESLING, PINOT}),
        ("meta.qc.passed:true", {RIESLING}),
        ("meta.status:released", {RIESLING, PILSNER, LIST}),
        ('meta.status:"released"', {RIESLING, LIST}),
        ('kind:package meta.status:"released"', {RIESLING}),
        ('-meta.status:"released" kind:package', {PINOT, PILSNER}),
        ("meta.status:rel*", {RIESLING, PILSNER, LIST}),
        ("meta.status:*LATER", {PILSNER}),
        ("meta.date:2026-03-01", {RIESLING}),
        ("meta.date:>=2026-03-02", {PINOT}),
        ("meta.date:2026-03-01..2026-05-01", {RIESLING, PINOT}),
        ("has:meta.doi", {RIESLING}),
        ("has:meta.qc", PACKAGES),
        ("kind:package -has:meta.doi", {PINOT, PILSNER}),
        ("meta.doi:*", {RIESLING}),
        ('meta."a.b"."c d":1.5', {RIESLING}),
        ("meta:/a.b/c\\ d:1.5", {RIESLING}),
        ("tag:dry", {RIESLING}),
        ("tag:(red OR lager)", {PINOT, PILSNER}),
        ("workflow:strict", {RIESLING}),
        ("has:workflow", {RIESLING, PINOT}),
        ("author:bob", {PINOT}),
        ("in:bob/pinot", {PINOT}),
        ("meta:white", {RIESLING}),
        ("meta.owner:zoë", {LIST}),
        ("user_meta:released", {LIST}),
        ("mnfst_metadata:released", {RIESLING, PILSNER}),
        ("meta.qc.level:9", set()),
        ("meta.status:secret", set()),
    ],
)
async def test_values_of_metadata_are_found_by_their_types(cellar: RegistryWorld, query: str, found: set[str]) -> None:
    answer = await cellar.json(SEARCH, q=query)
    assert set(names(answer)) == found
    by_filter = await cellar.json(SEARCH, filter=query)
    assert (set(names(by_filter)), by_filter["total"]) == (found, len(found))
    packages = found & PACKAGES
    assert (answer["total_packages"], answer["total_objects"]) == (len(packages), len(found - packages))


async def test_all_filters_and_the_query_hold_together(cellar: RegistryWorld) -> None:
    answer = await cellar.json(SEARCH, q="wine", filter=["meta.qc.level:>=3", "-tag:dry"])
    assert names(answer) == [PINOT]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("meta:/qc/level:number:desc", [PINOT, RIESLING, PILSNER]),
        ("meta:/qc/level:number", [RIESLING, PINOT, PILSNER]),
        ("-meta.qc.level", [PINOT, RIESLING, PILSNER]),
        ("meta.date", [RIESLING, PINOT, PILSNER]),
        ("meta:/status:keyword:asc", [PINOT, RIESLING, PILSNER]),
        ("name", [PILSNER, RIESLING, PINOT]),
        ("-name", [PINOT, RIESLING, PILSNER]),
        ("-modified", [PILSNER, PINOT, RIESLING]),
        ("-size", [RIESLING, PINOT, PILSNER]),
        ("entries", [PILSNER, PINOT, RIESLING]),
        ("workflow", [PINOT, RIESLING, PILSNER]),
    ],
)
async def test_hits_come_in_the_order_that_is_asked_for(cellar: RegistryWorld, sort: str, expected: list[str]) -> None:
    assert names(await cellar.json(SEARCH, kind="package", sort=sort)) == expected
    assert names(await cellar.json(SEARCH, kind="package", q=f"sort:{sort}")) == expected
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await cellar.json(SEARCH, kind="package", sort=sort, limit=1, **cursor)
        paged += names(page)
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert paged == expected


async def test_a_cursor_belongs_to_the_order_for_which_it_was_made(cellar: RegistryWorld) -> None:
    by_name = (await cellar.json(SEARCH, sort="name", limit=1))["next"]
    by_score = (await cellar.json(SEARCH, limit=1))["next"]
    assert problem(await cellar.get(SEARCH, cursor=by_name))[0] == 400
    assert problem(await cellar.get(SEARCH, cursor=by_score, sort="name"))[0] == 400


async def test_facets_count_the_values_of_the_items_found(cellar: RegistryWorld) -> None:
    asked = ["meta:/qc/level", "meta:/date", "meta.tags", "workflow", "ext", "kind", "bucket", "meta:/nothing"]
    answer = await cellar.json(SEARCH, facets=asked)
    facets = {(each["field"], each["type"]): each for each in answer["facets"]}
    assert facets.keys() == {
        ("meta:/qc/level", "number"),
        ("meta:/qc/level", "keyword"),
        ("meta:/date", "datetime"),
        ("meta:/date", "keyword"),
        ("meta:/tags", "keyword"),
        ("workflow", "keyword"),
        ("ext", "keyword"),
        ("kind", "keyword"),
        ("bucket", "keyword"),
    }
    level = facets["meta:/qc/level", "number"]
    assert (level["min"], level["max"], level["distinct"], level["complete"]) == (3, 5, 2, True)
    assert level["values"] == [{"value": 3, "count": 1}, {"value": 5, "count": 1}]
    assert [each["count"] for each in level["buckets"]] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert (level["buckets"][0]["from"], level["buckets"][-1]["to"]) == (3, 5)
    tags = facets["meta:/tags", "keyword"]["values"]
    assert {each["value"]: each["count"] for each in tags} == {"white": 1, "dry": 1, "red": 1, "lager": 1}
    assert {each["value"]: each["count"] for each in facets["kind", "keyword"]["values"]} == {"package": 3, "object": 2}
    assert {each["value"] for each in facets["bucket", "keyword"]["values"]} == {CELLAR, BREWERY}
    date = facets["meta:/date", "datetime"]
    assert date["max"] - date["min"] == timedelta(days=61).total_seconds()
    narrowed = await cellar.json(SEARCH, q="pinot", facets="workflow")
    assert [each["values"] for each in narrowed["facets"]] == [[{"value": "loose", "count": 1}]]


async def test_facets_of_unknown_fields_and_texts_are_refused(cellar: RegistryWorld) -> None:
    for name, said in {"nothing": "no field", "readme": "no facet", "key": "no facet", "meta.": "not a path"}.items():
        status, message = problem(await cellar.get(SEARCH, facets=name))
        assert (status, said in message) == (400, True), message


async def test_a_value_of_a_facet_is_found_by_its_filter(cellar: RegistryWorld) -> None:
    """A page does so when somebody clicks a value. It quotes keywords."""
    answer = await cellar.json(SEARCH, facets=["meta:/status", "meta:/tags", "workflow", "author"])
    for facet in answer["facets"]:
        name = facet["field"].replace("meta:/", "meta.")
        for each in facet["values"]:
            found = await cellar.json(SEARCH, filter=f'{name}:"{each["value"]}"')
            assert found["total"] == each["count"], (name, each)


async def test_all_revisions_are_hits_of_their_own(cellar: RegistryWorld) -> None:
    latest = await cellar.json(SEARCH, kind="package", q="meta.qc.level:1")
    assert latest["items"] == []
    answer = await cellar.json(SEARCH, kind="package", q="riesling", revisions="all", sort="-modified")
    assert [each["pointer"] for each in answer["items"]] == [str(SECOND), str(FIRST)]
    assert [each["meta"]["qc"]["level"] for each in answer["items"]] == [3, 1]
    assert [each["revisions"] for each in answer["items"]] == [2, 2], "of the package"
    assert answer["total_packages"] == 2
    only = await cellar.json(SEARCH, kind="package", q="meta.qc.level:1", revisions="all")
    assert [(each["name"], each["pointer"]) for each in only["items"]] == [(RIESLING, str(FIRST))]
    page = await cellar.json(SEARCH, kind="package", revisions="all", limit=2)
    rest = await cellar.json(SEARCH, kind="package", revisions="all", limit=2, cursor=page["next"])
    found = [int(each["pointer"]) for each in page["items"] + rest["items"]]
    assert found == [FOURTH, THIRD, SECOND, FIRST]


async def test_a_pasted_hash_of_an_older_revision_finds_its_push(cellar: RegistryWorld) -> None:
    [_, old] = (await cellar.json(SEARCH, q="in:amy/riesling", revisions="all", sort="-modified"))["items"]
    top_hash = old["top_hash"]
    for query in (
        top_hash,
        top_hash[:8],
        top_hash[:12],
        f"hash:{top_hash}",
        f"s3://{CELLAR}/.quilt/packages/{top_hash}",
    ):
        [hit] = (await cellar.json(SEARCH, q=query))["items"]
        assert (hit["name"], hit["pointer"], hit["top_hash"]) == (RIESLING, str(FIRST), top_hash)
    [hit] = (await cellar.json(SEARCH, q=f"quilt+s3://{CELLAR}#package={RIESLING}@{top_hash}"))["items"]
    assert (hit["name"], hit["pointer"]) == (RIESLING, "latest")
    assert (await cellar.json(SEARCH, q="0" * 20 + "ab"))["total"] == 0


async def test_hits_say_why_they_match(cellar: RegistryWorld) -> None:
    [hit] = (await cellar.json(SEARCH, q="riesling mosel meta.qc.level:3 workflow:strict", kind="package"))["items"]
    assert hit["matches"] == [
        {"field": "name", "snippet": RIESLING, "value": None},
        {"field": "message", "snippet": "Add the Riesling of 2026", "value": None},
        {"field": "readme", "snippet": "A wine of the Mosel. Riesling is white.", "value": None},
        {"field": "meta:/qc/level", "snippet": None, "value": "3"},
        {"field": "workflow", "snippet": None, "value": "strict"},
    ]
    assert hit["snippet"] == "A wine of the Mosel. Riesling is white."
    [hit] = (await cellar.json(SEARCH, q="meta.date:>=2026-05-01"))["items"]
    assert hit["matches"] == [{"field": "meta:/date", "snippet": None, "value": "2026-05-01"}]
    [hit] = (await cellar.json(SEARCH, q="dry"))["items"]
    assert hit["matches"] == [{"field": "meta:/tags", "snippet": None, "value": "dry"}]
    [hit] = (await cellar.json(SEARCH, q="zoë"))["items"]
    assert hit["matches"] == [{"field": "meta:/owner", "snippet": None, "value": "Zoë"}]
    assert all(each["matches"] == [] for each in (await cellar.json(SEARCH))["items"])


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("zymurgy", ["plots/zymurgy.png"]),
        ("riesling zymurgy", []),
        ("refractometer", ["plots/zymurgy.png"]),
        ("meta.run:7", ["plots/zymurgy.png"]),
        ("zymurgy refractometer workflow:strict", ["plots/zymurgy.png"]),
    ],
)
async def test_packages_are_found_by_their_entries(cellar: RegistryWorld, query: str, entries: list[str]) -> None:
    found = (await cellar.json(SEARCH, q=query, kind="package"))["items"]
    assert [(each["name"], each["matching_entries"]) for each in found] == ([(RIESLING, entries)] if entries else [])


async def test_a_search_without_hits_says_what_each_word_finds(cellar: RegistryWorld) -> None:
    answer = await cellar.json(SEARCH, q='pinot riesslng "white noise"')
    assert (answer["total"], answer["items"]) == (0, [])
    assert answer["suggestions"] == [
        {"word": "pinot", "count": 1, "instead": []},
        {"word": "riesslng", "count": 0, "instead": ["riesling"]},
        {"word": "white noise", "count": 0, "instead": []},
    ]
    assert (await cellar.json(SEARCH, q="pinot"))["suggestions"] == []


async def test_suggestions_contain_only_what_the_caller_may_read(cellar: RegistryWorld) -> None:
    answer = await cellar.json(SEARCH, q="secretx")
    assert answer["suggestions"] == [{"word": "secretx", "count": 0, "instead": []}]
    for caller in ({CELLAR: Level.READ, BREWERY: Level.READ, VAULT: Level.READ},):
        allowed = await cellar.client.get(SEARCH, params={"q": "secretx"}, headers=cellar.caller(caller))
        assert allowed.json()["suggestions"][0]["instead"] == ["secret"]


async def test_fields_of_metadata_are_listed_with_their_types(cellar: RegistryWorld) -> None:
    answer = await cellar.json(f"{SEARCH}/fields")
    found = {(each["path"], each["type"]): each["packages"] for each in answer["items"]}
    assert found == {
        ("/qc/level", "number"): 2,
        ("/qc/level", "keyword"): 1,
        ("/qc/passed", "boolean"): 2,
        ("/status", "keyword"): 3,
        ("/tags", "keyword"): 3,
        ("/date", "datetime"): 2,
        ("/date", "keyword"): 2,
        ("/doi", "keyword"): 1,
        ("/a.b/c d", "number"): 1,
    }
    assert all(each["field"] == f"meta:{each['path']}" for each in answer["items"])
    narrowed = await cellar.json(f"{SEARCH}/fields", q="pilsner", bucket=BREWERY)
    assert {each["path"] for each in narrowed["items"]} == {"/qc/level", "/status", "/tags"}
    filtered = await cellar.json(f"{SEARCH}/fields", filter="workflow:loose")
    assert {each["path"] for each in filtered["items"]} == {"/qc/level", "/qc/passed", "/status", "/date", "/tags"}
    assert problem(await cellar.get(f"{SEARCH}/fields", bucket=VAULT))[0] == 404
    assert problem(await cellar.get(f"{SEARCH}/fields", q="("))[0] == 400
    assert problem(await cellar.get(f"{SEARCH}/fields", "anonymous"))[0] == 401


async def test_an_answer_says_up_to_when_it_is_complete_and_waits_for_a_position(
    cellar: RegistryWorld, followed: FollowerWorld
) -> None:
    await followed.follow()
    position = (await FeedStore(followed.statements).head()).position
    answer = await cellar.json(SEARCH, q="pinot", after=position)
    assert (names(answer), answer["complete"]) == ([PINOT], True)
    assert answer["as_of"].endswith("Z")
    assert (await cellar.get(SEARCH, after=-1)).status_code == 422
    assert (await cellar.get(SEARCH, after=2**64)).status_code == 422
    assert (await cellar.get(SEARCH, revisions="some")).status_code == 422


async def test_invalid_orders_and_filters_are_refused(cellar: RegistryWorld) -> None:
    asked = {
        "sort": ["readme", "nothing", "size:number", "meta.", "-"],
        "filter": ["size:big", "(", "sort:name", "-"],
    }
    for name, values in asked.items():
        for value in values:
            assert problem(await cellar.get(SEARCH, **{name: value}))[0] == 400, (name, value)
    answer = (await cellar.get(SEARCH, q="riesling", filter=["ext:csv", "size:big"])).json()
    assert (answer["query"], answer["position"]) == ("size:big", 5)
