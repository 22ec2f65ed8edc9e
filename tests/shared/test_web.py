"""The HTTP behaviour that every service has."""

import gc
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, SecretStr
from typing_extensions import override

from shared.errors import NotFound
from shared.metrics import Requests
from shared.principals import PrincipalCache
from shared.settings import InternalSettings, LogSettings, ServiceSettings
from shared.testing.auth import ISSUER, FakeAuth
from shared.testing.servers import serve
from shared.web.app import build_app
from shared.web.auth import Admin, Internal, Viewer
from shared.web.middleware import MAX_ANONYMOUS_BYTES, AccessLog
from shared.web.routing import MAX_JSON_VALUES, MAX_LOOP_JSON_BYTES, CallerFirst

SECRET = "internal-secret-of-at-least-32-characters"
LIMIT = 1000

router = APIRouter()
authenticated = APIRouter(route_class=CallerFirst)


class Thing(BaseModel):
    size: int


@router.post("/things")
async def create_thing(thing: Thing) -> Thing:
    return thing


@authenticated.post("/own-things")
async def create_own_thing(thing: Thing, _: Viewer) -> Thing:
    return thing


@router.get("/missing")
async def get_missing() -> None:
    raise NotFound("No thing here")


@router.get("/crash")
async def get_crash() -> None:
    raise RuntimeError("secret detail")


@router.get("/me")
async def get_me(viewer: Viewer) -> str:
    return viewer.name


@router.get("/admin")
async def get_admin(admin: Admin) -> str:
    return admin.name


@router.get("/internal/thing", dependencies=[Internal])
async def get_internal() -> str:
    return "ok"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def auth() -> FakeAuth:
    return FakeAuth()


@pytest.fixture
def settings() -> ServiceSettings:
    return ServiceSettings(
        profile="development",
        log=LogSettings(level="error"),
        internal=InternalSettings(token=SecretStr(SECRET)),
    )


@pytest.fixture
def app(auth: FakeAuth, settings: ServiceSettings) -> FastAPI:
    app = build_app("test", settings, lifespan, [router, authenticated], body_limit=LIMIT)
    app.state.principals = PrincipalCache(auth, issuer=ISSUER)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [(b"{", 422, "JSON"), (b'{"size": "many"}', 422, "size"), (b"[]", 422, "body"), (b"\xff\xfe{", 400, "body")],
)
async def test_a_malformed_body_is_a_problem_with_a_message(
    client: httpx.AsyncClient, body: bytes, status: int, word: str
) -> None:
    answer = await client.post("/things", content=body, headers={"Content-Type": "application/json"})
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in problem["message"]


async def test_all_errors_have_one_form_and_no_internal_details(client: httpx.AsyncClient) -> None:
    missing = (await client.get("/missing")).json()
    assert missing == {
        "type": "/problems/not_found",
        "title": "This does not exist, or you do not have access to it",
        "status": 404,
        "detail": "No thing here",
        "message": "No thing here",
        "errors": [],
    }
    crash = await client.get("/crash")
    assert crash.status_code == 500
    assert "secret" not in crash.text
    assert (await client.get("/nowhere")).json()["status"] == 404
    assert (await client.put("/things")).json()["status"] == 405


async def test_a_body_that_is_declared_too_large_is_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", content=b" " * (LIMIT + 1), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["message"] == "The body is larger than 1000 bytes, which is the limit of this address"


