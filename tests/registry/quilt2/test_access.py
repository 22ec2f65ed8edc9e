"""Packages of Quilt 2 in the routes of other packages: their readers see them, roles make no difference."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
import pytest
from support.data.manifests import entry
from support.worlds.quilt2_world import H1, Quilt2World, file, root
from support.worlds.registry_world import INTERNAL, RegistryWorld

from registry.services.pushes.publishing import read_pointer
from registry.settings import Quilt2Settings
from shared.object_urls import ObjectUrls, name_in, secret_of
from shared.schemas.principal import Level
from shared.testing.auth import FakeAuth
from shared.testing.objects import FakeObjectStore

README = b"Notes on quinces."
KINDS = {
    "amy/secret": (),
    "amy/shared": ("bob",),
    "amy/team": ("team",),
    "amy/open": ("public",),
}
TODAYS = "carl/today"
"""A package pushed by quilt3."""
SEEN = {
    "amy": {"amy/secret", "amy/shared", "amy/team", "amy/open"},
    "bob": {"amy/shared", "amy/team", "amy/open"},
    "everywhere": {"amy/team", "amy/open"},
    "named": {"amy/team", "amy/open", TODAYS},
    "admin": {"amy/team", "amy/open"},
}


@dataclass
class Shop:
    """The bucket of Quilt 2's packages, and its callers."""

    world: RegistryWorld
    callers: Mapping[str, Mapping[str, str]]
    hashes: Mapping[str, str]
    """Top hashes by package."""

    @property
    def bucket(self) -> str:
        return self.world.bucket

    async def ask(self, who: str, path: str, /, **params: Any) -> httpx.Response:
        return await self.world.client.get(path, params=params or None, headers=dict(self.callers[who]))

    async def get(self, who: str, path: str, /, **params: Any) -> Any:
        answer = await self.ask(who, path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def graphql(self, who: str, query: str) -> Any:
        answer = await self.world.client.post("/graphql", json={"query": query}, headers=dict(self.callers[who]))
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]


@pytest.fixture
def bucket() -> str:
    return f"package-{uuid4().hex[:12]}"


@pytest.fixture
def quilt2(bucket: str) -> Quilt2Settings:
    return Quilt2Settings(bucket=bucket, anonymous=True, team=True)


@pytest.fixture
def objects(bucket: str) -> FakeObjectStore:
    return FakeObjectStore(bucket)


@pytest.fixture
async def shop(
    *, bucket: str, registry: Quilt2World, given: RegistryWorld, auth: FakeAuth, objects: FakeObjectStore
) -> Shop:
    given.bucket = bucket
    await given.registered(bucket)
    await objects.put(bucket, f"objs/amy/{H1}", README)
    await registry.get("bob", "profile")
    for name, users in KINDS.items():
        await registry.latest(root(README=file(H1), **{name.partition("/")[2]: file(H1)}), name=name)
        for user in users:
            assert (await registry.ask("amy", "PUT", f"access/{name}/{user}")).status_code == 200
    await given.package(TODAYS, entry("quince.csv"), message="quinces of today")
    keys = [found.key async for page in objects.list(bucket, prefix="") for found in page]
    await given.look(bucket, *keys)

    def signed_in(name: str, permissions: dict[str, Level], **more: Any) -> Mapping[str, str]:
        token = auth.token_for(name, permissions, apart={bucket}, **more)
        return {"Authorization": f"Bearer {token}"}

    callers = {
        "amy": registry.of("amy"),
        "bob": registry.of("bob"),
        "everywhere": signed_in("everywhere", {"*": Level.READ_WRITE}),
        "named": signed_in("named", {bucket: Level.READ}),
        "admin": signed_in("root", {"*": Level.READ_WRITE}, is_admin=True),
    }
    hashes = {}
    for name in (*KINDS, TODAYS):
        held = await read_pointer(objects, bucket, f".quilt/named_packages/{name}/latest")
        hashes[name] = held[1] if held else ""
    return Shop(given, callers, hashes)


async def test_lists_and_searches_show_only_packages_the_caller_may_read(shop: Shop) -> None:
    for who in SEEN:
        await _require_listed(shop, who)


