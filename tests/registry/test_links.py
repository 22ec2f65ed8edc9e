"""Links to the files of a revision: by tickets or signed by the store, in each format, and what is refused before the first."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest
from fastapi import FastAPI
from support.data.manifests import HELLO, entry
from support.worlds.registry_world import RegistryWorld, problem

from registry.main import install_resources
from registry.resources import RegistryResources
from shared import tickets
from shared.audit import AuditQueue
from shared.rates import RequestRates
from shared.schemas.audit import AuditEvent
from shared.schemas.link import MAX_LINKS
from shared.schemas.principal import Level
from shared.settings import RateSettings
from shared.testing.auth import ISSUER, FakeAuth

DIGEST = "ab" * 32
METALINK = "{urn:ietf:params:xml:ns:metalink}"


def stored(world: RegistryWorld, path: str, **more: Any) -> dict[str, Any]:
    return entry(path, at=f"s3://{world.bucket}/{path.replace('#', '%23')}?versionId=v1", **more)


@pytest.fixture
async def wine(world: RegistryWorld) -> str:
    """The top hash of a package with files in folders."""
    whole = {**stored(world, "data/b.csv", size=7), "hash": {"type": "SHA256", "value": DIGEST}}
    return await world.package("amy/wine", stored(world, "README.md"), whole, stored(world, "data/a b#é.csv"))


async def ask(world: RegistryWorld, caller: str | dict[str, str] = "reader", /, **wanted: Any) -> httpx.Response:
    revision = wanted.pop("revision", "latest")
    package = wanted.pop("package", "amy/wine")
    return await world.client.post(
        f"/api/v1/buckets/{world.bucket}/packages/{package}/revisions/{revision}/links",
        headers=world.headers(caller) if isinstance(caller, str) else caller,
        json=wanted,
    )


async def links(world: RegistryWorld, **wanted: Any) -> Any:
    answer = await ask(world, **wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_each_link_reads_its_own_file_and_no_other(world: RegistryWorld, wine: str) -> None:
    made = await links(world)
    assert {name: made[name] for name in ("bucket", "package", "top_hash", "revocable", "entries", "bytes")} == {
        "bucket": world.bucket,
        "package": "amy/wine",
        "top_hash": wine,
        "revocable": True,
        "entries": 3,
        "bytes": 17,
    }
    assert [each["path"] for each in made["items"]] == ["README.md", "data/a b#é.csv", "data/b.csv"]
    assert made["items"][0]["hash"] == {"type": "sha2-256-chunked", "value": HELLO}
    urls = [urlsplit(each["url"]) for each in made["items"]]
    shown = [parse_qs(url.query)["ticket"][0] for url in urls]
    key = (await world.auth.keys())[0]
    for url, ticket, item in zip(urls, shown, made["items"], strict=True):
        assert f"{url.scheme}://{url.netloc}" == "http://proxy.test"
        assert unquote(url.path) == f"/-/file/{world.bucket}/amy/wine/{wine}/{item['path']}"
        claims = tickets.verify(ticket, key, issuer=ISSUER)
        assert [claims.permits(ticket, other.path, []) for other in urls] == [other == url for other in urls]
        assert not claims.permits(ticket, url.path, [("download", "1")])
    lives = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(seconds=3_500) < lives <= timedelta(seconds=3_600)
    assert "until your session ends" in made["notice"]


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        ({"path": "data"}, ["data/a b#é.csv", "data/b.csv"]),
        ({"path": "data/b.csv"}, ["data/b.csv"]),
        ({"paths": ["data/b.csv", "README.md", "data/b.csv"]}, ["README.md", "data/b.csv"]),
        ({"paths": ["data/", "data/b.csv"]}, ["data/a b#é.csv", "data/b.csv"]),
    ],
)
@pytest.mark.usefixtures("wine")
async def test_a_folder_or_chosen_paths_are_linked_each_once(
    world: RegistryWorld, wanted: dict[str, Any], paths: list[str]
) -> None:
    assert [each["path"] for each in (await links(world, **wanted))["items"]] == paths


async def test_json_lines_say_of_each_link_when_it_ends(world: RegistryWorld, wine: str) -> None:
    answer = await ask(world, format="jsonl", seconds=60)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == f'attachment; filename="wine-{wine[:8]}.jsonl"'
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["path"] for each in lines] == ["README.md", "data/a b#é.csv", "data/b.csv"]
    assert {each["revocable"] for each in lines} == {True}
    assert datetime.fromisoformat(lines[0]["expires_at"]) <= datetime.now(UTC) + timedelta(seconds=60)


@pytest.mark.usefixtures("wine")
async def test_aria2_is_given_names_and_the_hashes_that_it_can_check(world: RegistryWorld) -> None:
    lines = (await ask(world, format="aria2")).text.splitlines()
    assert all(line.startswith("# ") for line in lines[:2])
    assert [line for line in lines if line.startswith(" ")] == [
        "  out=README.md",
        "  out=data/a b#é.csv",
        "  out=data/b.csv",
        f"  checksum=sha-256={DIGEST}",
    ]
    assert sum(line.startswith("http://proxy.test/-/file/") for line in lines) == 3


@pytest.mark.usefixtures("wine")
async def test_wget_is_given_addresses_alone(world: RegistryWorld) -> None:
    lines = (await ask(world, format="wget")).text.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("http://proxy.test/-/file/") for line in lines)


@pytest.mark.usefixtures("wine")
async def test_metalink_states_sizes_and_plain_hashes(world: RegistryWorld) -> None:
    await world.package("amy/marks", stored(world, '<a> & "b".txt'))
    answer = await ask(world, format="metalink")
    assert answer.headers["content-type"] == "application/metalink4+xml"
    found = [
        (file.get("name"), file.findtext(f"{METALINK}size"), file.findtext(f"{METALINK}hash"))
        for file in ET.fromstring(answer.text).findall(f"{METALINK}file")  # noqa: S314 – our own text
    ]
    assert found == [("README.md", "5", None), ("data/a b#é.csv", "5", None), ("data/b.csv", "7", DIGEST)]
    marks = await ask(world, package="amy/marks", format="metalink")
    (file,) = ET.fromstring(marks.text).findall(f"{METALINK}file")  # noqa: S314 – our own text
    assert file.get("name") == '<a> & "b".txt'


async def test_a_hash_that_is_none_is_not_written_into_a_list(world: RegistryWorld) -> None:
    broken = {**stored(world, "a.txt"), "hash": {"type": "SHA256", "value": f"{DIGEST}\n  out=../../x"}}
    await world.package("amy/wine", broken)
    assert "../" not in (await ask(world, format="aria2")).text
    assert ".." not in (await ask(world, format="metalink")).text


@pytest.mark.parametrize("format_", ["aria2", "wget", "metalink"])
@pytest.mark.parametrize("name", ["a\n  out=b", "a\x7f.txt", "..\\..\\a.txt", "C:/a.txt", "a ", "a\u2028b", "\x01"])
async def test_names_that_a_program_could_misread_are_refused_before_the_first_line(
    world: RegistryWorld, name: str, format_: str
) -> None:
    await world.package("amy/wine", stored(world, "good.txt"), entry(name, at=f"s3://{world.bucket}/k?versionId=v1"))
    answer = await ask(world, format=format_)
    assert problem(answer)[0] == 409
    assert (answer.json()["type"], [each["path"] for each in answer.json()["errors"]]) == (
        "/problems/names_unsafe",
        [name],
    )
    for safe in ("json", "jsonl"):
        text = (await ask(world, format=safe)).text
        assert name in {each["path"] for each in map(json.loads, text.splitlines()) if "path" in each} | {
            item["path"] for each in map(json.loads, text.splitlines()) for item in each.get("items", ())
        }


async def test_links_of_the_store_are_signed_with_the_callers_credentials_and_say_that_they_stay(
    world: RegistryWorld, wine: str, auth_up: FakeAuth
) -> None:
    auth_up.s3_lifetime = timedelta(minutes=20)
    try:
        made = await links(world, revocable=False)
    finally:
        auth_up.s3_lifetime = timedelta(hours=1)
    assert (made["revocable"], made["top_hash"]) == (False, wine)
    assert "cannot be withdrawn" in made["notice"]
    lives = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=19) < lives <= timedelta(minutes=20)
    url = urlsplit(made["items"][1]["url"])
    assert (url.netloc, unquote(url.path)) == (f"{world.bucket}.s3.eu-central-1.amazonaws.com", "/data/a b#é.csv")
    named = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (named["versionId"], named["X-Amz-Security-Token"], named["X-Amz-SignedHeaders"]) == (
        "v1",
        "session",
        "host",
    )
    assert 19 * 60 <= int(named["X-Amz-Expires"]) <= 20 * 60
    assert "until your session ends" not in (await ask(world, revocable=False, format="aria2")).text


async def test_credentials_that_are_about_to_expire_sign_no_links(
    world: RegistryWorld, wine: str, auth_up: FakeAuth
) -> None:
    assert wine
    auth_up.s3_lifetime = timedelta(seconds=30)
    try:
        answer = await ask(world, revocable=False)
    finally:
        auth_up.s3_lifetime = timedelta(hours=1)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/store_links_refused")


async def test_files_in_buckets_that_the_caller_may_not_read_are_named_and_nothing_is_linked(
    world: RegistryWorld,
) -> None:
    foreign = [entry(f"{number:02}.txt", at=f"s3://other/{number}?versionId=v1") for number in range(12)]
    local = entry("local.txt", at="file:///home/amy/local.txt")
    await world.package("amy/wine", stored(world, "README.md"), *foreign, local)
    answer = await ask(world)
    assert problem(answer) == (
        409,
        "00.txt: Its object is in the bucket other, which you may not read, and 12 more",
    )
    assert [each["path"] for each in answer.json()["errors"]] == [f"{number:02}.txt" for number in range(10)]
    assert (await links(world, path="README.md"))["entries"] == 1
    (reason,) = (await ask(world, path="local.txt")).json()["errors"]
    assert reason == {"path": "local.txt", "message": "It is not in S3: it stayed where the package was built"}
    # Neither is a bucket that the caller's role names and that is not registered.
    role = world.caller({world.bucket: Level.READ, "other": Level.READ})
    assert (await ask(world, role)).status_code == 409
    await world.registered("other")
    assert (await ask(world, role, paths=["README.md", "00.txt"])).status_code == 200


@pytest.mark.parametrize("caller", ["stranger", "admin-without-role"])
@pytest.mark.usefixtures("wine")
async def test_who_may_not_read_the_package_is_answered_as_if_there_were_none(
    world: RegistryWorld, caller: str
) -> None:
    who = world.headers("stranger") if caller == "stranger" else world.caller({}, is_admin=True)
    hidden, missing = await ask(world, who), await ask(world, who, package="amy/none")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.json()["detail"] == missing.json()["detail"] == f"No bucket {world.bucket}"


@pytest.mark.usefixtures("wine")
async def test_a_path_or_a_revision_that_is_not_there_is_named(world: RegistryWorld) -> None:
    assert problem(await ask(world, paths=["data", "none.txt"])) == (
        404,
        "There is nothing at none.txt in this revision",
    )
    assert (await ask(world, revision="12345678")).status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {"path": "a", "paths": ["b"]},
        {"paths": []},
        {"seconds": 3_601},
        {"seconds": 0},
        {"format": "csv"},
        {"paths": ["a"] * (MAX_LINKS + 1)},
        {"method": "PUT"},
    ],
)
async def test_requests_for_other_links_are_malformed(world: RegistryWorld, wanted: dict[str, Any]) -> None:
    assert (await ask(world, **wanted)).status_code == 422


async def test_more_files_than_one_answer_holds_are_refused_with_what_to_do(world: RegistryWorld) -> None:
    files = [
        entry(f"{number % 2}/{number}", at=f"s3://{world.bucket}/k?versionId=v1") for number in range(MAX_LINKS + 2)
    ]
    await world.package("amy/wine", *sorted(files, key=lambda each: each["logical_key"].split("/")))
    for wanted in ({}, {"paths": ["0", "1"]}):
        answer = await ask(world, **wanted)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too_many_links")
        assert "archive" in answer.json()["detail"]
    assert (await links(world, path="0"))["entries"] == MAX_LINKS // 2 + 1


async def test_links_are_audited_once_with_their_number(
    world: RegistryWorld, wine: str, app: FastAPI, resources: RegistryResources
) -> None:
    sent: list[AuditEvent] = []

    async def send(events: list[AuditEvent]) -> None:
        sent.extend(events)

    trail = AuditQueue("registry", send)
    install_resources(app, replace(resources, trail=trail), app.state.principals)
    await links(world, path="data")
    await ask(world, path="none")
    await ask(world, revocable=False)
    await trail.flush()
    assert [(each.action, each.target, each.details["files"], each.details["revocable"]) for each in sent] == [
        ("Packages.Link", f"package:{world.bucket}/amy/wine@{wine}", 2, True),
        ("Packages.Link", f"package:{world.bucket}/amy/wine@{wine}", 3, False),
    ]
    assert (sent[0].caller.user, sent[0].details["bytes"]) == ("amy", 12)


async def test_links_are_charged_by_their_number(world: RegistryWorld, wine: str, app: FastAPI) -> None:
    assert wine
    app.state.rates = RequestRates(RateSettings(user_per_second=0.001, user_burst=2))
    assert (await ask(world)).status_code == 200
    refused = await ask(world)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/rate_exceeded")


async def test_a_session_that_has_ended_makes_no_links(world: RegistryWorld, wine: str) -> None:
    headers = world.caller({world.bucket: Level.READ})
    assert (await ask(world, headers)).status_code == 200
    world.auth.revoke(headers["Authorization"].removeprefix("Bearer "))
    assert (await ask(world, headers)).status_code == 401
    assert wine
