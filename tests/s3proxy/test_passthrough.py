"""The data path over real sockets, in front of a scripted store."""

import asyncio
from contextlib import suppress

import pytest
from support.worlds.proxy_world import OpenProxy, signed

from s3proxy.services.browsers import SANDBOX
from shared.testing.registry import FakeRegistry
from shared.testing.servers import until

HOST = "wine.s3.eu-west-1.amazonaws.com"


def put(*lines: str) -> bytes:
    """The head of a signed upload."""
    return "\r\n".join([f"PUT /{HOST}/a HTTP/1.1", "Host: p", *signed("PUT", f"/{HOST}/a"), *lines, "", ""]).encode()


async def read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """Read the body of the request with this head, chunked or not."""
    lines = {name.lower(): value for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n")[1:])}
    if b"content-length" in lines:
        return await reader.readexactly(int(lines[b"content-length"]))
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


async def drain(writer: asyncio.StreamWriter, stalled: asyncio.Event) -> None:
    """Drain; `stalled` is set when the other side does not take the data at once."""
    draining = asyncio.ensure_future(writer.drain())
    done, _ = await asyncio.wait({draining}, timeout=0.3)
    if not done:
        stalled.set()
    await draining


def headers_of(head: bytes) -> dict[str, str]:
    return {
        name.lower(): value for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    }


@pytest.mark.parametrize(
    "target",
    [
        "/a",
        "/a//b/../c%2Fd%2fe+f%20g?x=a+b%2F&y&z=&X-Amz-Signature=%2b",
        "//double?list-type=2&prefix=a%2Fb&delimiter=%2F",
        "/%7Etilde~(1)!*'?versionId=null",
        "/%E3%81%82%20b?uploads",
        "/",
    ],
)
async def test_path_and_query_reach_the_store_byte_for_byte(open_proxy: OpenProxy, target: str) -> None:
    stage = await open_proxy()
    head, body = await stage.get(f"/{HOST}{target}")
    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"ok")
    assert (stage.store.target, stage.store.headers["host"]) == (target, HOST)


async def test_request_headers_pass_except_those_of_the_connection_and_of_fronts(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    await stage.get(
        f"/{HOST}/a",
        "Authorization: AWS4-HMAC-SHA256 Credential=x",
        "X-Amz-Meta-Name: caf\u00e9",
        "Range: bytes=0-1",
        "Cookie: secret=1",
        "Connection: close, x-mine",
        "X-Mine: 1",
        "TE: trailers",
        "Forwarded: for=1.2.3.4",
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-Host: front.example.com",
        "X-Forwarded-Port: 443",
        "X-Forwarded-Proto: https",
        "X-Real-IP: 1.2.3.4",
    )
    assert stage.store.headers == {
        "host": HOST,
        "authorization": "AWS4-HMAC-SHA256 Credential=x",
        "x-amz-meta-name": "caf\u00e9",
        "range": "bytes=0-1",
    }


async def test_answers_pass_except_headers_of_the_connection_and_cors(open_proxy: OpenProxy) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\nServer: AmazonS3\r\n"
            b"Date: yesterday\r\nSet-Cookie: a=b\r\nAccess-Control-Allow-Origin: http://one\r\nX-Amz-Meta-A: 1\r\n"
            b"X-Amz-Meta-B: 2\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, x-theirs\r\nX-Theirs: 1\r\n\r\n\x1f\x8b!"
        )

    stage = await open_proxy(talk)
    head, body = await stage.get(
        f"/{HOST}/a",
        "Origin: http://two",
        "Access-Control-Request-Headers: x-a, x-b",
        "Access-Control-Request-Method: GET",
    )
    answered = headers_of(head)
    assert answered.pop("date") != "yesterday"
    exposed = answered.pop("access-control-expose-headers").split(", ")
    assert (exposed[:3], exposed[-1]) == (["Content-Length", "Content-Range", "ETag"], "*")
    assert body == b"\x1f\x8b!"
    assert answered == {
        "content-security-policy": SANDBOX.decode(),
        "x-content-type-options": "nosniff",
        "content-length": "3",
        "content-encoding": "gzip",
        "server": "AmazonS3",
        "x-amz-meta-a": "1",
        "x-amz-meta-b": "2",
        "access-control-allow-origin": "*",
        "access-control-allow-headers": "x-a, x-b",
        "access-control-allow-methods": "GET",
        "access-control-max-age": "3000",
        "connection": "close",
    }