async def _require_listed(shop: Shop, who: str) -> None:
    bucket, seen = shop.bucket, SEEN[who]
    listed = await shop.get(who, f"/api/v1/buckets/{bucket}/packages")
    assert {each["name"] for each in listed["items"]} == seen
    part = await shop.get(who, f"/api/v1/buckets/{bucket}/packages", prefix="amy/s", limit=1)
    assert {each["name"] for each in part["items"]} <= seen

    for query in ("", "quinces"):
        found = await shop.get(who, "/api/v1/search", q=query, bucket=bucket, kind="package")
        assert ({each["name"] for each in found["items"]}, found["total"]) == (seen, len(seen))
    objects = await shop.get(who, "/api/v1/search", bucket=bucket, kind="object")
    assert bool(objects["total"]) is (who == "named")

    for index in ("_all", f"{bucket},{bucket}_packages", f"{bucket}*"):
        answer = await shop.get(who, "/api/search", index=index, query="ptr_name:*")
        hits = answer["hits"]["hits"]
        assert {each["_source"]["ptr_name"] for each in hits if each["_index"].startswith(bucket)} == seen
    packages = await shop.get(who, "/api/search", action="packages", index=f"{bucket}_packages")
    assert len(packages["hits"]["hits"]) == len(seen)

    answer = await shop.graphql(
        who,
        f'{{ packages(bucket: "{bucket}") {{ total page(number: 1, perPage: 30) {{ name }} }}'
        f' searchPackages(buckets: ["{bucket}"], searchString: "quinces") {{ ... on PackagesSearchResultSet'
        " { total firstPage { ... on PackagesSearchResultSetPage { hits { name } } } } } }",
    )
    assert answer["packages"]["total"] == len(seen)
    assert {each["name"] for each in answer["packages"]["page"]} == seen
    assert answer["searchPackages"]["total"] == len(seen)
    assert {each["name"] for each in answer["searchPackages"]["firstPage"]["hits"]} == seen


async def test_a_package_answers_404_to_everybody_but_its_readers(shop: Shop) -> None:
    for who in SEEN:
        await _require_there(shop, who)


async def _require_there(shop: Shop, who: str) -> None:
    bucket = shop.bucket
    for name in (*KINDS, TODAYS):
        base, expected = f"/api/v1/buckets/{bucket}/packages/{name}", 200 if name in SEEN[who] else 404
        top_hash = shop.hashes[name]
        asked: list[tuple[str, dict[str, str]]] = [
            ("", {}),
            ("/revisions", {}),
            *((f"/revisions/{reference}", {}) for reference in ("latest", top_hash, top_hash[:8])),
            *((f"/revisions/{reference}/entries", {}) for reference in ("latest", top_hash)),
            ("/revisions/latest/entry", {"path": "quince.csv" if name == TODAYS else "README"}),
            ("/revisions/latest/diff", {}),
            ("/revisions/latest/diff.jsonl", {}),
        ]
        for path, params in asked:
            answer = await shop.ask(who, base + path, **params)
            assert answer.status_code == expected, (name, path, answer.text)
            assert expected == 200 or top_hash not in answer.text
        uri = f"quilt+s3://{bucket}#package={name}"
        assert (await shop.ask(who, "/api/v1/resolve", uri=uri)).status_code == expected
        query = f'{{ package(bucket: "{bucket}", name: "{name}") {{ name revision(hashOrTag: "latest") {{ hash }} }} }}'
        assert bool((await shop.graphql(who, query))["package"]) is (expected == 200)


async def test_catalogs_list_the_bucket_only_to_those_who_can_open_it_in_s3(shop: Shop) -> None:
    """Quilt's catalogs open a bucket with `HeadBucket`, which S3 refuses to people with packages in it alone."""
    shown = "{ buckets { name } bucketConfigs { name } }"
    for who in SEEN:
        listed = await shop.graphql(who, shown)
        expected = [{"name": shop.bucket}] if who == "named" else []
        assert (who, listed["buckets"]) == (who, expected)
    assert (await shop.graphql("admin", shown))["bucketConfigs"] == []
    own = await shop.get("bob", "/api/v1/buckets")
    assert [each["name"] for each in own["items"]] == [shop.bucket], "our catalog opens it without S3"


async def test_a_hidden_package_cannot_be_reached_through_another_one(shop: Shop) -> None:
    base, secret = f"/api/v1/buckets/{shop.bucket}/packages/amy/open/revisions", shop.hashes["amy/secret"]
    for path in (f"{base}/{secret}", f"{base}/{secret}/entries", f"{base}/latest/diff?base={secret}"):
        assert (await shop.ask("bob", path)).status_code == 404
    other = {"base_package": "amy/secret"}
    assert (await shop.ask("bob", f"{base}/latest/diff", **other)).status_code == 404
    hashed = (
        f'{{ package(bucket: "{shop.bucket}", name: "amy/open") {{ revision(hashOrTag: "{secret}") {{ hash }} }} }}'
    )
    assert (await shop.graphql("bob", hashed))["package"]["revision"] is None
    promotion = {"to": {"bucket": shop.bucket, "package": "bob/mine"}, "message": "m"}
    hidden = f"/api/v1/buckets/{shop.bucket}/packages/amy/secret/revisions/latest/promotion"
    for who in ("bob", "everywhere", "named"):
        answer = await shop.world.client.post(hidden, json=promotion, headers=dict(shop.callers[who]))
        assert answer.status_code == 404


async def test_archives_of_a_package_are_for_its_readers(shop: Shop) -> None:
    for who in SEEN:
        await _require_archives(shop, who)
    open_revisions = f"/api/v1/buckets/{shop.bucket}/packages/amy/open/revisions"
    through_another = f"{open_revisions}/{shop.hashes['amy/secret']}/archives"
    answer = await shop.world.client.post(through_another, json={}, headers=dict(shop.callers["bob"]))
    assert answer.status_code == 404