async def test_a_streamed_body_is_refused_when_it_exceeds_the_limit(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    answer = await client.post("/things", content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/too_large"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic eDp5"}])
async def test_requests_without_a_token_are_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.get("/me", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["message"] == "Not logged in"


async def test_tokens_are_accepted_with_and_without_bearer(client: httpx.AsyncClient, auth: FakeAuth) -> None:
    token = auth.token_for("amy")
    assert (await client.get("/me", headers=bearer(token))).json() == "amy"
    assert (await client.get("/me", headers={"Authorization": token})).json() == "amy"
    assert auth.resolved == 1


@pytest.mark.parametrize(
    "body",
    [b"[" * (900 << 10), b'{"size": "' + b"x" * (900 << 10) + b'"}', b"{" + b" " * (900 << 10), b"\xff" * (900 << 10)],
    ids=["too deep", "of another type", "no JSON", "no text"],
)
async def test_refused_bodies_take_no_memory_after_the_answer(
    settings: ServiceSettings, auth: FakeAuth, body: bytes
) -> None:
    """The garbage collector, which seldom looks for cycles, is off."""
    app = build_app("test", settings, lifespan, [authenticated])
    app.state.principals = PrincipalCache(auth, issuer=ISSUER)
    headers = {**bearer(auth.token_for("amy")), "Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        await client.post("/own-things", headers=headers, content=body)
        gc.collect()
        gc.disable()
        tracemalloc.start()
        try:
            for _ in range(20):
                answer = await client.post("/own-things", headers=headers, content=body)
                assert answer.status_code in {400, 422}
                del answer
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            gc.enable()
    assert kept < 4 * len(body)


async def test_admin_routes_are_for_administrators(client: httpx.AsyncClient, auth: FakeAuth) -> None:
    assert (await client.get("/admin", headers=bearer(auth.token_for("amy")))).status_code == 403
    boss = auth.token_for("boss", is_admin=True)
    assert (await client.get("/admin", headers=bearer(boss))).status_code == 200


async def test_internal_routes_require_the_secret_of_the_services(client: httpx.AsyncClient, auth: FakeAuth) -> None:
    assert (await client.get("/internal/thing")).status_code == 401
    assert (await client.get("/internal/thing", headers=bearer(auth.token_for("amy")))).status_code == 403
    odd = [(b"Authorization", "Bearer prüfung".encode())]
    assert (await client.get("/internal/openapi.json", headers=odd)).status_code == 403
    assert (await client.get("/internal/openapi.json", headers=bearer(SECRET))).status_code == 200


async def test_an_internal_route_without_a_row_in_the_table_is_open_to_nobody(client: httpx.AsyncClient) -> None:
    answer = await client.get("/internal/thing", headers=bearer(SECRET))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not_for_this_service")


async def test_the_openapi_document_of_a_service_is_only_for_services(
    client: httpx.AsyncClient, auth: FakeAuth
) -> None:
    assert (await client.get("/openapi.json")).status_code == 404
    assert (await client.get("/internal/openapi.json")).status_code == 401
    assert (await client.get("/internal/openapi.json", headers=bearer(auth.token_for("amy")))).status_code == 403
    document = (await client.get("/internal/openapi.json", headers=bearer(SECRET))).json()
    assert document["paths"].keys() == {
        "/things",
        "/own-things",
        "/missing",
        "/crash",
        "/me",
        "/admin",
        "/internal/thing",
    }
    responses = document["paths"]["/things"]["post"]["responses"]
    said = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert {status: each["content"] for status, each in responses.items() if status != "200"} == {
        "422": said,
        "503": said,
    }
    assert document["components"]["schemas"].keys() == {"Problem", "Thing"}
    assert document["paths"]["/me"]["get"]["security"] == [{"accessToken": []}]


async def test_an_answer_that_has_begun_is_broken_off_by_an_error(app: FastAPI) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"begun"
        raise RuntimeError("late")

    @app.get("/late")
    async def get_late() -> StreamingResponse:
        return StreamingResponse(pieces())

    async with serve(app) as port, httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"http://127.0.0.1:{port}/late")


async def test_a_body_of_an_unknown_caller_has_a_smaller_limit(settings: ServiceSettings, auth: FakeAuth) -> None:
    app = build_app("test", settings, lifespan, [router, authenticated])
    app.state.principals = PrincipalCache(auth, issuer=ISSUER)
    body = json.dumps({"size": 1, "text": "x" * MAX_ANONYMOUS_BYTES}).encode()
    json_type = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        anonymous = await client.post("/things", content=body, headers=json_type)
        assert (anonymous.status_code, anonymous.json()["message"]) == (
            413,
            "The body is larger than 65536 bytes, which is the limit of this address for callers who are not signed in",
        )
        known = {**json_type, **bearer(auth.token_for("amy"))}
        assert (await client.post("/own-things", content=body, headers=known)).json() == {"size": 1}
        assert (await client.post("/own-things", content=body, headers=json_type)).status_code == 401


async def test_a_large_json_body_is_parsed_beside_the_event_loop(settings: ServiceSettings, auth: FakeAuth) -> None:
    app = build_app("test", settings, lifespan, [router, authenticated], body_limit=16 << 20)
    app.state.principals = PrincipalCache(auth, issuer=ISSUER)
    known = {"Content-Type": "application/json", **bearer(auth.token_for("amy"))}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        large = json.dumps({"size": 1, "more": [{"n": number} for number in range(30_000)]}).encode()
        assert len(large) > MAX_LOOP_JSON_BYTES
        assert (await client.post("/own-things", content=large, headers=known)).json() == {"size": 1}
        assert (await client.post("/own-things", content=large[:-1], headers=known)).status_code == 422
        many = b'{"size": 1, "more": [' + b"[]," * MAX_JSON_VALUES + b"[]]}"
        answer = await client.post("/own-things", content=many, headers=known)
        assert (answer.status_code, answer.json()["message"]) == (413, "The body has more than 2,000,000 values")


@pytest.mark.parametrize(
    ("has_tls", "scheme", "strict"), [(True, "http", True), (False, "https", True), (False, "http", False)]
)
async def test_every_answer_forbids_guessing_types_and_where_there_is_tls_plain_http(
    settings: ServiceSettings, *, has_tls: bool, scheme: str, strict: bool
) -> None:
    app = build_app("test", settings, lifespan, [router, authenticated], has_tls=has_tls)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"{scheme}://test") as client:
        for path in ("/missing", "/crash", "/nowhere", "/health/live"):
            answer = await client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert ("strict-transport-security" in answer.headers) is strict


