"""Objects that users stored, as browsers get them: they do not run on the proxy's origin, and pictures are shown."""

import asyncio

import pytest
from support.worlds.proxy_world import OpenProxy
from typing_extensions import override

from s3proxy.services.browsers import SANDBOX
from shared.testing.registry import FakeRegistry
from shared.testing.servers import Talk

HOST = "wine.s3.eu-west-1.amazonaws.com"
NAVIGATION = ("Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate")
SIGNED = "Authorization: AWS4-HMAC-SHA256 Credential=x"
SAVED_AS = "?response-content-disposition=inline"


def storing(*headers: str) -> Talk:
    """A store whose answers have these headers."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = ("HTTP/1.1 200 OK", *headers, "Content-Length: 2", "", "ok")
        writer.write("\r\n".join(lines).encode())

    return talk


def headers_of(head: bytes) -> dict[str, str]:
    lines = (line.decode().partition(": ") for line in head.split(b"\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}


@pytest.mark.parametrize(
    "kind",
    [
        *("text/html", "TEXT/HTML; charset=utf-8", "image/svg+xml", "application/xhtml+xml", "text/xml"),
        *("application/xml", "text/javascript", "application/rss+xml", "message/rfc822"),
    ],
)
async def test_types_that_run_are_saved_when_a_browser_goes_to_them(open_proxy: OpenProxy, kind: str) -> None:
    stage = await open_proxy(storing(f"Content-Type: {kind}", "Content-Disposition: inline"))
    for asked in ((), NAVIGATION):
        head, body = await stage.get(f"/{HOST}/page.html", *asked)
        answered = headers_of(head)
        assert (answered["content-type"], answered["content-disposition"], body) == (kind, "attachment", b"ok")
        assert answered["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answered["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        ("/page.html", (SIGNED,)),
        ("/page.html", ("Sec-Fetch-Dest: image",)),
        ("/page.html", ("Sec-Fetch-Dest: iframe",)),
        (f"/page.html{SAVED_AS}", NAVIGATION),
    ],
)
async def test_signed_requests_frames_and_chosen_dispositions_get_the_stored_disposition_in_a_sandbox(
    open_proxy: OpenProxy, target: str, asked: tuple[str, ...]
) -> None:
    stage = await open_proxy(storing("Content-Type: text/html", "Content-Disposition: inline"))
    answered = headers_of((await stage.get(f"/{HOST}{target}", *asked))[0])
    assert answered["content-disposition"] == "inline"
    assert answered["content-security-policy"] == SANDBOX.decode()


async def test_a_stored_name_to_save_under_is_kept(open_proxy: OpenProxy) -> None:
    stage = await open_proxy(storing("Content-Type: text/html", 'Content-Disposition: attachment; filename="a.html"'))
    answered = headers_of((await stage.get(f"/{HOST}/page.html", *NAVIGATION))[0])
    assert answered["content-disposition"] == 'attachment; filename="a.html"'


async def test_a_pdf_is_shown_without_a_sandbox(open_proxy: OpenProxy) -> None:
    stage = await open_proxy(storing("Content-Type: application/pdf"))
    answered = headers_of((await stage.get(f"/{HOST}/paper.pdf", *NAVIGATION))[0])
    assert "content-security-policy" not in answered
    assert "content-disposition" not in answered
    assert answered["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "stored", [("Content-Type: binary/octet-stream",), ("content-type: application/octet-stream",), ()]
)
@pytest.mark.parametrize(
    ("key", "shown"),
    [("a.svg", "image/svg+xml"), ("b/a.PNG", "image/png"), ("a.mp4", "video/mp4"), ("a.mp3", "audio/mpeg")],
)
async def test_media_that_are_stored_without_a_type_get_one_by_their_extension(
    open_proxy: OpenProxy, stored: tuple[str, ...], key: str, shown: str
) -> None:
    stage = await open_proxy(storing(*stored))
    answered = headers_of((await stage.get(f"/{HOST}/{key}?X-Amz-Signature=0", "Sec-Fetch-Dest: image"))[0])
    assert answered["content-type"] == shown
    assert "content-disposition" not in answered
    # A client that signs its requests reads what is stored.
    signed = headers_of((await stage.get(f"/{HOST}/{key}", SIGNED))[0])
    assert signed.get("content-type") == (stored[0].partition(": ")[2] if stored else None)


async def test_other_objects_without_a_type_and_media_with_one_keep_theirs(open_proxy: OpenProxy) -> None:
    stage = await open_proxy(storing("Content-Type: application/octet-stream"))
    assert headers_of((await stage.get(f"/{HOST}/a.csv"))[0])["content-type"] == "application/octet-stream"
    stage = await open_proxy(storing("Content-Type: text/plain"))
    assert headers_of((await stage.get(f"/{HOST}/a.png"))[0])["content-type"] == "text/plain"


async def test_refusals_and_plain_answers_are_sandboxed(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    for target in ("/", "/robots.txt", "/unknown.s3.eu-west-1.amazonaws.com/a"):
        answered = headers_of((await stage.get(target, *NAVIGATION))[0])
        assert answered["content-security-policy"] == SANDBOX.decode()
        assert answered["x-content-type-options"] == "nosniff"


async def test_behind_tls_every_answer_asks_for_tls(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    forwarded = headers_of((await stage.get(f"/{HOST}/a", "X-Forwarded-Proto: https"))[0])
    assert forwarded["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in headers_of((await stage.get(f"/{HOST}/a"))[0])


async def test_an_unexpected_error_is_an_internal_error_of_s3_that_is_counted(open_proxy: OpenProxy) -> None:
    class BrokenRegistry(FakeRegistry):
        @override
        async def catalog_settings(self) -> bytes:
            raise RuntimeError("secret detail")

    stage = await open_proxy(None, BrokenRegistry(), service_bucket="service")
    target = "/service.s3.us-east-1.amazonaws.com/catalog/settings.json"
    head, body = await stage.get(target, "Origin: http://catalog.test")
    answered = headers_of(head)
    assert head.startswith(b"HTTP/1.1 500 ")
    assert b"<Code>InternalError</Code>" in body
    assert b"secret" not in body
    assert answered["access-control-allow-origin"] == "*"
    assert answered["x-amz-request-id"]
    _, metrics = await stage.get("/internal/metrics", "Authorization: Bearer t")
    assert b'patchwork_requests_total{method="GET",route="/{bucket}/{key}",status="500"} 1.0' in metrics
