"""No cache between the service and its caller may store an answer that contains a secret."""

import re
from uuid import uuid4

import httpx
from fastapi import FastAPI
from support.fakes.openid_provider import query_of
from support.worlds.auth_world import PASSWORD, Given, bearer
from support.worlds.oauth_tool import Tool, register

from shared.testing.routes import routes_of

LOGIN = {"username": "amy", "password": PASSWORD}


def is_unstorable(answer: httpx.Response) -> bool:
    return answer.headers.get_list("cache-control") == ["no-store"]


async def test_no_answer_of_any_route_may_be_stored(given: Given, app: FastAPI) -> None:
    admin = await given.admin()
    for route in sorted(routes_of(app)):
        method, _, path = route.partition(" ")
        path = re.sub(r"\{\w*id\}", str(uuid4()), path)
        path = re.sub(r"\{[^}]*\}", "nothing", path)
        for headers in ({}, admin):
            answer = await given.client.request(method, path, headers=headers)
            assert is_unstorable(answer), f"{route}: {answer.status_code} {answer.headers.get_list('cache-control')}"


async def test_answers_with_secrets_may_not_be_stored(given: Given) -> None:
    client = given.client
    await given.user("amy")
    answers = {
        "login": await client.post("/api/login", json=LOGIN),
        "session": await client.post("/api/v1/session", json=LOGIN),
        "refresh": await client.post("/api/v1/session/refresh"),
    }
    amy = bearer(answers["login"].json()["token"])
    answers["code"] = await client.get("/api/code", headers=amy)
    answers["tokens"] = await client.post("/api/token", data={"refresh_token": answers["code"].json()["code"]})
    answers["new token"] = await client.post("/api/refresh", headers=amy)
    answers["S3 credentials"] = await client.get("/api/auth/get_credentials", headers=amy)
    answers["S3 credentials again"] = await client.get("/api/auth/get_credentials", headers=amy)
    answers["API key"] = await client.post("/api/v1/keys", headers=amy, json={"name": "k"})
    tool = Tool(client, (await register(client)).json()["client_id"])
    answers["approval"] = await client.post("/api/connect/authorize", headers=amy, json=tool.query())
    answers["tool's tokens"] = await tool.exchange(query_of(answers["approval"].json()["redirect_uri"])["code"])
    answers["second factor"] = await client.post(
        "/api/v1/accounts/me/second-factor", headers=amy, json={"password": PASSWORD}
    )
    for name, answer in answers.items():
        assert answer.is_success, f"{name}: {answer.text}"
        assert is_unstorable(answer), name