async def test_any_origin_may_call_with_a_token(client: httpx.AsyncClient) -> None:
    asked = {"Origin": "http://x", "Access-Control-Request-Method": "POST"}
    wanted = "authorization, content-type, accepts"
    preflight = await client.options("/things", headers={**asked, "Access-Control-Request-Headers": wanted})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-headers"] == wanted
    refused = await client.get("/me", headers={"Origin": "http://x"})
    assert refused.headers["access-control-allow-origin"] == "*"


async def test_every_answer_has_the_id_of_its_request(client: httpx.AsyncClient) -> None:
    assert (await client.get("/missing", headers={"X-Request-Id": "abc"})).headers["x-request-id"] == "abc"
    assert len((await client.get("/missing")).headers["x-request-id"]) == 32


class Seen(Requests):
    """The names of routes in metrics and logs."""

    def __init__(self) -> None:
        self.running = 0
        self.routes: list[str | None] = []

    @override
    def done(self, method: str, route: str | None, status: int, seconds: float) -> None:
        self.routes.append(route)


async def test_a_route_is_logged_with_the_prefixes_of_its_routers() -> None:
    inner, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/outer")
    inner.get("/{name}")(get_missing)
    outer.include_router(inner)
    app, seen = FastAPI(), Seen()
    app.include_router(outer)
    app.include_router(APIRouter(routes=router.routes))
    app.add_middleware(AccessLog, requests=seen)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in ("/outer/inner/amy", "/missing", "/nowhere"):
            await client.get(path)
    assert seen.routes == ["/outer/inner/{name}", "/missing", None]


async def test_readiness_names_the_checks_that_fail(app: FastAPI, client: httpx.AsyncClient) -> None:
    async def broken() -> None:
        raise ConnectionError("no database")

    app.state.checks = {"database": broken}
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unready", "checks": {"database": "ConnectionError: no database"}}
    assert (await client.get("/health/live")).status_code == 200


@pytest.mark.parametrize(
    ("path", "accepted", "is_compressed"),
    [
        ("/things/5000", "gzip, deflate, br", True),
        ("/things/200000", "br;q=1.0, gzip;q=0.5", True),
        ("/things/5000", "gzip ; q=0. , identity", False),
        ("/things/5000", "identity", False),
        ("/things/10", "gzip", False),
        ("/parts", "gzip", False),
        ("/tagged", "gzip", False),
        ("/internal/things", "gzip", False),
    ],
)
async def test_whole_answers_in_json_are_compressed_for_callers_that_take_it(
    settings: ServiceSettings, path: str, accepted: str, *, is_compressed: bool
) -> None:
    long = APIRouter()

    @long.get("/things/{size}")
    async def get_things(size: int) -> list[str]:
        return ["thing"] * (size // 8)

    @long.get("/parts")
    async def get_parts() -> StreamingResponse:
        return StreamingResponse(iter([b'["thing",' * 500, b"1]"]), media_type="application/json")

    @long.get("/tagged")
    async def get_tagged(response: Response) -> list[str]:
        response.headers["ETag"] = '"1"'
        return ["thing"] * 1_000

    @long.get("/internal/things")
    async def get_internal_things() -> list[str]:
        return ["thing"] * 1_000

    app = build_app("test", settings, lifespan, [long], is_compressed=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get(path, headers={"Accept-Encoding": accepted})
        plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert (answer.headers.get("Content-Encoding") == "gzip") is is_compressed
    assert answer.content == plain.content
    if is_compressed:
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert int(answer.headers["Content-Length"]) < len(plain.content) / 10
