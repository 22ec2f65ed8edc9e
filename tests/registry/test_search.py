"""Search in the JSON API: hits, visibility and order."""

from typing import Any

import pytest
from support.data.manifests import entry
from support.worlds.registry_world import CALLERS, LIBRARY, RegistryWorld, problem

from shared.schemas.principal import Level

SEARCH = "/api/v1/search"

WINE, BEER, FLIES = "amy/wine", "amy/beer", "bob/fruit-flies"
LIST, PHOTO, NOTES, OLD = "data/Wine_list-2026.csv", "data/photo.JPG", "notes/beer.md", "archive/old.tar.gz"
EVERYTHING = {WINE, BEER, FLIES, LIST, PHOTO, NOTES, OLD}


def names(answer: dict[str, Any]) -> list[str]:
    return [each.get("name") or each["key"] for each in answer["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("riesling", {WINE, LIST}),
        ("RIESLING pinot", {LIST}),
        ("gewürztraminer", {WINE}),
        ("GEWÜRZ*", {WINE}),
        ("harvest", {WINE}),
        ("uci", {WINE}),
        ("1998", {WINE}),
        ("zoë", {LIST}),
        ("fruit", {FLIES}),
        ("fruit-flies", {FLIES}),
        ("flies fruit", {FLIES}),
        ('"flies fruit"', set()),
        ('"mosel valley"', {WINE}),
        ("pils*", {BEER}),
        ("pilsner OR harvest", {WINE, BEER}),
        ("beer -pilsner", {NOTES}),
        ("beer NOT pilsner", {NOTES}),
        ("(pilsner OR flies) -fruit", {BEER}),
        ("-wine -beer -fruit", {PHOTO, OLD}),
        ("*.csv", {LIST}),
        ("*.jpg", {PHOTO}),
        ("amy/*", {WINE, BEER}),
        ("amy/be?r", {BEER}),
        ("ext:.csv", {LIST}),
        ("ext:.jpg", {PHOTO}),
        ("ext:.tar.gz", {OLD}),
        ("ext:*.gz", {OLD}),
        ("key:data/photo.JPG", {PHOTO}),
        ("key:data/photo.jpg", set()),
        ("key:data/*", {LIST, PHOTO}),
        ("key_text:list", {LIST}),
        ("content:list", set()),
        ("content:beer", {NOTES}),
        ("content:*", {LIST, NOTES}),
        ("user_meta:owner", {LIST}),
        ("ptr_name:amy/wine", {WINE}),
        ("handle:amy/w*", {WINE}),
        ("mnfst_message:(pilsner others)", {BEER}),
        ("mnfst_message:riesling", set()),
        ("readme:riesling", {WINE}),
        ("metadata:uci", {WINE}),
        ("mnfst_stats.total_files:>1", {WINE}),
        ("mnfst_stats.total_files:1", {BEER, FLIES}),
        ("size:<3", {PHOTO, OLD}),
        ("size:2.5", set()),
        ("last_modified:<2020-01-01", set()),
        ("last_modified:>=2020-01-01", EVERYTHING),
        ("delete_marker:false", {LIST, PHOTO, NOTES, OLD}),
        ("nothinglikeit", set()),
        ("ext:csv", {LIST}),
        ("ext:.JPG", {PHOTO}),
        ("name:amy/*", {WINE, BEER}),
        ("name:data/photo.JPG", {PHOTO}),
        ("kind:package wine", {WINE}),
        ("in:amy/wine", {WINE}),
        ("has:readme", {WINE}),
        ("has:message -pilsner", {WINE}),
        ("entries:[2 TO *]", {WINE}),
        ("entries:{1 TO 2]", {WINE}),
        ("size:1..2", {PHOTO, OLD}),
        ("kind:object size:<=1kB", {LIST, PHOTO, NOTES, OLD}),
        ("modified:2019..", EVERYTHING),
        ("modified:..2019", set()),
        (f"bucket:{LIBRARY} kind:package", {WINE, BEER, FLIES}),
        (f"s3://{LIBRARY}/data/photo.JPG", {PHOTO}),
        (f"s3://{LIBRARY}/data/", {LIST, PHOTO}),
        (f"(s3://{LIBRARY}/notes/beer.md)", {NOTES}),
        (f'"s3://{LIBRARY}/notes/beer.md"', {NOTES}),
        (f"s3://{LIBRARY}", EVERYTHING),
        ("s3://elsewhere/data/photo.JPG", set()),
        (f"quilt+s3://{LIBRARY}#package=amy/wine", {WINE}),
        (f"quilt+s3://{LIBRARY}#package=amy/wine@{'0' * 64}&path=a.csv", {WINE}),
        ("s3: beer", set()),
        ("note: beer", set()),
        ("name,color:riesling", {LIST}),
        ("https://example.com", set()),
        ("back\\", set()),
        (r"data\photo.JPG", {PHOTO}),
        ("beer sort:modified", {BEER, NOTES}),
        ("", EVERYTHING),
        ("  ", EVERYTHING),
        ("*", EVERYTHING),
        ("x" * 2000, set()),
        ("é" * 2000, set()),
    ],
)
async def test_a_query_finds_the_expected_items(library: RegistryWorld, query: str, found: set[str]) -> None:
    answer = await library.json(SEARCH, q=query)
    assert set(names(answer)) == found
    assert answer["total"] == len(answer["items"]) == len(found)


