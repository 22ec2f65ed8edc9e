"""Refusals of `/api/search` say what is wrong."""

import json
from typing import Any

import pytest
from support.worlds.registry_world import LIBRARY, RegistryWorld, problem

SEARCH = "/api/search"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "index is missing"),
        ({"index": ","}, "index is missing"),
        ({"index": ",".join(["a"] * 1001)}, "At most 1000 indices"),
        ({"index": LIBRARY, "action": "destroy"}, "No action 'destroy'"),
        ({"index": LIBRARY, "surprise": "1"}, "There is no parameter 'surprise'"),
        ({"index": LIBRARY, "query": '"'}, "quotation mark"),
        ({"index": LIBRARY, "query": "a", "size": 1001}, "at most 1000"),
        ({"index": LIBRARY, "query": "a", "from": 10_000}, "at most 10000"),
    ],
)
async def test_a_refused_search_says_what_is_wrong_with_its_parameters(
    library: RegistryWorld, params: dict[str, Any], said: str
) -> None:
    status, message = problem(await library.get(SEARCH, **params))
    assert status == 400
    assert said in message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("[" * 5000, "not JSON"),
        ('{"query": "' + "x" * 40_000 + '"}', "at most 32768"),
        ('{"query": {"match": {"content": "a\\u0000b"}}}', "NUL"),
        ('{"query": {"match": {"content": "a\\ud800b"}}}', "surrogates"),
        ({"aggs": {"a": {}}}, "'aggs' is not supported in the body"),
        ({"query": {"regexp": {"key": "a.*"}}}, "'regexp' is not supported"),
        ({"query": {"fuzzy": {"key": "a"}}}, "'fuzzy' is not supported"),
        ({"query": {"match": {"content": {"query": "a", "fuzziness": 2}}}}, "'fuzziness' is not supported"),
        ({"query": {"match": {"content": "a", "key": "b"}}}, "exactly one key"),
        ({"query": {"match": {"nofield": "a"}}}, "no field 'nofield'"),
        ({"query": {"match": "a"}}, "must be an object"),
        ({"query": {"match": {"content": {"a": 1}}}}, "'a' is not supported"),
        ({"query": {"match": {"content": ["a"]}}}, "Expected text"),
        ({"query": {"term": {"size": "big"}}}, "must be a number"),
        ({"query": {"term": {"size": 1e300}}}, "must be a number"),
        ({"query": {"term": {"size": 10**30}}}, "must be a number"),
        ({"query": {"term": {"size": True}}}, "must be a number"),
        ({"query": {"range": {"last_modified": {"gt": "now-1d"}}}}, "must be a date"),
        ({"query": {"range": {"content": {"gt": "a"}}}}, "cannot be compared"),
        ({"query": {"range": {"size": 5}}}, "takes an object"),
        ({"query": {"wildcard": {"content": "a*"}}}, "keyword"),
        ({"query": {"terms": {"ext": ".csv"}}}, "list"),
        ({"query": {"terms": {"ext": ["a"] * 1001}}}, "at most 1000"),
        ({"query": {"bool": {"must": {"match_all": {}}, "would": {}}}}, "'would' is not supported"),
        ({"query": {"bool": {"should": [], "minimum_should_match": "some"}}}, "minimum_should_match"),
        ({"query": []}, None),
        ({"query": "a"}, "must be an object"),
        ({"size": -1}, "size"),
        ({"size": "10"}, "size"),
        ({"size": 1001}, "at most 1000"),
        ({"from": 9_999, "size": 2}, "at most 10000"),
        ({"sort": ["size", "key"]}, "more than one"),
        ({"sort": "content"}, "which is text"),
        ({"sort": "nofield"}, "no field"),
        ({"sort": {"size": "up"}}, "asc or desc"),
        ({"sort": {"size": {"mode": "max"}}}, "'mode' is not supported"),
        ({"_source": 5}, "_source"),
        ({"_source": [5]}, "Expected text"),
    ],
)
async def test_a_refused_search_says_what_is_wrong_with_its_body(
    library: RegistryWorld, body: Any, said: str | None
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = await library.get(SEARCH, index=LIBRARY, action="freeform", body=text)
    if said is None:
        assert answer.status_code == 200
    else:
        status, message = problem(answer)
        assert status == 400
        assert said in message


async def test_depth_and_number_of_clauses_of_queries_are_limited(library: RegistryWorld) -> None:
    deep: dict[str, Any] = {"match_all": {}}
    for _ in range(11):
        deep = {"bool": {"must": deep}}
    wide: dict[str, Any] = {"bool": {"should": [{"match_all": {}}] * 201}}
    for query, said in ((deep, "levels"), (wide, "clauses")):
        body = json.dumps({"query": query})
        status, message = problem(await library.get(SEARCH, index=LIBRARY, action="freeform", body=body))
        assert (status, said in message) == (400, True)
