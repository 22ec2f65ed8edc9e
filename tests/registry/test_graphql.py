"""The endpoint: permitted callers, limits of documents, and errors."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from graphql import get_introspection_query
from sqlalchemy.ext.asyncio import AsyncEngine
from support.worlds.registry_world import RegistryWorld, problem, recorded_queries, settings_for

from registry.errors import QueryRefused
from registry.graphql.documents import MAX_CACHED_CHARACTERS, MAX_CACHED_MESSAGE, prepared
from registry.graphql.loader import Loader
from registry.main import install_resources
from registry.resources import RegistryResources
from registry.settings import CatalogSettings
from shared.errors import Unavailable
from shared.principals import PrincipalCache
from shared.testing.auth import ISSUER, FakeAuth

WHO = "{ me { name isAdmin role { name } roles { name } email apiKeys { id } apiKey(id: 1) { id } } }"


async def test_graphql_accepts_a_token_with_and_without_the_word_bearer(world: RegistryWorld) -> None:
    bearer = world.headers("reader")["Authorization"]
    for header in (bearer, bearer.removeprefix("Bearer ")):
        answer = await world.client.post("/graphql", json={"query": WHO}, headers={"Authorization": header})
        assert answer.json()["data"]["me"] == {
            "name": "amy",
            "email": "amy@example.com",
            "isAdmin": False,
            "role": {"name": "role of amy"},
            "roles": [{"name": "another"}, {"name": "role of amy"}],
            "apiKeys": [],
            "apiKey": None,
        }


@pytest.mark.parametrize("header", ["garbage", "Bearer garbage", "Bearer a.b.c", "qk_unknown"])
async def test_an_invalid_token_is_401_in_the_words_of_every_catalog(world: RegistryWorld, header: str) -> None:
    answer = await world.client.post("/graphql", json={"query": WHO}, headers={"Authorization": header})
    assert problem(answer) == (401, "Token invalid.")
    assert answer.json()["errors"] == [{"message": "Token invalid."}]
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_ended_session_is_401(world: RegistryWorld, auth: FakeAuth) -> None:
    token = world.headers("reader")["Authorization"].removeprefix("Bearer ")
    auth.revoke(token)
    answer = await world.client.post("/graphql", json={"query": WHO}, headers={"Authorization": token})
    assert problem(answer) == (401, "Token invalid.")


async def test_graphql_without_a_token_is_401(world: RegistryWorld) -> None:
    assert problem(await world.ask(WHO, "anonymous")) == (401, "Not logged in")


async def test_in_mode_open_a_caller_without_a_token_sees_no_buckets(
    app: FastAPI, resources: RegistryResources, auth: FakeAuth, world: RegistryWorld
) -> None:
    url = resources.settings.database.url.get_secret_value()
    settings = settings_for(url, catalog=CatalogSettings(mode="OPEN"))
    opened = replace(resources, settings=settings)
    install_resources(app, opened, PrincipalCache(auth, issuer=ISSUER))
    query = "{ me { name } buckets { name } bucketConfigs { name } searchPackages { __typename } }"
    found = await world.graphql(query, "anonymous")
    assert found == {
        "me": None,
        "buckets": [],
        "bucketConfigs": [],
        "searchPackages": {"__typename": "EmptySearchResultSet"},
    }
    answer = (await world.ask('mutation { switchRole(roleName: "x") { __typename } }', "anonymous")).json()
    assert (answer["data"], answer["errors"][0]["extensions"]) == (None, {"code": "unauthenticated"})
    answer = await world.client.post("/graphql", json={"query": WHO}, headers={"Authorization": "garbage"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "Syntax Error: Unexpected <EOF>."),
        ("{ me { name }", "Syntax Error: Expected Name, found <EOF>."),
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
        ("{ me }", "must have a selection of subfields"),
        ("query ($a: Nothing) { me { name } }", "Unknown type"),
        ("{ ...a } fragment a on Query { ...a }", "Cannot spread fragment 'a' within itself."),
        ("{ ...a }", "Unknown fragment 'a'."),
        ("subscription { me }", "subscription"),
        ("fragment a on Query { me { name } }", "Fragment 'a' is never used."),
        ("query a { me { name } } query b { me { name } }", "Must provide operation name"),
        ("query ($n: String!) { bucket(name: $n) { name } }", "Variable '$n'"),
    ],
)
async def test_a_document_that_cannot_be_run_is_refused(world: RegistryWorld, query: str, message: str) -> None:
    answer = await world.ask(query)
    assert (answer.status_code, message in problem(answer)[1]) == (400, True), answer.text
    assert answer.json()["type"] == "/problems/query_refused"
    assert any(message in each["message"] for each in answer.json()["errors"])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{" + "me {" * 3_000 + "}" * 3_000 + "}", "nested too deeply"),
        ("{" + " admin { user {" * 10 + " list { name }" + "}}" * 10 + "}", "22 levels deep, and the limit is 20"),
        (
            "{" + " ".join(f"a{n}: me {{ name }}" for n in range(501)) + "}",
            "asks for 1002 fields, and the limit is 1000",
        ),
        ("{" + " me" * 5_001 + "}", "5000 tokens"),
        (
            "{ ...a0 }"
            + "".join(f"fragment a{n} on Query {{ ...a{n + 1} ...a{n + 1} }}" for n in range(30))
            + "fragment a30 on Query { me { name } }",
            "fields, and the limit is 1000",
        ),
        (
            "{" + " ".join(f"a{n}: searchPackages {{ __typename }}" for n in range(10)) + "}",
            "costs 10010, and the limit is 10000",
        ),
        (
            '{ packages(bucket: "b") { page(perPage: 900) { revision { dir(path: "") { path } file(path: "") { path } } } } }',
            "the limit is 10000",
        ),
        ("{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(50)) + " }", "the limit is 10000"),
    ],
)
async def test_a_document_above_the_limits_is_refused_before_any_query(
    world: RegistryWorld, engine: AsyncEngine, query: str, message: str
) -> None:
    with recorded_queries(engine) as queries:
        answer = await world.ask(query)
    assert (answer.status_code, message in problem(answer)[1]) == (400, True), answer.text
    assert queries == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{" + "me { name }" * 490 + "}", "a field of one name 490 times, and the limit is 50"),
        ("{ me {" + "roles { name }" * 490 + "} }", "a field of one name 490 times, and the limit is 50"),
        ("{ me { name } } fragment F on Query {" + "me { name }" * 51 + "}", "one name 51 times, and the limit is 50"),
        ("{" + "me { roles { name name } }" * 26 + "}", "one name 52 times, and the limit is 50"),
        ("{" + "...F" * 26 + "} fragment F on Query { me { name } me { name } }", "one name 52 times"),
        (
            "{ me { name } }" + "".join(f"fragment F{n} on Query {{ me {{ name }} }}" for n in range(51)),
            "has 51 fragments, and the limit is 50",
        ),
        (
            "{ me { name } } fragment F on Query {" + " ".join(f"a{n}: me {{ name }}" for n in range(501)) + "}",
            "have more than 1000 fields, which is the limit",
        ),
    ],
)
def test_a_document_that_is_expensive_to_validate_is_refused_before_validation(query: str, message: str) -> None:
    with pytest.raises(QueryRefused, match=message):
        prepared(query, deadline=0)  # validation would notice that the deadline has passed


def test_validation_ends_at_its_deadline() -> None:
    with pytest.raises(TimeoutError):
        prepared("query Late { me { name } }", deadline=0)


def test_a_refused_document_is_remembered_and_its_reason_is_bounded() -> None:
    unknown = "{ me { " + " ".join(f"unknown{n}" for n in range(90)) + " } }"
    with pytest.raises(QueryRefused) as first:
        prepared(unknown)
    with pytest.raises(QueryRefused, match="unknown0") as again:
        prepared(unknown, deadline=0)
    assert len(first.value.errors) > 50
    assert len(str(again.value)) <= MAX_CACHED_MESSAGE + 1


async def test_the_cost_of_a_page_follows_the_variable_for_its_size(world: RegistryWorld) -> None:
    query = """query ($n: Int = 10) {
      packages(bucket: "b") { page(perPage: $n) { revision { dir(path: "") { path } file(path: "") { path } } } }
    }"""
    assert (await world.ask(query)).status_code == 200
    assert (await world.ask(query, n=100)).status_code == 200
    assert (await world.ask(query, n=1_000)).status_code == 400
    assert (await world.ask(query, n="many")).status_code == 400


async def test_large_documents_are_answered_or_refused(world: RegistryWorld) -> None:
    many = "{ me {" + "".join(f" a{number}: name" for number in range(990)) + " } }"
    assert (await world.graphql(many))["me"]["a989"] == "amy"
    same = "{ me {" + " name" * 990 + " } }"
    assert problem(await world.ask(same)) == (
        400,
        "The query asks for a field of one name 990 times, and the limit is 50",
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([{"query": "{ me { name } }"}], "one operation per request"),
        ({}, "Field required"),
        ({"query": "{" + " " * 20_000}, "at most 20000 characters"),
        ({"query": "{ me { name } }", "variables": []}, "valid dictionary"),
        ({"query": 1}, "valid string"),
        ({"query": "{ me { name } }", "variables": {"a": {"b": ["\ud800"]}}}, "not contain lone surrogates"),
        ({"query": "{ me { name } }", "operationName": "\ud800"}, "not contain lone surrogates"),
        ("text", ""),
    ],
)
async def test_malformed_bodies_are_refused(world: RegistryWorld, body: Any, message: str) -> None:
    headers = {**world.headers("reader"), "Content-Type": "application/json"}
    answer = await world.client.post("/graphql", content=json.dumps(body), headers=headers)
    status, said = problem(answer)
    assert (status, message in said) == (422, True)


async def test_a_short_document_is_parsed_once(world: RegistryWorld) -> None:
    query = "query Once { me { name } }"
    first = prepared(query)
    await world.graphql(query)
    assert prepared(query) is first
    long = query + " " * MAX_CACHED_CHARACTERS
    assert prepared(long) is not prepared(long)


async def test_other_fields_of_a_graphql_body_are_ignored(world: RegistryWorld) -> None:
    body = {"query": "{ me { name } }", "operationName": None, "variables": None, "extensions": {"a": 1}}
    answer = await world.client.post("/graphql", json=body, headers=world.headers("reader"))
    assert answer.json() == {"data": {"me": {"name": "amy"}}}


async def test_the_schema_can_be_introspected(world: RegistryWorld) -> None:
    found = await world.graphql(get_introspection_query())
    assert {"Bucket", "Package", "Me"} <= {each["name"] for each in found["__schema"]["types"]}


@pytest.mark.parametrize("field", ["status { __typename }", "roles { __typename }", "admin { tabulatorOpenQuery }"])
async def test_a_field_for_administrators_is_an_error_for_others(world: RegistryWorld, field: str) -> None:
    answer = (await world.ask(f"{{ me {{ name }} {field} }}")).json()
    assert answer["errors"][0]["message"] == "Only administrators may do this"
    assert answer["errors"][0]["extensions"] == {"code": "admin_only"}
    assert "errors" not in (await world.ask(f"{{ {field} }}", "admin")).json()


async def test_a_field_that_fails_does_not_fail_the_others(world: RegistryWorld) -> None:
    query = "query ($b: String!) { me { name } a: packages(bucket: $b) { page(number: 0) { name } } b: me { name } }"
    answer = (await world.ask(query, b=world.bucket)).json()
    assert answer["data"] == {"me": {"name": "amy"}, "a": None, "b": {"name": "amy"}}
    assert [each["path"] for each in answer["errors"]] == [["a", "page"]]


async def test_text_that_postgres_cannot_hold_is_an_error_of_its_field(world: RegistryWorld) -> None:
    query = "query ($b: String!, $n: String!) { package(bucket: $b, name: $n) { name } me { name } }"
    answer = (await world.ask(query, b=world.bucket, n="a\0b")).json()
    assert (answer["data"]["me"], answer["errors"][0]["extensions"]) == ({"name": "amy"}, {"code": "invalid"})


async def test_an_unexpected_error_of_a_resolver_is_not_shown(world: RegistryWorld, auth: FakeAuth) -> None:
    headers = world.headers("reader")
    await world.client.post("/graphql", json={"query": "{ subscription { active } }"}, headers=headers)
    auth._principals.clear()  # now the fake raises an error that nothing expects
    answer = await world.client.post("/graphql", json={"query": "{ me { name } }"}, headers=headers)
    assert answer.json()["errors"][0]["message"] == "Something went wrong on our side; it has been logged."


async def test_without_auth_the_fields_of_me_are_unavailable(world: RegistryWorld, auth_up: FakeAuth) -> None:
    headers = world.headers("reader")
    await world.client.post("/graphql", json={"query": "{ subscription { active } }"}, headers=headers)
    auth_up.down = True
    answer = await world.client.post("/graphql", json={"query": "{ me { name } }"}, headers=headers)
    assert answer.json()["errors"][0]["extensions"] == {"code": "unavailable"}


async def test_graphql_can_be_called_from_another_origin(world: RegistryWorld) -> None:
    asks = {
        "Origin": "https://catalog.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = await world.client.options("/graphql", headers=asks)
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type"


async def test_a_loader_combines_lookups_and_makes_each_once() -> None:
    fetched: list[set[int]] = []

    async def fetch(keys: Collection[int]) -> dict[int, str]:
        fetched.append(set(keys))
        await asyncio.sleep(0)
        return {key: str(key) for key in keys if key}

    loader = Loader(fetch)
    found = await asyncio.gather(*map(loader.load, (1, 2, 1, 0)))
    assert found == ["1", "2", "1", None]
    assert await loader.many([2, 3, 0]) == {2: "2", 3: "3"}
    assert fetched == [{0, 1, 2}, {3}]
    loader.forget()
    assert await loader.load(1) == "1"
    assert fetched[2:] == [{1}]


async def test_an_unavailable_database_fails_all_lookups_of_a_loader_with_one_query() -> None:
    fetched: list[set[int]] = []

    async def fetch(keys: Collection[int]) -> dict[int, str]:
        fetched.append(set(keys))
        raise Unavailable("The database is not responding")

    loader = Loader(fetch)
    found = await asyncio.gather(loader.load(1), loader.load(2), return_exceptions=True)
    assert [str(each) for each in found] == ["The database is not responding"] * 2
    assert fetched == [{1, 2}]