async def test_hits_of_packages_and_objects_have_all_their_fields(library: RegistryWorld) -> None:
    answer = await library.json(SEARCH, q="riesling")
    by_kind = {each["kind"]: each for each in answer["items"]}
    assert by_kind["package"] == {
        "kind": "package",
        "bucket": library.bucket,
        "name": WINE,
        "pointer": "latest",
        "top_hash": by_kind["package"]["top_hash"],
        "modified": by_kind["package"]["modified"],
        "author": None,
        "message": "Harvest of the valley",
        "workflow": None,
        "total_entries": 2,
        "title": "Riesling",
        "description": "About the wine from the Mosel valley, with a gewürztraminer.",
        "revisions": 1,
        "total_bytes": by_kind["package"]["total_bytes"],
        "kinds": by_kind["package"]["kinds"],
        "meta": {"source": "UCI", "vintage": {"year": 1998}},
        "score": by_kind["package"]["score"],
        "snippet": "# Riesling About the wine from the Mosel valley, with a gewürztraminer.",
        "matches": [
            {
                "field": "readme",
                "snippet": "# Riesling About the wine from the Mosel valley, with a gewürztraminer.",
                "value": None,
            }
        ],
        "matching_entries": [],
    }
    assert by_kind["object"] == {
        "kind": "object",
        "bucket": library.bucket,
        "key": LIST,
        "version_id": by_kind["object"]["version_id"],
        "size": 36,
        "modified": by_kind["object"]["modified"],
        "meta": {"owner": "Zoë"},
        "deleted": False,
        "score": by_kind["object"]["score"],
        "snippet": "name,color Riesling,white Pinot,red",
        "matches": [{"field": "content", "snippet": "name,color Riesling,white Pinot,red", "value": None}],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("deleted:false", {LIST}),
        ("-delete_marker:true", {LIST}),
        ("has:deleted", {LIST}),
        ("deleted:true", None),
        ("deleted:true OR deleted:false", None),
        ("-deleted:false", None),
    ],
)
async def test_postgres_refuses_searches_that_ask_for_deleted_objects_and_answers_others_on_the_field(
    library: RegistryWorld, query: str, found: set[str] | None
) -> None:
    answer = await library.get(SEARCH, q=f"({query}) key:{LIST}")
    if found is None:
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/needs_search_engine")
    else:
        assert set(names(answer.json())) == found


async def test_a_name_weighs_more_than_text(library: RegistryWorld) -> None:
    answer = await library.json(SEARCH, q="wine")
    found = names(answer)
    assert set(found) == {WINE, LIST, NOTES}
    assert found[-1] == NOTES
    scores = [each["score"] for each in answer["items"]]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("query", ["", "wine OR beer OR riesling", "*"])
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_of_a_search_equal_the_whole_result(library: RegistryWorld, query: str, limit: int) -> None:
    whole = names(await library.json(SEARCH, q=query))
    found: list[str] = []
    page: dict[str, Any] = {"next": None}
    while page["next"] or not found:
        page = await library.json(SEARCH, q=query, limit=limit, **({"cursor": page["next"]} if page["next"] else {}))
        assert len(page["items"]) <= limit
        found += names(page)
    assert found == whole


async def test_a_search_can_be_limited_to_kinds_and_buckets(library: RegistryWorld) -> None:
    assert set(names(await library.json(SEARCH, q="riesling", kind="package"))) == {WINE}
    assert set(names(await library.json(SEARCH, q="riesling", kind="object"))) == {LIST}
    assert set(names(await library.json(SEARCH, q="riesling", bucket=library.bucket))) == {WINE, LIST}