async def _require_archives(shop: Shop, who: str) -> None:
    headers = dict(shop.callers[who])
    for name in (*KINDS, TODAYS):
        expected = name in SEEN[who]
        path = f"/api/v1/buckets/{shop.bucket}/packages/{name}/revisions/latest/archives"
        answer = await shop.world.client.post(path, json={}, headers=headers)
        assert answer.status_code == (201 if expected else 404), (who, name, answer.text)
        question = {
            "token": headers["Authorization"].removeprefix("Bearer "),
            "bucket": shop.bucket,
            "package": name,
            "revision": shop.hashes[name],
        }
        for route in ("archives", "archives/entries"):
            answer = await shop.world.client.post(f"/internal/{route}", json=question, headers=INTERNAL)
            assert answer.status_code == (200 if expected else 404), (who, name, answer.text)
            assert expected or shop.hashes[name] not in answer.text


async def test_readers_of_a_package_read_its_files_at_signed_addresses(shop: Shop) -> None:
    for who in SEEN:
        await _require_files(shop, who)


async def _require_files(shop: Shop, who: str) -> None:
    for name in KINDS:
        base = f"/api/v1/buckets/{shop.bucket}/packages/{name}/revisions/latest"
        answer = await shop.ask(who, f"{base}/file", path="README")
        assert answer.status_code == (200 if name in SEEN[who] else 404), answer.text
        if answer.status_code == 200:
            for address, saved in (("url", ""), ("download_url", "README")):
                where = urlsplit(answer.json()[address])
                assert where.path == f"/{shop.bucket}/objs/amy/{H1}"
                assert ObjectUrls(secret_of("internal-token")).verify("GET", where.path, where.query)
                assert name_in(where.query) == saved
            (shown,) = [each for each in await _entries(shop, who, base) if each["path"] == "README"]
            assert shown["accessible"]
            assert (await shop.ask(who, f"{base}/file", path="nothing")).status_code == 404


async def _entries(shop: Shop, who: str, base: str) -> list[dict[str, Any]]:
    return list((await shop.get(who, f"{base}/entries"))["items"])


async def test_files_of_another_owner_cannot_be_read_through_a_package(shop: Shop) -> None:
    theirs = f"s3://{shop.bucket}/objs/carl/{H1}"
    await shop.world.package("amy/open", entry("README", at=theirs), entry("a", at=f"s3://{shop.bucket}/{quote('é')}"))
    for path in ("README", "a"):
        where = f"/api/v1/buckets/{shop.bucket}/packages/amy/open/revisions/latest/file"
        answer = await shop.ask("bob", where, path=path)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "file_elsewhere")
    answer = await shop.ask(
        "named", f"/api/v1/buckets/{shop.bucket}/packages/{TODAYS}/revisions/latest/file", path="quince.csv"
    )
    assert answer.status_code == 409


async def test_the_bucket_is_visible_to_everybody_with_a_package_in_it(shop: Shop, registry: Quilt2World) -> None:
    levels = {}
    for who in SEEN:
        listed = (await shop.get(who, "/api/v1/buckets"))["items"]
        (found,) = [each for each in listed if each["name"] == shop.bucket]
        assert (await shop.get(who, f"/api/v1/buckets/{shop.bucket}"))["level"] == found["level"]
        levels[who] = found["level"]
    assert levels == {"amy": None, "bob": None, "everywhere": None, "named": "READ", "admin": None}
    problems = f"/api/v1/buckets/{shop.bucket}/problems"
    assert {(await shop.ask(who, problems)).status_code for who in SEEN} == {403}
    for user in ("team", "public"):
        for name in KINDS:
            await registry.ask("amy", "DELETE", f"access/{name}/{user}")
    assert (await shop.get("everywhere", "/api/v1/buckets"))["items"] == []
    for path in ("", "/packages", "/packages/amy/open", "/problems", "/workflows"):
        assert (await shop.ask("everywhere", f"/api/v1/buckets/{shop.bucket}{path}")).status_code == 404
    assert (await shop.ask("everywhere", "/api/search", index=shop.bucket, query="x")).status_code == 403
    answer = await shop.ask("everywhere", "/api/v1/search", bucket=shop.bucket)
    assert answer.status_code == 404


async def test_revoked_access_ends_at_once(shop: Shop, registry: Quilt2World) -> None:
    where = f"/api/v1/buckets/{shop.bucket}/packages/amy/shared/revisions/latest/entries"
    assert (await shop.ask("bob", where)).status_code == 200
    assert (await registry.ask("amy", "DELETE", "access/amy/shared/bob")).status_code == 200
    assert (await shop.ask("bob", where)).status_code == 404
    listed = await shop.get("bob", f"/api/v1/buckets/{shop.bucket}/packages")
    assert "amy/shared" not in json.dumps(listed)
