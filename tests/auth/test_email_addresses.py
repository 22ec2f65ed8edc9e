"""Invalid e-mail addresses: refused by every route, and harmless where one is stored already."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given as whenever
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from support.fakes.openid_provider import OpenIdProvider, person
from support.fakes.single_sign_on import door_of, provider_at, refusal
from support.worlds.auth_world import INTERNAL, PASSWORD, Given, app_with, client_of, settings_for

from auth.resources import AuthResources
from auth.services.mail.templates import MailKind, write
from auth.settings import MailSettings
from shared.schemas.user import Email

ODD = [
    "a@b..c",
    ".x@y.z",
    "<a@b.c>",
    "john..doe@example.com",
    "amy.@example.com",
    "a@b@c",
    ".@b.c",
    "@",
    "a@",
    "@b.c",
    "amy",
    "a,b@example.com",
    "a@-example.com",
    "a@example.com.",
    "Amy <amy@example.com>",
    '"a b"@example.com',
    "a@[127.0.0.1]",
    "amy@example.com\r\nBcc: eve@example.com",
    "amy@bücher.example",
    "mar\u212a@example.com",  # the Kelvin sign, whose lower case is a plain k
    f"{'a' * 250}@example.com",
]
GOOD = [
    "amy@example.com",
    "AMY+quilt@Example.com",
    " amy@example.com ",
    "o'hara@corp.local",
    "root@localhost",
    "a@10.0.0.5",
]

EMAIL: TypeAdapter[str] = TypeAdapter(Email)


@pytest.fixture
async def given(resources: AuthResources) -> AsyncIterator[Given]:
    """A client of an installation where everybody may sign up."""
    opened = replace(resources, settings=resources.settings.model_copy(update={"sign_up": "open"}))
    async with client_of(app_with(opened)) as client:
        yield Given(opened, client)


@pytest.fixture
def client(given: Given) -> httpx.AsyncClient:
    return given.client


Way = Callable[[httpx.AsyncClient, Given, str], Awaitable[httpx.Response]]


async def _sign_up(client: httpx.AsyncClient, _: Given, email: str) -> httpx.Response:
    return await client.post("/api/v1/accounts", json={"username": "amy", "email": email, "password": PASSWORD})


async def _register(client: httpx.AsyncClient, _: Given, email: str) -> httpx.Response:
    return await client.post("/api/register", json={"username": "amy", "email": email, "password": PASSWORD})


async def _create(client: httpx.AsyncClient, given: Given, email: str) -> httpx.Response:
    body = {"name": "amy", "email": email}
    return await client.post("/api/v1/admin/users", headers=await given.admin(), json=body)


async def _change(client: httpx.AsyncClient, given: Given, email: str) -> httpx.Response:
    return await client.patch("/api/v1/admin/users/admin", headers=await given.admin(), json={"email": email})


async def _invite(client: httpx.AsyncClient, given: Given, email: str) -> httpx.Response:
    return await client.post("/api/v1/admin/invitations", headers=await given.admin(), json={"email": email})


async def _create_as_quilt(client: httpx.AsyncClient, given: Given, email: str) -> httpx.Response:
    body = {"username": "amy", "email": email}
    return await client.post("/api/users/create", headers=await given.admin(), json=body)


async def _change_as_quilt(client: httpx.AsyncClient, given: Given, email: str) -> httpx.Response:
    body = {"username": "admin", "email": email}
    return await client.post("/api/users/edit_email", headers=await given.admin(), json=body)


async def _share(client: httpx.AsyncClient, _: Given, email: str) -> httpx.Response:
    body = {"kind": "shared", "package": "amy/wine", "by": "amy", "email": email}
    return await client.post("/internal/letters", headers=INTERNAL, json=body)


WAYS: dict[str, tuple[Way, int]] = {
    "POST /api/v1/accounts": (_sign_up, 400),
    "POST /api/register": (_register, 400),
    "POST /api/v1/admin/users": (_create, 422),
    "PATCH /api/v1/admin/users/{name}": (_change, 422),
    "POST /api/v1/admin/invitations": (_invite, 422),
    "POST /api/users/create": (_create_as_quilt, 400),
    "POST /api/users/edit_email": (_change_as_quilt, 400),
    "POST /internal/letters": (_share, 422),
}


@pytest.mark.parametrize("way", WAYS)
async def test_invalid_addresses_are_refused_by_every_route(given: Given, client: httpx.AsyncClient, way: str) -> None:
    ask, status = WAYS[way]
    for email in ODD:
        answer = await ask(client, given, email)
        assert answer.status_code == status, (email, answer.text)
        assert "email" in answer.json()["message"].lower(), (email, answer.text)
    assert await given.count("mail") == 0
    assert await given.count('"user"') == 1
    assert await given.matches('"user"', "email = 'admin@example.com'") == 1


@pytest.mark.parametrize("way", WAYS)
async def test_valid_addresses_are_accepted_by_every_route(given: Given, client: httpx.AsyncClient, way: str) -> None:
    ask, _ = WAYS[way]
    answer = await ask(client, given, "Amy+Quilt@Example.org")
    assert answer.is_success, answer.text


@pytest.mark.parametrize("email", ODD)
async def test_a_provider_identity_with_an_invalid_address_gets_no_account(given: Given, email: str) -> None:
    idp = OpenIdProvider()
    idp.person = person("amy", email=email)
    async with door_of(given, {idp.issuer: idp.app()}, {"idp": provider_at(idp.issuer)}) as door:
        assert refusal(await door.sign_in()) == "invalid_email"
    assert await given.count('"user"') == 1


async def test_reset_requests_for_invalid_addresses_get_the_usual_answer_and_no_mail(
    given: Given, client: httpx.AsyncClient
) -> None:
    for email in ("a@b..c", ".x@y.z", "<a@b.c>", "@", "amy", "admin"):
        answer = await client.post("/api/v1/accounts/reset", json={"email": email})
        assert (answer.status_code, answer.json()) == (202, {})
    assert await given.mails() == []
    assert await given.count("mail") == 0


def test_invalid_sender_addresses_are_refused() -> None:
    for sender in ODD:
        with pytest.raises(ValidationError):
            MailSettings(host="mail.test", sender=sender)


@pytest.mark.parametrize("email", GOOD)
def test_addresses_of_intranet_domains_are_accepted(email: str) -> None:
    assert EMAIL.validate_python(email) == email.strip().lower()


@pytest.mark.parametrize("email", ODD)
def test_refusals_of_addresses_say_what_is_wrong(email: str) -> None:
    with pytest.raises(ValidationError) as refused:
        EMAIL.validate_python(email)
    assert len(refused.value.errors()[0]["msg"]) > 20


def test_the_openapi_document_gives_addresses_the_format_email() -> None:
    assert EMAIL.json_schema() == {
        "examples": ["amy@example.com"],
        "format": "email",
        "maxLength": 254,
        "type": "string",
    }


@whenever(st.one_of(st.emails(), st.from_regex(r"[!-~]{1,20}@[!-~]{1,20}", fullmatch=True)))
def test_a_mail_can_be_written_to_every_accepted_address(email: str) -> None:
    try:
        taken = EMAIL.validate_python(email)
    except ValidationError:
        return
    sender = MailSettings(host="mail.test", sender="quilt@example.com")
    settings: Any = settings_for("postgresql+asyncpg://unused")
    made = write(MailKind.WELCOME, settings, sender, instance="Lab", to=taken, name="amy")
    assert made["To"].addresses[0].addr_spec == taken
