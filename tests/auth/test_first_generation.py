"""Users of a Quilt 2 registry: import with passwords, mails, and administration by its clients."""

from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from support.fakes.quilt2_database import password_hash
from support.worlds.auth_world import INTERNAL, Given

from auth.resources import AuthResources
from auth.services.mail.outbox import send_next_mail
from auth.settings import MailSettings
from shared.db.engine import transaction
from shared.testing.mail import FakeMailer

DAN = {"name": "dan", "email": "Dan@Example.com", "password": password_hash("dan's old password")}


async def take_in(client: httpx.AsyncClient, *people: dict[str, Any], dry_run: bool = False) -> list[tuple[str, str]]:
    body = {"people": list(people), "dry_run": dry_run}
    answer = await client.post("/internal/imports/users", headers=INTERNAL, json=body)
    assert answer.status_code == 200, answer.text
    return [(each["state"], each["reason"]) for each in answer.json()["people"]]


async def login(client: httpx.AsyncClient, name: str, password: str) -> int:
    return (await client.post("/api/login", json={"username": name, "password": password})).status_code


async def test_imported_users_of_quilt_2_keep_their_passwords(given: Given, client: httpx.AsyncClient) -> None:
    joined = {"date_joined": "2016-05-04T03:02:01Z", "last_login": "2019-05-04T03:02:01Z", "is_admin": True}
    assert await take_in(client, DAN, dry_run=True) == [("done", "")]
    assert await login(client, "dan", "dan's old password") == 401
    for _ in range(2):  # as after an import that was broken off
        assert await take_in(client, {**DAN, **joined}) == [("done", "")]
    user = (await client.get("/internal/names/dan", headers=INTERNAL)).json()
    assert (user["email"], user["created_at"][:10], user["is_admin"]) == ("dan@example.com", "2016-05-04", True)
    assert await login(client, "dan", "another password") == 401
    assert await login(client, "dan", "dan's old password") == 200
    async with transaction(given.resources.sessions) as session:
        hashed = await session.scalar(text("SELECT password FROM auth.user WHERE name = 'dan'"))
    assert hashed.startswith("$argon2id$")


async def test_the_import_leaves_out_invalid_users_and_takes_the_others(
    given: Given, client: httpx.AsyncClient
) -> None:
    await given.user("amy")
    names = "Names of people have lower-case letters, digits, `_` and `-`, and some are reserved"
    assert await take_in(
        client,
        {**DAN, "name": "Dan"},
        {**DAN, "name": "team"},
        {**DAN, "email": " "},
        {**DAN, "email": "dan"},
        {**DAN, "name": "amy"},
        {**DAN, "email": "amy@example.com"},
        {**DAN, "password": "md5$x"},
        {"name": "eve", "email": "eve@example.com", "is_active": False},
    ) == [
        ("left", names),
        ("left", names),
        ("left", "They have no e-mail address"),
        ("left", "Their e-mail address is malformed"),
        ("left", "There is another account of that name here"),
        ("left", "The account amy here has their e-mail address"),
        ("done", "The hash of their password is of an unknown kind: they must reset it"),
        ("done", ""),
    ]
    assert (await client.get("/internal/names/eve", headers=INTERNAL)).json()["is_active"] is False


@pytest.mark.parametrize("email", ["john..doe@example.com", ".dan@example.com", "a@b..c", "<dan@example.com>"])
async def test_people_whose_address_takes_no_mail_are_imported_and_sign_in_with_it(
    given: Given, client: httpx.AsyncClient, email: str
) -> None:
    assert await take_in(client, {**DAN, "email": email}) == [("done", "")]
    assert await login(client, email, "dan's old password") == 200
    assert (await client.get("/internal/names/dan", headers=INTERNAL)).json()["email"] == email
    assert await given.count('"user"') == 2


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


async def sent(resources: AuthResources, mailer: FakeMailer) -> list[EmailMessage]:
    sender = MailSettings(host="mail.test", sender="quilt@example.com")
    settings = resources.settings.model_copy(update={"mail": sender})
    while await send_next_mail(replace(resources, mailer=mailer, settings=settings)):
        pass
    return mailer.sent


async def test_mails_about_packages_go_to_the_named_address_or_the_owner(
    given: Given, client: httpx.AsyncClient, resources: AuthResources, mailer: FakeMailer
) -> None:
    await given.user("amy")
    for body in (
        {"kind": "shared", "package": "amy/wine", "by": "amy", "email": "cat@example.com"},
        {"kind": "comment", "package": "amy/wine", "by": "ben"},
        {"kind": "comment", "package": "nobody/wine", "by": "ben"},
    ):
        assert (await client.post("/internal/letters", headers=INTERNAL, json=body)).status_code == 204
    shared, comment = await sent(resources, mailer)
    instance = resources.settings.instance_name
    assert (shared["To"], shared["Subject"]) == ("cat@example.com", f"amy shared data with you on {instance}")
    assert (comment["To"], comment["Subject"]) == ("amy@example.com", "New comment on amy/wine")
    for part in comment.iter_parts():
        said = part.get_content()
        assert f"{resources.settings.public.catalog_url}/package/amy/wine/comments" in said
        assert "ben" in said


async def test_mails_about_packages_are_limited_per_sender(
    client: httpx.AsyncClient, resources: AuthResources, mailer: FakeMailer
) -> None:
    for number in range(62):
        body = {"kind": "shared", "package": "amy/wine", "by": "amy", "email": f"cat{number}@example.com"}
        assert (await client.post("/internal/letters", headers=INTERNAL, json=body)).status_code == 204
    assert len(await sent(resources, mailer)) == 60


async def test_user_endpoints_of_quilt_can_be_switched_off(
    app: FastAPI, resources: AuthResources, given: Given, client: httpx.AsyncClient
) -> None:
    await given.user("amy", is_admin=True)
    token = await given.token()
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/api/users/list", headers=headers)).status_code == 200
    settings = resources.settings.model_copy(update={"user_endpoints": False})
    app.state.resources = replace(resources, settings=settings)
    for given_headers in (headers, {}):
        for method, path in (("GET", "list"), ("POST", "create"), ("POST", "disable"), ("POST", "delete")):
            answer = await client.request(method, f"/api/users/{path}", headers=given_headers, json={"username": "x"})
            assert (answer.status_code, answer.json()["message"]) == (400, "This endpoint is not enabled.")
    assert (await client.get("/api/roles", headers=headers)).status_code == 200
