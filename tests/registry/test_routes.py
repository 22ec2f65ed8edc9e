"""Properties of all routes: policies, summaries, problems, page sizes."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from support.faults.failing_route import require_answers_to_unexpected_errors
from support.faults.large_bodies import NO_TOKEN, WRONG_TOKEN, require_little_memory, send_large_body, writing_routes
from support.worlds.registry_world import RegistryWorld, problem

from registry.main import PUBLIC
from registry.quilt2.routes.deps import POLICIES as QUILT2_POLICIES
from registry.routes.fast_paths import is_plain
from shared.testing.auth import FakeAuth
from shared.testing.routes import unguarded
from shared.web.auth import POLICIES
from shared.web.pages import MAX_LISTING, MAX_PAGE


async def test_every_route_has_a_policy_or_is_public(app: FastAPI) -> None:
    assert unguarded(app, (*POLICIES, *QUILT2_POLICIES)) == PUBLIC


@pytest.mark.parametrize("headers", [NO_TOKEN, WRONG_TOKEN])
async def test_no_route_reads_a_large_body_before_it_knows_the_caller(app: FastAPI, headers: dict[str, str]) -> None:
    walked = list(writing_routes(app))
    assert len(walked) > 30, "the walk is broken"
    for method, path in walked:
        taken = await send_large_body(app, method, path, headers)
        assert taken.status in {401, 403, 404}, (method, path)
        assert taken.size == 0, (method, path)


async def test_bombs_of_every_format_take_little_memory_without_a_token(app: FastAPI) -> None:
    await require_little_memory(app)


async def test_every_documented_operation_has_a_summary_and_an_id_of_its_own(app: FastAPI) -> None:
    operations = [operation for path in app.openapi()["paths"].values() for operation in path.values()]
    assert all(operation["summary"] and operation["operationId"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert not any(path.startswith("/internal/") for path in app.openapi()["paths"])


async def test_every_documented_refusal_is_a_problem(app: FastAPI) -> None:
    document = app.openapi()
    schemas = document["components"]["schemas"]
    members = schemas["Problem"]["properties"].keys()
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                schema = response.get("content", {}).get("application/json", {}).get("schema", {})
                if status.startswith("4") and status != "422":
                    name = schema["$ref"].removeprefix("#/components/schemas/")
                    assert schemas[name]["properties"].keys() >= members, operation["operationId"]


async def test_every_listing_has_one_of_two_page_sizes(app: FastAPI) -> None:
    limits = {
        operation["operationId"]: parameter["schema"]
        for path in app.openapi()["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "limit"
    }
    assert len(limits) >= 8, "the walk is broken"
    assert {schema["maximum"] for schema in limits.values()} == {MAX_PAGE, MAX_LISTING}
    large = {name: schema["default"] for name, schema in limits.items() if schema["maximum"] == MAX_LISTING}
    assert large == {"list_entries": MAX_LISTING, "get_diff": MAX_PAGE, "read_result_rows": MAX_PAGE}


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        (b"", True),
        (f"limit={MAX_LISTING}".encode(), True),
        (f"limit={MAX_LISTING + 1}".encode(), False),
        (b"limit=0", False),
        (b"limit=", False),
        (b"limit=1&limit=1", False),
        (b"li%6Dit=1", False),
        (b"path=limit%2F&cursor=x", True),
    ],
)
def test_fast_routes_leave_unusual_limits_to_the_documented_ones(query: bytes, *, plain: bool) -> None:
    assert is_plain(query) is plain


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Not logged in"),
        ("", "Not logged in"),
        ("Bearer", "Not logged in"),
        ("Basic YTpi", "Not logged in"),
        ("Bearer garbage", "Token invalid."),
        ("Bearer a.b.c", "Token invalid."),
    ],
)
async def test_a_caller_without_a_valid_token_is_401(world: RegistryWorld, header: str | None, message: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    for address in ("/api/v1/buckets", "/api/search?index=_all", "/api/v1/search"):
        answer = await world.client.get(address, headers=headers)
        assert problem(answer) == (401, message)
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_expired_token_is_401_with_its_reason(world: RegistryWorld, auth: FakeAuth) -> None:
    token = auth.token_for(lifetime=-timedelta(minutes=1))
    answer = await world.client.get("/api/v1/buckets", headers={"Authorization": f"Bearer {token}"})
    assert problem(answer) == (401, "Token expired.")


async def test_a_forged_token_is_401(world: RegistryWorld) -> None:
    forger = FakeAuth()
    token = forger.token_for(is_admin=True)
    answer = await world.client.get("/api/v1/buckets", headers={"Authorization": f"Bearer {token}"})
    assert problem(answer) == (401, "Token invalid.")


async def test_a_token_without_the_word_bearer_is_accepted(world: RegistryWorld) -> None:
    token = world.headers("reader")["Authorization"].removeprefix("Bearer ")
    assert (await world.client.get("/api/v1/buckets", headers={"Authorization": token})).status_code == 200


async def test_without_auth_answers_are_503_with_retry_after(world: RegistryWorld, auth_up: FakeAuth) -> None:
    headers = world.headers("reader")
    auth_up.down = True
    answer = await world.client.get("/api/v1/buckets", headers=headers)
    assert problem(answer)[0] == 503
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [("GET", "/nowhere", 404), ("POST", "/config.json", 405), ("GET", "/api/v1/buckets/", 404)],
)
async def test_unknown_addresses_are_problems(world: RegistryWorld, method: str, address: str, status: int) -> None:
    assert problem(await world.client.request(method, address, headers=world.headers("reader")))[0] == status


async def test_pages_of_any_origin_may_call_with_a_token(world: RegistryWorld) -> None:
    preflight = await world.client.options(
        "/api/search",
        headers={
            "Origin": "https://catalog.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization,content-type,accepts",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-headers"] == "authorization,content-type,accepts"
    refused = await world.client.get("/api/search", headers={"Origin": "https://catalog.example"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")


async def test_an_unexpected_error_is_a_problem_that_is_counted_and_open_to_pages(app: FastAPI) -> None:
    await require_answers_to_unexpected_errors(app)