async def test_a_search_finds_only_items_in_readable_buckets(library: RegistryWorld, given: RegistryWorld) -> None:
    await given.registered()
    await given.package("zoe/secret", entry("a.csv"), message="riesling")
    await given.covered("unregistered-one")
    await given.package("eve/ghost", entry("a.csv"), bucket="unregistered-one", message="riesling")
    both = given.caller({library.bucket: Level.READ, given.bucket: Level.READ})
    all_of_them = given.caller({"*": Level.READ})
    for headers, found in {
        "library": (library.headers("reader"), {WINE, LIST}),
        "given": (given.headers("reader"), {"zoe/secret"}),
        "both": (both, {WINE, LIST, "zoe/secret"}),
        "every": (all_of_them, {WINE, LIST, "zoe/secret"}),
        "none": (given.caller({}), set()),
        "admin without a role": (given.caller({}, is_admin=True), set()),
    }.values():
        answer = await given.client.get(SEARCH, params={"q": "riesling"}, headers=headers)
        assert set(names(answer.json())) == found


@pytest.mark.parametrize("caller", CALLERS)
async def test_a_bucket_is_searchable_by_its_readers(library: RegistryWorld, caller: str) -> None:
    answer = await library.get(SEARCH, caller, q="riesling", bucket=library.bucket)
    if caller == "anonymous":
        assert problem(answer)[0] == 401
    elif caller == "stranger":
        assert problem(answer) == (404, f"No bucket {library.bucket}")
    else:
        assert len(answer.json()["items"]) == 2


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('"open', "quotation mark"),
        ("(open", "closing parenthesis is missing"),
        ("close)", "opening parenthesis is missing"),
        ("a AND", "Nothing follows AND"),
        ("OR a", "operator"),
        ("a OR OR b", "Nothing follows OR"),
        ("NOT", "operator"),
        ("wine~2", "Fuzziness"),
        ("wine^2", "boosts"),
        ('"a b"~3', "Fuzziness"),
        ("key:", "value is missing"),
        ("key: a", "value is missing"),
        ("size:big", "number"),
        ("size:[1 TO", "range"),
        ("size:[a TO b]", "number"),
        ("size:[1 TO 5", "range"),
        ("key:[a TO b]", "cannot be compared"),
        ("meta.level:[1 TO 2026-01-01]", "both dates"),
        ("meta.level:>high", "a number or a date"),
        ("meta.:a", "not a path in metadata"),
        ("has:nothing", "no field 'nothing'"),
        ("has:", "value is missing"),
        ("in:wine", "AUTHOR/NAME"),
        ("sort:readme", "text"),
        ("sort:name sort:size", "twice"),
        ("-", "no letters or digits"),
        ("!", "no letters or digits"),
        ("%", "no letters or digits"),
        ("...", "no letters or digits"),
        ("last_modified:yesterday", "date"),
        ("content:a*b", "wildcards"),
        ("delete_marker:perhaps", "true or false"),
        ("(" * 30 + "a" + ")" * 30, "deep"),
        ("a " * 300, "words"),
        ("a\x00b", "NUL"),
    ],
)
async def test_a_refused_query_says_what_is_wrong_with_it(library: RegistryWorld, query: str, said: str) -> None:
    status, message = problem(await library.get(SEARCH, q=query))
    assert status == 400
    assert said in message


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ('wine "open', 5),
        ("a (b", 2),
        ("a b)", 3),
        ("wine AND", 8),
        ("wine OR OR", 8),
        ("wine size:big", 10),
        ("wine (red size:big)", 15),
        ("wine meta.level:>high", 16),
        ("a has:nothing", 6),
        ("a sort:readme", 7),
        ("size:[1 TO", 5),
        ("wine~2 a", 0),
        ("a\x00b", 1),
        ("-", 0),
    ],
)
async def test_a_refused_query_says_at_which_character_the_mistake_is(
    library: RegistryWorld, query: str, position: int
) -> None:
    answer = (await library.get(SEARCH, q=query)).json()
    assert (answer["status"], answer["position"], answer["query"]) == (400, position, query)
    assert answer["message"].endswith(f"(at character {position + 1})")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"q": "x" * 2001}, 422),
        ({"kind": "animal"}, 422),
        ({"limit": 101}, 422),
        ({"cursor": "garbage"}, 400),
        ({"cursor": "WzEsMl0"}, 400),
        ({"cursor": "WzEuMCwibm90IGEgZGF0ZSIsMCwiYSIsImIiXQ"}, 400),
        ({"cursor": "WzEuMCwiMjAyNi0wMS0wMVQwMDowMDowMCIsMCwiYSIsImIiXQ"}, 400),
        ({"cursor": "W05hTiwiMjAyNi0wMS0wMVQwMDowMDowMFoiLDAsImEiLCJiIl0"}, 200),
    ],
)
async def test_invalid_search_parameters_are_refused(
    library: RegistryWorld, params: dict[str, str | int], status: int
) -> None:
    assert (await library.get(SEARCH, **params)).status_code == status
