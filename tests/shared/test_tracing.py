"""Traces: one for a request, through all that it needs; none of it while traces are off."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import SecretStr
from sqlalchemy import text
from structlog.contextvars import get_contextvars
from support.fakes.span_collector import collected_spans
from support.worlds.servers import Aws, Databases

from shared.aws.clients import open_s3, open_sqs
from shared.clients.transport import call, open_peer
from shared.db.engine import open_engine
from shared.settings import DatabaseSettings, InternalSettings, LogSettings, ServiceSettings
from shared.testing.servers import serve
from shared.web.app import build_app

TOKEN = "the-token-of-a-service-and-long-enough"
SECRET = "what-nobody-may-read"
FOREIGN_TRACE = "0af7651916cd43dd8448eb211c80319c"

router = APIRouter()


@router.get("/asks/{name}")
async def ask(request: Request, name: str) -> str:
    answer = await call(request.app.state.peer, "GET", f"/internal/told/{name}", params={"token": SECRET})
    return str(answer.json())


@router.get("/internal/told/{name}")
async def told(request: Request, name: str) -> str:
    assert name == SECRET
    state = request.app.state
    async with state.engine.connect() as connection:
        await connection.execute(text(f"SELECT '{SECRET}', 4711, CAST(:given AS text)"), {"given": SECRET})
    await state.s3.list_buckets(Prefix=SECRET)
    await state.sqs.list_queues(QueueNamePrefix=SECRET)
    return str(get_contextvars().get("trace_id"))


@router.get("/breaks")
async def breaks() -> None:
    raise RuntimeError(SECRET)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def served(name: str) -> AsyncIterator[tuple[FastAPI, str]]:
    """An app that listens, and its address."""
    internal = InternalSettings(token=SecretStr(TOKEN))
    settings = ServiceSettings(log=LogSettings(level="error"), internal=internal)
    app = build_app(name, settings, lifespan, [router])
    async with app.router.lifespan_context(app), serve(app) as port:
        yield app, f"http://127.0.0.1:{port}"


async def test_a_request_is_one_trace_through_services_statements_and_calls_of_aws(
    database: Databases, aws: Aws
) -> None:
    with collected_spans() as collector:
        async with (
            served("first") as (first, first_url),
            served("second") as (second, second_url),
            open_peer(second_url, InternalSettings(token=SecretStr(TOKEN))) as peer,
            open_engine(DatabaseSettings(url=SecretStr(database.registry)), "test") as engine,
            open_s3(aws.settings) as s3,
            open_sqs(aws.settings) as sqs,
            httpx.AsyncClient(base_url=first_url, headers={"Authorization": f"Bearer {SECRET}"}) as client,
        ):
            first.state.peer = peer
            second.state.engine, second.state.s3, second.state.sqs = engine, s3, sqs
            parent = {"traceparent": f"00-{FOREIGN_TRACE}-b7ad6b7169203331-00", "X-Request-Id": "find-me"}
            answer = await client.get(f"/asks/{SECRET}", params={"q": SECRET}, headers=parent)
            assert answer.json() == FOREIGN_TRACE  # the line in the log of the second service has it
            assert (await client.get("/breaks")).status_code == 500
            await client.get("/health/live")
    asked, called = collector.named("GET /asks/{name}"), collector.named("GET 127.0.0.1")
    answered = collector.named("GET /internal/told/{name}")
    assert asked.attributes["patchwork.request_id"] == answered.attributes["patchwork.request_id"] == "find-me"
    assert (asked.parent_id, called.parent_id, answered.parent_id) == (
        "b7ad6b7169203331",
        asked.span_id,
        called.span_id,
    )
    for name in ("S3 ListBuckets", "SQS ListQueues"):
        assert collector.named(name).parent_id == answered.span_id
        assert collector.named(name).attributes["http.response.status_code"] == 200
    (statement,) = [each for each in collector.spans if "CAST" in each.attributes.get("db.query.text", "")]
    assert statement.attributes["db.query.text"] == "SELECT ?, ?, CAST($1 AS text)"
    assert statement.parent_id == answered.span_id
    assert {each.trace_id for each in (asked, called, answered, statement)} == {FOREIGN_TRACE}
    broken = collector.named("GET /breaks")
    assert broken.has_failed
    assert broken.trace_id != FOREIGN_TRACE
    assert not any("/health/" in each.name for each in collector.spans)
    assert {each["x-key"] for each in collector.headers} == {"of-collector"}
    assert not [body for body in collector.bodies if SECRET.encode() in body or TOKEN.encode() in body]


async def test_the_last_spans_of_a_service_that_ends_have_been_sent() -> None:
    with collected_spans() as collector:
        async with served("first") as (_, url), httpx.AsyncClient(base_url=url) as client:
            await client.get("/breaks")
        assert collector.named("GET /breaks").has_failed


@pytest.mark.parametrize("flags", ["00", "01"])
async def test_a_caller_cannot_have_a_trace_recorded_that_is_not_in_the_share(flags: str) -> None:
    with collected_spans(ratio=0) as collector:
        async with served("first") as (_, url), httpx.AsyncClient(base_url=url) as client:
            parent = f"00-{FOREIGN_TRACE}-b7ad6b7169203331-{flags}"
            await client.get("/breaks", headers={"traceparent": parent})
    assert not collector.spans


def test_the_sdk_is_not_imported_while_traces_are_off() -> None:
    program = """
import sys
from pydantic import SecretStr
from shared.settings import InternalSettings, ServiceSettings
from shared.web.app import build_app
import shared.aws.clients, shared.clients.transport, shared.db.engine
app = build_app("test", ServiceSettings(internal=InternalSettings(token=SecretStr("t" * 32))), None, [])
assert "TraceRequests" not in str(app.user_middleware), app.user_middleware
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf"))])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr
