"""Every route of every service, called by everybody, against the table that says what each may (contract/access.toml)."""

import re
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from itertools import chain
from typing import Any
from uuid import uuid4

import aioboto3
import httpx
import pytest
from aiobotocore.config import AioConfig
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from support.data.manifests import entry, manifest
from support.worlds.oauth_tool import Tool, register
from support.worlds.system import HTTP, ROOT, Api, System, eventually

from localrun.credentials import SystemSecrets
from localrun.system import SERVICES

TABLE = tomllib.loads((ROOT / "tests" / "contract" / "access.toml").read_text())
CALLERS: list[str] = TABLE["callers"]
CREDENTIALS: dict[str, dict[str, Any]] = TABLE["credentials"]
ONLY_PEOPLE = set(TABLE["only-people"]["auth"])
BUCKET, ELSEWHERE = "access-private", "access-elsewhere"
VICTIM, PASSWORD = "access-victim", "correct horse battery"
REFUSALS = {"401", "403", "404"}
THROUGH_FRONT = {"anonymous", "writer"}
"""Callers whose requests go through the front, which treats all alike."""
EMPTY = "3e659fce4c878d0ad00f6df85ca1aef2aa1bcef25137f030312f01f39d256a82"
"""The hash of a package of Quilt 2 with nothing in it."""
PACKAGE, DELETED = "access/data", "access/deleted"
TABLE_CONFIG = (
    "{schema: [{name: gene, type: STRING}], parser: {format: parquet}, "
    "source: {type: quilt-packages, package_name: a, logical_key: b}}"
)


@dataclass(frozen=True)
class Row:
    service: str
    route: str
    expected: tuple[str, ...]
    """Status for each of `CALLERS`."""

    @property
    def is_internal(self) -> bool:
        return " /internal/" in self.route or " /health/" in self.route


def rows() -> Iterator[Row]:
    for service in SERVICES:
        for policy, routes in TABLE[service].items():
            statuses = TABLE["policies"][policy].split()
            assert len(statuses) == len(CALLERS), policy
            for route, ok in routes.items():
                yield Row(service, route, tuple(str(ok) if each == "ok" else each for each in statuses))


_LAST = TABLE["auth"]["own-token"] | TABLE["auth"]["any-token"]
ROWS = sorted(rows(), key=lambda row: (row.route in _LAST, row.service != "s3proxy"))
"""In the table's order, but files before their bucket is deleted, and what ends sessions last."""


@dataclass
class Scene:
    """A bucket, a package and a person's own things, and everybody who would like to have them."""

    system: System
    inner: dict[str, str]
    http: httpx.Client
    """Keeps its connections: here are many requests."""
    tokens: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        for name, value in self.things.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def ask(self, row: Row, caller: str) -> httpx.Response:
        method, _, path = row.route.partition(" ")
        path = (
            path.replace("{rest:path}", "x")
            .replace("{author}/{name}", DELETED if method == "DELETE" and path.endswith("{name}") else PACKAGE)
            .replace("/users/{name}", f"/users/{VICTIM}")
            .replace("{owner}/{name}", "access-writer/data")
            .replace("{owner}", "access-writer")
            .replace("{path:path}", "a/b")
        )
        base = self.system.s3proxy if row.service == "s3proxy" else self.system.registry
        is_direct = row.is_internal or row.service == "indexer" or caller not in THROUGH_FRONT
        url = (self.inner[row.service] if is_direct else base) + self.fill(path)
        if query := TABLE["queries"].get(row.route):
            url += "?" + self.fill(query)
        body = None if method in {"GET", "DELETE"} else self.fill(TABLE["bodies"].get(row.route, "{}"))
        headers = {"Authorization": f"Bearer {self.tokens[caller]}"} if caller in self.tokens else {}
        return self.http.request(method, url, content=body, headers={**headers, "Content-Type": "application/json"})


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as http:
        yield http


@pytest.fixture(scope="module")
async def scene(system: System, http: httpx.Client) -> Scene:
    inner = system.inner
    made = Scene(system, {service: inner.inner_url(service) for service in SERVICES}, http)
    root = system.sign_in()
    for bucket in (BUCKET, ELSEWHERE):
        assert root.request("POST", "/api/v1/buckets", json={"name": bucket}).status_code == 201
    for role, permissions in {
        "access-readers": {BUCKET: "READ"},
        "access-writers": {BUCKET: "READ_WRITE"},
        "access-elsewhere": {ELSEWHERE: "READ_WRITE"},
        "access-spare": {BUCKET: "READ_WRITE"},
    }.items():
        answer = root.request("POST", "/api/v1/admin/roles", json={"name": role, "permissions": permissions})
        made.things |= {"role": answer.json()["id"], "role_id": answer.json()["id"]}
        made.things["policy_id"] = answer.json()["policies"][0]["id"]
    people = {
        "roleless": [],
        "stranger": ["access-elsewhere"],
        "reader": ["access-readers"],
        "disabled": ["access-writers"],
        "revoked": ["access-writers"],
        "writer": ["access-writers"],
        "admin": ["access-elsewhere"],
        "victim": ["access-writers"],
    }
    apis: dict[str, Api] = {}
    for who, roles in people.items():
        name = f"access-{who}"
        new = {"name": name, "email": f"{name}@example.com", "password": PASSWORD, "roles": roles}
        answer = root.request("POST", "/api/v1/admin/users", json={**new, "is_admin": who == "admin"})
        assert answer.status_code == 201, answer.text
        apis[who] = system.sign_in(name, PASSWORD)
        made.tokens[who] = apis[who].token
    await _furnish(made, apis)
    key = apis["revoked"].request("POST", "/api/v1/keys", json={"name": "k"}).json()
    made.tokens["revoked"] = key["secret"]
    assert Api(system.registry, key["secret"]).get("/api/v1/buckets")["items"]
    assert apis["revoked"].request("DELETE", f"/api/v1/keys/{key['api_key']['id']}").status_code == 204
    assert root.request("POST", "/api/v1/admin/users/access-disabled/disable").status_code == 200
    await _connect_machines(made, apis)
    for who in ("disabled", "revoked"):
        gone = Api(system.registry, made.tokens[who])
        eventually(lambda gone=gone: gone.request("GET", "/api/v1/buckets").status_code == 401, 10)
    return made


async def _connect_machines(made: Scene, apis: dict[str, Api]) -> None:
    """Sign in with the other kinds of credentials."""
    writer, admin = apis["writer"], apis["admin"]
    for name, owner, options in (
        ("key", writer, {}),
        ("administrators-key", admin, {}),
        ("administering-key", admin, {"may_administer": True}),
    ):
        answer = owner.request("POST", "/api/v1/keys", json={"name": name, **options})
        assert answer.status_code == 201, answer.text
        made.tokens[name] = answer.json()["secret"]
    async with httpx.AsyncClient(base_url=made.system.registry) as client:
        for name, owner in (("tool", writer), ("administrators-tool", admin)):
            tool = Tool(client, (await register(client)).json()["client_id"])
            code = await tool.code({"Authorization": f"Bearer {owner.token}"}, resource=None)
            made.tokens[name] = (await tool.exchange(code)).json()["access_token"]
        page = await client.post(
            "/api/v1/session",
            json={"username": "access-writer", "password": PASSWORD},
            headers={"Origin": made.system.catalog},
        )
        made.tokens["browser"] = page.json()["token"]
    assert made.tokens.keys() == {*CALLERS, *CREDENTIALS, "victim"} - {"anonymous"}


async def _furnish(made: Scene, apis: dict[str, Api]) -> None:
    """Things that belong to the writer: a package, a key, a second session and a job."""
    writer, system = apis["writer"], made.system
    vended = writer.get("/api/auth/get_credentials")
    keys = (vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])
    config = AioConfig(s3={"addressing_style": "path"})
    wine = b"variety,price\nriesling,12\n"
    top_hash, body = manifest(entry("a.csv"), entry("a/b", at=f"s3://{BUCKET}/wine.csv", size=len(wine)))
    session = aioboto3.Session(*keys, region_name="us-east-1")
    async with session.client("s3", endpoint_url=system.s3, config=config) as s3:
        await s3.put_object(Bucket=BUCKET, Key="wine.csv", Body=wine)
        await s3.put_object(Bucket=BUCKET, Key=f".quilt/packages/{top_hash}", Body=body)
        for package in (PACKAGE, DELETED):
            for tag in ("latest", "1700000000"):
                key = f".quilt/named_packages/{package}/{tag}"
                await s3.put_object(Bucket=BUCKET, Key=key, Body=top_hash.encode())
    for package in (PACKAGE, DELETED):
        latest = f"/api/v1/buckets/{BUCKET}/packages/{package}/revisions/latest"
        eventually(lambda latest=latest: writer.request("GET", latest).status_code == 200)
    own = writer.request("POST", "/api/v1/keys", json={"name": "own"}).json()["api_key"]
    system.sign_in("access-writer", PASSWORD)
    sessions = writer.get("/api/v1/sessions")["items"]
    second = next(each["id"] for each in sessions if not each.get("is_current"))
    job = writer.request(
        "POST", f"/api/v1/buckets/{BUCKET}/packages/access/made/revisions", json={"message": "m", "entries": []}
    )
    browsing = writer.request(
        "POST",
        f"/api/v1/buckets/{BUCKET}/packages/{PACKAGE}/revisions/latest/browsing-sessions",
        json={"seconds": 3600},
    ).json()
    query = writer.request("POST", "/api/v1/queries", json={"sql": "SELECT 1 AS a"}).json()
    saved = writer.request("POST", "/api/v1/saved-queries", json={"name": "n", "sql": "SELECT 1"}).json()
    eventually(lambda: writer.get(f"/api/v1/queries/{query['id']}")["state"] == "done")
    first = {"contents": {"type": "ROOT", "children": {}}, "description": "", "sizes": {}}
    assert writer.request("PUT", f"/api/package/access-writer/data/{EMPTY}", json=first).status_code == 200
    assert writer.request("PUT", "/api/tag/access-writer/data/latest", json={"hash": EMPTY}).status_code == 200
    made.things |= {
        "package_hash": EMPTY,
        "tag": "latest",
        "version": "1.0",
        "kind": "push",
        "user": "access-reader",
        "bucket": BUCKET,
        "revision": top_hash,
        "file": f"{top_hash}.tar",
        "key_id": own["id"],
        "session_id": second,
        "browsing_id": browsing["id"],
        "query_id": query["id"],
        "saved_query_id": saved["id"],
        "job_id": job.json().get("id", str(uuid4())),
        "listener": str(uuid4()),
        "invitation_id": str(uuid4()),
        "user_id": writer.get("/api/me").get("id", str(uuid4())),
        "access_key_id": keys[0],
        "victim": VICTIM,
        "link": "nonsense",
        "asset": "start.js",
        "table": "genes",
        "table_config": TABLE_CONFIG,
    }


def test_every_caller_gets_the_status_in_the_access_table(scene: Scene) -> None:
    ask = partial(differences, scene)
    with ThreadPoolExecutor(8) as threads:
        # Who is refused changes nothing. All others are in order: they act, and the last ones end what they act on.
        refused = [each for row in ROWS for each in questions(row) if each.is_refused]
        wrong = list(chain.from_iterable(threads.map(ask, refused)))
        for row in ROWS:
            left = [each for each in questions(row) if not each.is_refused]
            # Requests that read the same may come at the same time.
            each_of = threads.map if row.route.startswith("GET ") and row.route not in _LAST else map
            wrong += chain.from_iterable(each_of(ask, left))
    assert not wrong, "\n" + "\n".join(wrong)


@dataclass(frozen=True)
class Question:
    """One request of the walk."""

    row: Row
    holder: str
    """One of `CALLERS` or of CREDENTIALS."""
    expected: str
    is_exact: bool
    """Any status is compared; else only that of a refusal is."""

    @property
    def is_refused(self) -> bool:
        """Refused for who asks, whatever is there."""
        return self.expected in {"401", "403"} and self.row.route not in _LAST


def questions(row: Row) -> list[Question]:
    by_callers = [Question(row, each, row.expected[CALLERS.index(each)], True) for each in callers_of(row)]
    by_credentials = [Question(row, each, expected_with(row, each), False) for each in with_credentials(row)]
    return by_credentials + by_callers if row.route in _LAST else by_callers + by_credentials


def callers_of(row: Row) -> list[str]:
    """Nobody's token counts at an internal route, whoever has it."""
    return ["anonymous", "writer", "admin"] if row.is_internal else CALLERS


def with_credentials(row: Row) -> list[str]:
    """`auth` has a test of its own that calls every route with each kind of credential (test_credential_kinds)."""
    if row.is_internal or row.service not in {"auth", "registry", "s3proxy"}:
        return []
    left_out = {"browser"} if row.route in _LAST else set()
    if row.service == "auth" and row.route not in _LAST and row.route not in TABLE["without-session"]:
        left_out = {name for name, credential in CREDENTIALS.items() if credential["is_machine"]}
    return sorted(CREDENTIALS.keys() - left_out)


def expected_with(row: Row, name: str) -> str:
    """Status of the row's request with one of CREDENTIALS."""
    credential = CREDENTIALS[name]
    if name in TABLE["without-session"].get(row.route, []):
        return "401"
    if credential["is_machine"] and row.route in ONLY_PEOPLE:
        return "403"
    return row.expected[CALLERS.index(credential["as"])]


def differences(scene: Scene, asked: Question) -> list[str]:
    """The answer, if it differs from the table."""
    row, holder, expected = asked.row, asked.holder, asked.expected
    answer = scene.ask(row, holder)
    status = str(answer.status_code)
    is_as_expected = status == expected if asked.is_exact or expected in REFUSALS else status not in {"401", "403"}
    said = f"{row.service} {row.route} as {holder}: {status}, not {expected}: {answer.text[:200]}"
    return ([] if is_as_expected else [said]) + wrong_policy(row, holder, answer)


def wrong_policy(row: Row, caller: str, answer: httpx.Response) -> list[str]:
    """The answer, if its policy for caches is not the one in the table."""
    if row.service not in {"auth", "registry"}:
        return []
    found = answer.headers.get_list("cache-control")
    expected = TABLE["cached"].get(row.route, "no-store") if answer.status_code == 200 else "no-store"
    return [] if found == [expected] else [f"{row.service} {row.route} as {caller}: Cache-Control {found}"]


@pytest.mark.parametrize("service", ["s3proxy", "indexer"])
def test_the_running_services_that_face_objects_cannot_administer(scene: Scene, service: str) -> None:
    secrets = SystemSecrets.of(scene.system.data)
    headers = {"Authorization": f"Bearer {getattr(secrets, f'{service}_token')}"}
    user = scene.things["user_id"]
    for method, path in (
        ("POST", f"/internal/users/{user}/keys"),
        ("PUT", f"/internal/users/{user}/role"),
        ("GET", "/internal/admin/users"),
        ("POST", "/internal/credentials"),
    ):
        answer = scene.http.request(method, scene.inner["auth"] + path, headers=headers, json={"name": "k"})
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not_for_this_service"), path
    assert scene.http.get(scene.inner["registry"] + "/internal/buckets", headers=headers).status_code == 200


def test_internal_routes_are_not_found_from_outside(scene: Scene) -> None:
    for row in ROWS:
        if " /internal/" in row.route:
            method, _, path = row.route.partition(" ")
            path = re.sub(r"\{\w+\}", "x", path)
            for base in (scene.system.registry, scene.system.catalog):
                assert HTTP.request(method, base + path).status_code == 404, row.route


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_is_in_the_access_table(scene: Scene, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in scene.system.inner.environment(service).items():
        monkeypatch.setenv(name, value)
    app: Any = import_module(f"{service}.main").create_app()
    assert routes_of(app) == {row.route for row in ROWS if row.service == service}


def routes_of(app: FastAPI) -> set[str]:
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in route.methods or ()
    }