@pytest.mark.parametrize(
    ("method", "answer", "status", "length"),
    [
        ("HEAD", b"200 OK\r\nContent-Length: 12345\r\nETag: x", b"200", "12345"),
        ("GET", b"304 Not Modified\r\nETag: x\r\nContent-Length: 12345", b"304", None),
        ("DELETE", b"204 No Content\r\nETag: x", b"204", None),
        ("HEAD", b"404 Not Found\r\nETag: x\r\nx-amz-delete-marker: true", b"404", None),
    ],
)
async def test_answers_without_a_body_pass_with_their_headers(
    open_proxy: OpenProxy, method: str, answer: bytes, status: bytes, length: str | None
) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 " + answer + b"\r\n\r\n")

    stage = await open_proxy(talk)
    head, body = await stage.get(f"/{HOST}/a", *signed(method, f"/{HOST}/a"), method=method)
    assert (head.split(b" ")[1], body, headers_of(head)["etag"]) == (status, b"", "x")
    assert headers_of(head).get("content-length") == length


async def test_redirects_are_passed_on_not_followed(open_proxy: OpenProxy) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/\r\n"
            b"x-amz-bucket-region: eu-west-3\r\nContent-Length: 4\r\n\r\nmove"
        )

    stage = await open_proxy(talk)
    head, body = await stage.get(f"/{HOST}/a")
    answered = headers_of(head)
    assert head.startswith(b"HTTP/1.1 307")
    assert (answered["location"], answered["x-amz-bucket-region"], body) == (
        "http://169.254.169.254/",
        "eu-west-3",
        b"move",
    )
    assert "x-amz-bucket-region" in answered["access-control-expose-headers"]
    assert len(stage.store.heads) == 1


