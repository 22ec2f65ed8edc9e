"""The one document that Quilt's web catalogs keep in the service bucket."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from support.data.signing import Key
from support.worlds.proxy_world import OpenProxy, ProxyWorld

from shared.schemas.principal import Level
from shared.testing.auth import FakeAuth

HOST = "service.s3.us-east-1.amazonaws.com"
DOCUMENT = f"https://{HOST}/catalog/settings.json"
FORMS = [f"/{HOST}/catalog/settings.json", "/us-east-1/service/catalog/settings.json"]
TEXT = b'{"customNavLink": {"label": "Wiki"}}'


def vended(auth: FakeAuth, **who: Any) -> Key:
    made = Key(f"ASIA{uuid4().hex.upper()}", uuid4().hex)
    auth.vend(auth.token_for("amy", {"*": Level.READ_WRITE}, **who), made.access_key_id, made.secret)
    return made


@pytest.fixture
async def stage(open_proxy: OpenProxy) -> ProxyWorld:
    return await open_proxy(service_bucket="service")


async def ask(
    stage: ProxyWorld, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> httpx.Response:
    async with httpx.AsyncClient(verify=False) as client:  # noqa: S501 – there is no TLS
        return await client.request(method, stage.url + target, headers=headers, content=body or None)


@pytest.mark.parametrize("target", FORMS)
async def test_anybody_may_read_the_settings_document(stage: ProxyWorld, target: str) -> None:
    missing = await ask(stage, "GET", target)
    assert (missing.status_code, "<Code>NoSuchKey</Code>" in missing.text) == (404, True)
    stage.registry.settings = TEXT.decode()
    for query in ("", "?x-id=GetObject"):
        answer = await ask(stage, "GET", target + query)
        assert (answer.status_code, answer.content) == (200, TEXT)
        assert answer.headers["access-control-allow-origin"] == "*"
    head = await ask(stage, "HEAD", target)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(TEXT)), b"")


@pytest.mark.parametrize("target", FORMS)
async def test_administrators_may_write_the_settings_document(stage: ProxyWorld, auth: FakeAuth, target: str) -> None:
    key = vended(auth, is_admin=True)
    for hashed in (True, False):
        stage.registry.settings = None
        kind = {"Content-Type": "application/json"}
        headers = key.headers("PUT", DOCUMENT, body=TEXT, also=kind, hashed=hashed)
        answer = await ask(stage, "PUT", target, headers, TEXT)
        assert (answer.status_code, answer.content) == (200, b""), answer.text
        assert stage.registry.settings == TEXT.decode()


async def test_others_may_not_write_the_settings_document(stage: ProxyWorld, auth: FakeAuth) -> None:
    admin = vended(auth, is_admin=True)
    refused = {
        "unsigned": {},
        "no administrator": vended(auth).headers("PUT", DOCUMENT, body=TEXT),
        "guessed": Key(admin.access_key_id, "guessed").headers("PUT", DOCUMENT, body=TEXT),
        "for another key": admin.headers("PUT", f"https://{HOST}/catalog/other", body=TEXT),
        "for another bucket": admin.headers("PUT", DOCUMENT.replace("service", "wine"), body=TEXT),
        "for another service": admin.headers("PUT", DOCUMENT, "execute-api", body=TEXT),
        "for reading": admin.headers("GET", DOCUMENT, body=TEXT),
    }
    for why, headers in refused.items():
        answer = await ask(stage, "PUT", FORMS[0], headers, TEXT)
        assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True), why
    other_body = await ask(stage, "PUT", FORMS[0], admin.headers("PUT", DOCUMENT, body=TEXT), TEXT + b" ")
    assert other_body.status_code == 400
    assert stage.registry.settings is None


async def test_other_keys_of_the_service_bucket_are_refused(stage: ProxyWorld, auth: FakeAuth) -> None:
    key = vended(auth, is_admin=True)
    closed = ["", "/", "/catalog/settings.jso", "/catalog/settings.json/", "/catalog%2Fsettings.json", "/?list-type=2"]
    for path in closed:
        for headers in ({}, key.headers("GET", f"https://{HOST}{path or '/'}")):
            answer = await ask(stage, "GET", f"/{HOST}{path}", headers)
            assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True), path
    assert (await ask(stage, "DELETE", FORMS[0], key.headers("DELETE", DOCUMENT))).status_code == 405
    assert (await ask(stage, "PUT", f"{FORMS[0]}?acl", key.headers("PUT", f"{DOCUMENT}?acl"))).status_code == 405
    assert not stage.store.heads


async def test_an_outage_of_the_registry_makes_the_settings_document_a_503(stage: ProxyWorld) -> None:
    stage.registry.down = True
    answer = await ask(stage, "GET", FORMS[0])
    assert (answer.status_code, "<Code>ServiceUnavailable</Code>" in answer.text) == (503, True)


LOGO = b"\x89PNG\r\n\x1a\n" + b"0" * 1000
LOGO_URL = f"https://{HOST}/catalog/logo.png"


async def test_administrators_may_write_the_logo_and_anybody_may_read_it(stage: ProxyWorld, auth: FakeAuth) -> None:
    target = f"/{HOST}/catalog/logo.png"
    assert (await ask(stage, "GET", target)).status_code == 404
    refused = await ask(stage, "PUT", target, vended(auth).headers("PUT", LOGO_URL, body=LOGO), LOGO)
    assert (refused.status_code, "<Code>AccessDenied</Code>" in refused.text) == (403, True)
    admin = vended(auth, is_admin=True)
    written = await ask(stage, "PUT", target, admin.headers("PUT", LOGO_URL, body=LOGO), LOGO)
    assert (written.status_code, written.content) == (200, b"")
    shown = await ask(stage, "GET", target)
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, LOGO, "image/png")
    assert shown.headers["content-security-policy"].startswith("sandbox;")
    assert shown.headers["x-content-type-options"] == "nosniff"


async def test_a_large_logo_and_other_types_are_refused(stage: ProxyWorld, auth: FakeAuth) -> None:
    admin = vended(auth, is_admin=True)
    large = b"0" * ((1 << 20) + 1)
    answer = await ask(stage, "PUT", f"/{HOST}/catalog/logo.png", admin.headers("PUT", LOGO_URL, body=large), large)
    assert answer.status_code == 400
    for name in ("logo.svg", "logo.html", "logo.png.html", "other.png"):
        headers = admin.headers("PUT", f"https://{HOST}/catalog/{name}", body=LOGO)
        assert (await ask(stage, "PUT", f"/{HOST}/catalog/{name}", headers, LOGO)).status_code == 403
    assert stage.registry.logos == {}
