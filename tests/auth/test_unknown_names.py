"""Answers do not tell who has an account. Sign-up is the exception: a name can be taken by one person only."""

import httpx
import pytest
from fastapi import FastAPI
from support.faults.unknown_names import answer_without_name, routes_that_name_people
from support.worlds.auth_world import Given

KNOWN, UNKNOWN = "bob", "nob"


@pytest.mark.parametrize("who", ["amy", None], ids=["another user", "nobody who has signed in"])
async def test_no_route_with_a_name_tells_others_than_administrators_who_has_an_account(
    given: Given, app: FastAPI, client: httpx.AsyncClient, who: str | None
) -> None:
    await given.user(KNOWN)
    headers: dict[str, str] = {}
    if who:
        headers = await given.caller(who)
    walked = list(routes_that_name_people(app))
    assert len(walked) > 10, "the walk is broken"
    for route in walked:
        known, unknown = [await answer_without_name(client, route, name, headers, {}) for name in (KNOWN, UNKNOWN)]
        assert known == unknown, route


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/login", {"username": "NAME", "password": "wrong password"}),
        ("/api/login", {"username": "NAME@example.com", "password": "wrong password"}),
        ("/api/v1/session", {"username": "NAME", "password": "wrong password"}),
        ("/api/v1/session", {"username": "NAME@example.com", "password": "wrong password"}),
        ("/api/reset_password", {"email": "NAME@example.com"}),
        ("/api/v1/accounts/reset", {"email": "NAME@example.com"}),
    ],
)
async def test_no_public_route_with_a_name_in_its_body_tells_who_has_an_account(
    given: Given, client: httpx.AsyncClient, path: str, body: dict[str, str]
) -> None:
    await given.user(KNOWN)
    answers = []
    for name in (KNOWN, UNKNOWN):
        sent = {field: value.replace("NAME", name) for field, value in body.items()}
        answer = await client.post(path, json=sent, headers={"Origin": "http://catalog.test"})
        answers.append((answer.status_code, answer.text.replace(name, "NAME")))
    assert answers[0] == answers[1]
    assert answers[0][0] in {200, 202, 401}