@pytest.mark.parametrize("framing", ["Content-Length: 11", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("expect", [True, False])
async def test_uploads_keep_their_framing(open_proxy: OpenProxy, framing: str, *, expect: bool) -> None:
    bodies: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bodies.append(await read_body(reader, stage.store.head))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    stage = await open_proxy(talk)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(put("Connection: close", framing, *(["Expect: 100-continue"] if expect else [])))
    if expect:
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"hello world" if "Length" in framing else b"6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 200")
    writer.close()
    assert bodies == [b"hello world"]
    assert framing.lower() in stage.store.head.decode().lower()
    assert "expect" not in stage.store.headers


async def test_a_refused_upload_is_answered_before_its_body_comes(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    head, _ = await stage.get("/beer/a", "Content-Length: 9999999999", "Expect: 100-continue", method="PUT")
    assert head.startswith(b"HTTP/1.1 403")


async def test_the_connection_of_a_caller_who_does_not_send_a_refused_body_is_closed(open_proxy: OpenProxy) -> None:
    """The next request on it would be taken for the body."""
    stage = await open_proxy()
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(b"PUT /beer/a HTTP/1.1\r\nHost: proxy\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"\r\nconnection: close\r\n" in answer


async def test_a_refused_body_that_is_sent_leaves_the_connection_open(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    refused = b"PUT /beer/a HTTP/1.1\r\nHost: proxy\r\nContent-Length: 5\r\n\r\nhello"
    writer.write(refused + b"GET /robots.txt HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n")
    answers = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert [answers.count(b"HTTP/1.1 403"), answers.count(b"HTTP/1.1 200")] == [1, 1]


async def test_an_answer_in_the_middle_of_an_upload_reaches_the_caller(open_proxy: OpenProxy) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(10)
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")

    stage = await open_proxy(talk)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(put("Content-Length: 1000000") + bytes(1000))
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\nno"), 5)).startswith(b"HTTP/1.1 403")
    writer.close()


async def test_preflights_are_answered_without_the_store(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    head, body = await stage.get(
        "/nobody-knows.s3.amazonaws.com/a",
        "Origin: http://page",
        "Access-Control-Request-Method: PUT",
        "Access-Control-Request-Headers: authorization,x-amz-date",
        method="OPTIONS",
    )
    answered = headers_of(head)
    assert (head.split(b"\r\n")[0], body, stage.store.heads) == (b"HTTP/1.1 200 OK", b"", [])
    assert answered["access-control-allow-methods"] == "PUT"
    assert answered["access-control-allow-headers"] == "authorization,x-amz-date"


async def test_the_proxy_answers_its_own_pages(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    assert (await stage.get("/"))[1] == b"S3 Proxy"
    assert (await stage.get("/robots.txt"))[1] == b"User-agent: *\nDisallow: /\n"
    assert (await stage.get("/health/live"))[1] == b'{"status":"ok","checks":{}}'
    head, body = await stage.get("/health/ready")
    assert (head.split(b" ")[1], body) == (b"200", b'{"status":"ok","checks":{"buckets":"ok","store":"ok"}}')
    head, _ = await stage.get("/internal/openapi.json")
    assert head.split(b" ")[1] == b"401"
    head, body = await stage.get("/internal/openapi.json", "Authorization: Bearer t")
    assert head.split(b" ")[1] == b"200"
    assert b'"operationId":"get_object"' in body


@pytest.mark.parametrize(
    ("target", "method", "status", "code"),
    [
        ("/evil.com/<x>", "GET", b"400", "InvalidURI"),
        ("/beer.s3.us-east-1.amazonaws.com/a", "GET", b"403", "AccessDenied"),
        ("/wine.s3.us-east-1.amazonaws.com/../x", "GET", b"400", "InvalidURI"),
        ("/wine.s3.us-east-1.amazonaws.com/a", "PATCH", b"405", "MethodNotAllowed"),
        ("http://169.254.169.254/latest/meta-data", "GET", b"403", "AccessDenied"),
    ],
)
async def test_refusals_have_the_form_of_s3_and_cors_headers(
    open_proxy: OpenProxy, target: str, method: str, status: bytes, code: str
) -> None:
    stage = await open_proxy()
    head, body = await stage.get(target, method=method)
    answered = headers_of(head)
    assert (head.split(b" ")[1], answered["content-type"]) == (status, "application/xml")
    assert len(answered["x-amz-request-id"]) == 32
    assert answered["access-control-allow-origin"] == "*"
    assert f"<Code>{code}</Code>".encode() in body
    assert b"<x>" not in body
    assert stage.store.heads == []


async def test_a_store_that_is_down_is_a_503(open_proxy: OpenProxy) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    stage = await open_proxy(talk)
    head, body = await stage.get(f"/{HOST}/a", *signed("POST", f"/{HOST}/a"), method="POST")
    assert head.startswith(b"HTTP/1.1 503")
    assert b"<Code>ServiceUnavailable</Code>" in body


async def test_a_silent_store_is_a_504(open_proxy: OpenProxy) -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    stage = await open_proxy(talk, idle_seconds=0.2)
    head, body = await stage.get(f"/{HOST}/a")
    assert head.startswith(b"HTTP/1.1 504")
    assert b"<Code>GatewayTimeout</Code>" in body


async def test_an_answer_that_the_store_breaks_off_is_broken_off_for_the_caller(open_proxy: OpenProxy) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()

    stage = await open_proxy(talk)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(f"GET /{HOST}/a HTTP/1.1\r\nHost: p\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"half")


async def test_a_caller_that_stalls_gets_a_timeout(open_proxy: OpenProxy) -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    stage = await open_proxy(talk, idle_seconds=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(put("Content-Length: 1000") + b"some")
    answer = await asyncio.wait_for(reader.readuntil(b"</Error>"), 5)
    writer.close()
    assert b"<Code>RequestTimeout</Code>" in answer
    await stage.settled()


@pytest.mark.parametrize("uploading", [True, False])
async def test_a_caller_that_leaves_ends_the_transfer(open_proxy: OpenProxy, *, uploading: bool) -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        if await reader.read(1 << 20) == b"":
            raise ConnectionResetError
        await reader.read()
        raise ConnectionResetError

    stage = await open_proxy(talk)
    _, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    upload = put("Content-Length: 1000") + b"some"
    writer.write(upload if uploading else f"GET /{HOST}/a HTTP/1.1\r\nHost: p\r\n\r\n".encode())
    await until(lambda: stage.store.heads)
    assert stage.store.open == 1
    writer.transport.abort()
    await stage.settled()


async def test_a_caller_that_takes_nothing_for_long_ends_the_transfer(open_proxy: OpenProxy) -> None:
    total = 64 << 20

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n".encode())
        for _chunk in range(total >> 16):
            writer.write(bytes(1 << 16))
            await writer.drain()

    stage = await open_proxy(talk, idle_seconds=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port, limit=1 << 16)
    writer.write(f"GET /{HOST}/a HTTP/1.1\r\nHost: p\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    await stage.settled()
    received = 0
    with suppress(ConnectionError):
        while chunk := await reader.read(1 << 20):
            received += len(chunk)
    writer.close()
    assert received < total


async def test_a_slow_reader_slows_the_store(open_proxy: OpenProxy) -> None:
    total, written = 64 << 20, 0
    stalled = asyncio.Event()

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n".encode())
        while written < total:
            writer.write(bytes(1 << 16))
            await drain(writer, stalled)
            written += 1 << 16

    stage = await open_proxy(talk)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port, limit=1 << 16)
    writer.write(f"GET /{HOST}/a HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.wait_for(stalled.wait(), 10)
    assert written < 24 << 20  # the buffers of the sockets take some of it
    received = 0
    while chunk := await reader.read(1 << 20):
        received += len(chunk)
    writer.close()
    assert received == total


async def test_a_slow_store_slows_the_uploader(open_proxy: OpenProxy) -> None:
    total = 64 << 20
    go, stalled = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        await read_body(reader, stage.store.head)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    stage = await open_proxy(talk)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(put("Connection: close", f"Content-Length: {total}"))
    sent = 0

    async def upload() -> None:
        nonlocal sent
        while sent < total:
            writer.write(bytes(1 << 16))
            await drain(writer, stalled)
            sent += 1 << 16

    uploading = asyncio.create_task(upload())
    await asyncio.wait_for(stalled.wait(), 10)
    assert sent < 24 << 20
    go.set()
    await uploading
    assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_a_new_bucket_is_found_at_once_and_asked_for_once(open_proxy: OpenProxy) -> None:
    registry = FakeRegistry()
    stage = await open_proxy(registry=registry, miss_seconds=0.0)
    assert (await stage.get("/beer/a"))[0].startswith(b"HTTP/1.1 403")
    registry.names.append("beer")
    assert (await stage.get("/beer/a"))[0].startswith(b"HTTP/1.1 200")
    asked = registry.asked
    assert (await stage.get("/beer/a"))[0].startswith(b"HTTP/1.1 200")
    assert registry.asked == asked


async def test_unknown_buckets_do_not_flood_the_registry(open_proxy: OpenProxy) -> None:
    stage = await open_proxy(miss_seconds=60.0)
    for _ in range(5):
        assert (await stage.get("/beer/a"))[0].startswith(b"HTTP/1.1 403")
    assert stage.registry.asked == 1


async def test_the_last_list_of_buckets_is_kept_through_an_outage_of_the_registry(open_proxy: OpenProxy) -> None:
    stage = await open_proxy(miss_seconds=0.0)
    stage.registry.down = True
    assert (await stage.get("/beer/a"))[0].startswith(b"HTTP/1.1 403")
    assert (await stage.get("/wine/a"))[0].startswith(b"HTTP/1.1 200")
    assert (await stage.get("/health/ready"))[0].startswith(b"HTTP/1.1 200")


async def test_before_the_first_list_of_buckets_the_answer_is_503(open_proxy: OpenProxy) -> None:
    registry = FakeRegistry(down=True)
    stage = await open_proxy(registry=registry, miss_seconds=0.0)
    head, body = await stage.get("/wine/a")
    assert (head.split(b" ")[1], b"<Code>ServiceUnavailable</Code>" in body) == (b"503", True)
    assert (await stage.get("/health/ready"))[0].startswith(b"HTTP/1.1 503")
    registry.down = False
    assert (await stage.get("/wine/a"))[0].startswith(b"HTTP/1.1 200")
