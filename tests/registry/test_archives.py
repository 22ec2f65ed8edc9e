"""Archives of revisions: sizes before the first byte, files from any place on, slices, shards and selections."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from support.data.manifests import entry
from support.worlds.registry_world import INTERNAL, RegistryWorld, problem

from indexer.services.archive_layouts import ArchiveLayoutService
from registry.main import install_resources
from registry.resources import Caches, RegistryResources
from shared import errors, tickets
from shared.archives.tar import END, file_blocks
from shared.archives.zip import archive_bytes
from shared.audit import AuditQueue
from shared.clients.registry import RegistryClient
from shared.db.engine import transaction
from shared.index.diff.cache import ComparisonCache
from shared.principals import PrincipalCache
from shared.schemas.archive import (
    MAX_ARCHIVE_ENTRIES_PAGE,
    ArchiveEntries,
    ArchiveEntriesQuestion,
    ArchiveEntry,
    ArchivePlan,
    ArchiveQuestion,
)
from shared.schemas.audit import AuditEvent
from shared.schemas.principal import Level
from shared.testing.auth import ISSUER, FakeAuth
from shared.testing.indexer import FakeIndexer

PACKAGE = "amy/wine"


def photos(count: int) -> list[dict[str, Any]]:
    """Files of samples of three, in folders of 800, with some folders and names that ustar does not hold."""
    found = [entry(f"README{number}.md", size=number) for number in range(3)]
    for number in range(count):
        folder = f"photos/{number // 800:03}"
        if number // 800 == 2:
            folder = f"photos/{'é' * 40}/002"
        found.append(entry(f"{folder}/{number // 3:06}.{number % 3}", size=number * 37 % 5000))
    return found


PATHS = "path", "shard", "selection", "tar_offset", "after", "limit", "begun"


class Archives:
    """The registry as the S3 proxy asks it for one package of the world."""

    def __init__(self, world: RegistryWorld, app: FastAPI) -> None:
        self.world = world
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = RegistryClient(
            httpx.AsyncClient(transport=transport, base_url="http://registry.test", headers=INTERNAL)
        )
        self.top_hash = ""

    async def push(self, *entries: dict[str, Any], name: str = PACKAGE) -> str:
        self.top_hash = await self.world.package(name, *entries)
        return self.top_hash

    def question(self, caller: str = "reader", **options: Any) -> dict[str, Any]:
        token = self.world.headers(caller)["Authorization"].removeprefix("Bearer ")
        return {
            "token": token,
            "bucket": self.world.bucket,
            "package": PACKAGE,
            "revision": self.top_hash,
            **options,
        }

    async def plan(self, caller: str = "reader", **options: Any) -> ArchivePlan:
        return await self.client.plan_archive(ArchiveQuestion(**self.question(caller, **options)))

    async def entries(self, caller: str = "reader", **options: Any) -> ArchiveEntries:
        return await self.client.archive_entries(ArchiveEntriesQuestion(**self.question(caller, **options)))

    async def all_entries(self, **options: Any) -> list[ArchiveEntry]:
        """All files of an archive, page by page."""
        found: list[ArchiveEntry] = []
        page = await self.entries(**options)
        assert page.start == 0
        while True:
            found += page.items
            if not page.more:
                return found
            page = await self.entries(**options, after=found[-1].path)
            assert page.start == sum(512 * file_blocks(each.path, each.size) for each in found)

    async def create(self, caller: str = "reader", reference: str | None = None, **body: Any) -> httpx.Response:
        path = f"/api/v1/buckets/{self.world.bucket}/packages/{PACKAGE}/revisions/{reference or self.top_hash}/archives"
        return await self.world.client.post(path, json=body, headers=self.world.headers(caller))


@pytest.fixture
def archives(world: RegistryWorld, app: FastAPI) -> Archives:
    return Archives(world, app)


def in_order(entries: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return sorted(((each["logical_key"], each["size"]) for each in entries), key=lambda each: each[0].split("/"))


def tar_bytes(files: list[tuple[str, int]]) -> int:
    return sum(512 * file_blocks(path, size) for path, size in files) + len(END)


def sizes(entries: list[ArchiveEntry]) -> list[tuple[str, int]]:
    return [(each.path, each.size) for each in entries]


async def test_a_plan_has_the_sums_over_all_files(archives: Archives) -> None:
    some = photos(3500)
    top_hash = await archives.push(*some)
    plan = await archives.plan()
    content, names = sum(each["size"] for each in some), sum(len(each["logical_key"].encode()) for each in some)
    assert plan == ArchivePlan(
        top_hash=top_hash,
        entries=len(some),
        content_bytes=content,
        tar_bytes=tar_bytes(in_order(some)),
        zip_bytes=archive_bytes(len(some), content, names),
        unsafe=[],
        local=[],
        buckets=["wine"],
    )
    assert await archives.plan(revision="latest") == plan


async def test_pages_of_entries_give_all_files_in_walk_order_with_their_objects(archives: Archives) -> None:
    some = photos(3500)
    await archives.push(*some)
    found = await archives.all_entries()
    assert sizes(found) == in_order(some)
    last = found[-1]
    assert last == ArchiveEntry(
        last.path, "wine", last.path, "v1", last.size, "sha2-256-chunked", some[0]["hash"]["value"]
    )
    assert (await archives.entries(after=last.path)).items == []
    assert not (await archives.entries(after=last.path)).more


async def test_entries_of_an_offset_begin_with_the_file_that_has_it(archives: Archives) -> None:
    await archives.push(*photos(3500))
    found = await archives.all_entries()
    start = 0
    for at, each in enumerate(found):
        length = 512 * file_blocks(each.path, each.size)
        if at % 211 == 0 or at == len(found) - 1:
            for offset in {start, start + length // 2, start + length - 1}:
                page = await archives.entries(tar_offset=offset, limit=2)
                assert (page.start, page.items[0].path) == (start, each.path)
                assert page.more == (at + 2 < len(found))
        start += length
    beyond = await archives.entries(tar_offset=start + 100)
    assert beyond == ArchiveEntries(start, [], more=False)


@pytest.mark.parametrize("path", ["photos", "photos/001", f"photos/{'é' * 40}", "photos/000/000001.2", "README1.md"])
async def test_the_archive_of_a_folder_or_file_is_a_slice_of_the_whole(archives: Archives, path: str) -> None:
    await archives.push(*photos(3500))
    whole = await archives.all_entries()
    expected = [each for each in whole if each.path == path or each.path.startswith(f"{path}/")]
    assert expected
    plan = await archives.plan(path=path)
    assert await archives.all_entries(path=path) == expected
    assert plan.entries == len(expected)
    assert plan.tar_bytes == tar_bytes(sizes(expected))
    assert plan.content_bytes == sum(each.size for each in expected)
    middle = tar_bytes(sizes(expected[: len(expected) // 2])) - len(END)
    assert (await archives.entries(path=path, tar_offset=middle)).items == expected[len(expected) // 2 :][:1000]
    assert await archives.plan(path=f"/{path}/") == plan


@pytest.mark.parametrize("path", ["photo", "photos/000/0", "README1.md/x", "photos/999", "zzz", "A"])
async def test_nothing_at_a_path_is_not_found(archives: Archives, path: str) -> None:
    await archives.push(*photos(50))
    with pytest.raises(errors.NotFound, match="There is no file at or below"):
        await archives.plan(path=path)


@pytest.mark.parametrize("shards", [1, 2, 7, 30])
async def test_shards_are_the_whole_in_order_and_keep_samples_together(archives: Archives, shards: int) -> None:
    await archives.push(*photos(3500))
    whole = await archives.all_entries()
    plan = await archives.plan()
    found = []
    for part in range(shards):
        entries = await archives.all_entries(shard=(part, shards))
        part_plan = await archives.plan(shard=(part, shards))
        assert part_plan.entries == len(entries) > 0
        assert part_plan.tar_bytes == tar_bytes(sizes(entries))
        assert part_plan.tar_bytes < plan.tar_bytes / shards * 1.2 + 20_000
        found.append(entries)
    assert [each for part in found for each in part] == whole
    samples = [{each.path.rpartition(".")[0] for each in part if each.path.startswith("photos/")} for part in found]
    assert sum(map(len, samples)) == len(set().union(*samples))


async def test_shards_of_a_folder_are_slices_of_it(archives: Archives) -> None:
    await archives.push(*photos(3500))
    folder = await archives.all_entries(path="photos/001")
    parts = [await archives.all_entries(path="photos/001", shard=(part, 3)) for part in range(3)]
    assert [each for part in parts for each in part] == folder
    assert all(parts)


async def test_shards_are_empty_only_when_there_are_fewer_samples(archives: Archives) -> None:
    large = [entry("a.1", size=10_000_000), entry("a.2", size=1), entry("b.1", size=1), entry("c", size=1)]
    await archives.push(*large)
    parts = [[each.path for each in await archives.all_entries(shard=(part, 3))] for part in range(3)]
    assert parts == [["a.1", "a.2"], ["b.1"], ["c"]]
    parts = [[each.path for each in await archives.all_entries(shard=(part, 5))] for part in range(5)]
    assert parts == [["a.1", "a.2"], ["b.1"], ["c"], [], []]
    assert (await archives.plan(shard=(4, 5))).tar_bytes == len(END)
    alone = [[each.path for each in await archives.all_entries(path="a.2", shard=(part, 2))] for part in range(2)]
    assert alone == [["a.2"], []]


async def test_an_empty_revision_is_an_empty_archive(archives: Archives) -> None:
    await archives.push()
    plan = await archives.plan()
    assert (plan.entries, plan.tar_bytes, plan.zip_bytes) == (0, len(END), archive_bytes(0, 0, 0))
    assert await archives.entries() == ArchiveEntries(0, [], more=False)
    assert await archives.entries(tar_offset=700) == ArchiveEntries(0, [], more=False)


async def test_a_plan_names_the_first_files_that_no_archive_can_hold(archives: Archives) -> None:
    unsafe = [f"bad/{number:02}\\..\\x" for number in range(12)]
    local = [f"local/{number:02}" for number in range(12)]
    await archives.push(
        *photos(1500),
        *(entry(path) for path in unsafe),
        *(entry(path, at=f"file:///tmp/{path}") for path in local),
        entry("other/a", at="s3://other/a"),
    )
    plan = await archives.plan()
    assert (plan.unsafe, plan.local, plan.buckets) == (unsafe[:10], local[:10], ["other", "wine"])
    photos_only = await archives.plan(path="photos/000")
    assert (photos_only.unsafe, photos_only.local, photos_only.buckets) == ([], [], ["wine"])
    assert (await archives.plan(path="local/03")).local == ["local/03"]
    assert (await archives.plan(path="other")).buckets == ["other"]
    with pytest.raises(errors.Conflict, match="local/00"):
        await archives.entries(path="local")
    refused = await archives.create()
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/files_not_archivable"
    assert [each["path"] for each in refused.json()["errors"]] == unsafe[:10] + local[:10]


async def test_objects_of_unusual_physical_keys_are_found(archives: Archives) -> None:
    await archives.push(
        entry("a", at="s3://wine/a%20b/%C3%A9"),
        entry("b", at="s3://wine/b?versionId=x%2By"),
        entry("c", at="s3://wine/c/d?versionId=1.2_-3"),
        entry("d", at="s3://wine/d?versionId="),
    )
    found = [(each.bucket, each.key, each.version_id) for each in await archives.all_entries()]
    assert found == [
        ("wine", "a b/é", None),
        ("wine", "b", "x+y"),
        ("wine", "c/d", "1.2_-3"),
        ("wine", "d", None),
    ]


@pytest.mark.parametrize("caller", ["stranger", "nobody"])
async def test_who_may_not_read_the_package_gets_the_same_answer_as_for_one_that_does_not_exist(
    archives: Archives, caller: str
) -> None:
    await archives.push(*photos(5))
    if caller == "nobody":
        archives.world.signed_in["nobody"] = archives.world.caller({})
    refusals = []
    for bucket in (archives.world.bucket, "missing-bucket"):
        for ask in (archives.plan, archives.entries):
            with pytest.raises(errors.NotFound) as refusal:
                await ask(caller, bucket=bucket)
            refusals.append((refusal.value.peer_slug, str(refusal.value).replace(bucket, "?")))
    assert len(set(refusals)) == 1
    answer = await archives.create(caller)
    assert problem(answer)[0] == 404
    missing = await archives.world.client.post(
        f"/api/v1/buckets/missing-bucket/packages/{PACKAGE}/revisions/latest/archives",
        json={},
        headers=archives.world.headers(caller),
    )
    assert answer.json()["type"] == missing.json()["type"]


async def test_an_archive_is_for_who_shows_a_token_or_ticket(archives: Archives, auth_up: FakeAuth) -> None:
    await archives.push(*photos(5))
    with pytest.raises(errors.Unauthenticated):
        await archives.plan(token="not-a-token")
    token = archives.question()["token"]
    ticket = auth_up.ticket_for(token, "/-/archive/x", {})
    assert (await archives.plan(token=None, ticket=ticket)).entries == 8


async def test_an_archive_that_has_begun_goes_on_after_its_token_has_expired(
    archives: Archives, auth_up: FakeAuth
) -> None:
    await archives.push(*photos(5))
    expired = auth_up.token_for("amy", {archives.world.bucket: Level.READ}, lifetime=timedelta(hours=-1))
    with pytest.raises(errors.Unauthenticated):
        await archives.entries(token=expired)
    assert len((await archives.entries(token=expired, begun=True)).items) == 8
    long_ago = auth_up.token_for("amy", {archives.world.bucket: Level.READ}, lifetime=timedelta(hours=-25))
    with pytest.raises(errors.Unauthenticated):
        await archives.entries(token=long_ago, begun=True)


async def test_the_layout_of_an_older_manifest_is_made_once_when_it_is_first_needed(
    archives: Archives, indexer: FakeIndexer
) -> None:
    await archives.push(*photos(1200))
    world = archives.world
    async with transaction(world.index_sessions) as session:
        await session.execute(text("DELETE FROM archive_layout WHERE bucket = :bucket"), {"bucket": world.bucket})

    async def refuse(_bucket: str, _top_hash: str) -> None:
        raise errors.NotFound("an older indexer has no such route")

    for answer in (None, refuse):
        indexer.on_layout = answer
        with pytest.raises(errors.Unavailable) as refusal:
            await archives.plan()
        assert refusal.value.peer_slug == "tree_gone"
    made: list[str] = []

    async def make(bucket: str, top_hash: str) -> None:
        made.append(top_hash)
        await ArchiveLayoutService(world.index_sessions).make(bucket, top_hash)

    indexer.on_layout = make
    assert (await archives.plan()).entries == 1203
    assert (await archives.plan(path="photos")).entries == 1200
    assert made == [archives.top_hash]


async def test_a_revision_that_is_removed_while_it_is_sent_is_gone(
    archives: Archives, resources: RegistryResources, app: FastAPI, auth: FakeAuth
) -> None:
    # A file that only this revision has, so that its root is no other's.
    top_hash = await archives.push(*photos(1500), entry(archives.world.bucket))
    first = await archives.entries()
    assert first.more
    async with transaction(archives.world.index_sessions) as session:
        await session.execute(
            text("DELETE FROM node WHERE storage = (SELECT root FROM manifest WHERE top_hash = :hash)"),
            {"hash": top_hash},
        )
    with pytest.raises(errors.Unavailable) as swept:
        await archives.entries(after=first.items[-1].path)
    assert swept.value.peer_slug == "tree_gone"
    async with transaction(archives.world.index_sessions) as session:
        for table in ("pointer", "package", "manifest"):
            statement = f"DELETE FROM {table} WHERE bucket = :bucket"  # noqa: S608
            await session.execute(text(statement), {"bucket": archives.world.bucket})
    with pytest.raises(errors.NotFound):
        await archives.entries(after=first.items[-1].path)
    caches = Caches(comparisons=ComparisonCache(find_seconds=60))
    install_resources(app, replace(resources, caches=caches), PrincipalCache(auth, issuer=ISSUER))
    with pytest.raises(errors.NotFound):
        await archives.plan()


async def test_the_address_of_the_whole_revision_has_its_exact_sizes_and_a_ticket(
    archives: Archives, auth: FakeAuth
) -> None:
    some = photos(900)
    top_hash = await archives.push(*some)
    answer = await archives.create(reference="latest")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["top_hash"] == top_hash
    assert made["tar_bytes"] == tar_bytes(in_order(some))
    assert (made["entries"], made["selection"], made["shard_urls"]) == (903, None, None)
    path = f"/-/archive/{archives.world.bucket}/{PACKAGE}/{top_hash}.tar"
    assert made["url"] == f"http://proxy.test{path}"
    await require_ticket(auth, made["ticket_url"], path, {})
    zipped = (await archives.create(format="zip")).json()
    assert zipped["url"].endswith(f"/{top_hash}.zip")


async def require_ticket(auth: FakeAuth, url: str, path: str, parameters: dict[str, str]) -> None:
    """The address has these parameters, and a ticket that is valid for them and for no others."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    ticket = given.pop("ticket")
    assert (parts.path, given) == (path, parameters)
    [key] = await auth.keys()
    claims = tickets.verify(ticket, key, issuer=ISSUER)
    assert claims.permits(ticket, path, parameters.items())
    assert not claims.permits(ticket, path, [*parameters.items(), ("shard", "9/10")])


async def test_addresses_with_tickets_are_audited(
    archives: Archives, app: FastAPI, resources: RegistryResources
) -> None:
    top_hash = await archives.push(*photos(30))
    sent: list[AuditEvent] = []

    async def send(events: list[AuditEvent]) -> None:
        sent.extend(events)

    trail = AuditQueue("registry", send)
    install_resources(app, replace(resources, trail=trail), app.state.principals)
    await archives.create(paths=["photos"], shards=3)
    await archives.create(paths=["missing"])
    await trail.flush()
    [event] = [each for each in sent if each.action == "Packages.Archive"]
    assert event.target == f"package:{archives.world.bucket}/{PACKAGE}@{top_hash}"
    assert (event.details["files"], event.details["tickets"], event.details["format"]) == (30, 3, "tar")
    assert event.caller.user == "amy"


async def test_every_shard_has_an_address_with_a_ticket_of_its_own(archives: Archives, auth: FakeAuth) -> None:
    top_hash = await archives.push(*photos(900))
    made = (await archives.create(shards=5, paths=["photos/000"])).json()
    path = f"/-/archive/{archives.world.bucket}/{PACKAGE}/{top_hash}.tar"
    assert made["ticket_url"] is None
    assert len(made["shard_urls"]) == 5
    for part, url in enumerate(made["shard_urls"]):
        await require_ticket(auth, url, path, {"path": "photos/000", "shard": f"{part}/5"})
    assert (made["path"], made["selection"]) == ("photos/000", None)
    assert (await archives.create(shards=5, format="zip")).status_code == 422
    assert (await archives.create(shards=10_001)).status_code == 422


async def test_a_selection_is_an_archive_of_its_files_and_folders(archives: Archives) -> None:
    await archives.push(*photos(3500))
    paths = ["photos/001", "README2.md", "photos/000/000001.0", "/photos/001/000300.0/", "photos/003"]
    answer = await archives.create(paths=paths)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    chosen = [
        each
        for each in await archives.all_entries()
        if each.path in {"README2.md", "photos/000/000001.0"} or each.path.startswith(("photos/001/", "photos/003/"))
    ]
    assert dict(parse_qsl(urlsplit(made["url"]).query)) == {"selection": made["selection"]}
    assert (made["entries"], made["tar_bytes"]) == (len(chosen), tar_bytes(sizes(chosen)))
    assert await archives.all_entries(selection=made["selection"]) == chosen
    plan = await archives.plan(selection=made["selection"])
    assert plan.tar_bytes == made["tar_bytes"]
    middle = tar_bytes(sizes(chosen[:700])) - len(END) + 17
    assert (await archives.entries(selection=made["selection"], tar_offset=middle, limit=3)).items == chosen[700:703]
    parts = [await archives.all_entries(selection=made["selection"], shard=(part, 4)) for part in range(4)]
    assert [each for part in parts for each in part] == chosen
    assert all(parts)


async def test_a_selection_of_the_root_is_the_whole_revision(archives: Archives) -> None:
    await archives.push(*photos(30))
    made = (await archives.create(paths=["", "photos"])).status_code
    assert made == 422  # an empty path has no characters
    whole = (await archives.create(paths=["/", "photos"])).json()
    assert whole["entries"] == 33
    assert len(await archives.all_entries(selection=whole["selection"])) == 33


async def test_selections_with_paths_that_do_not_exist_are_refused(archives: Archives) -> None:
    await archives.push(*photos(30))
    for missing in ("photos/000/000001", "photos/zzz", "A", "README1.md/x"):
        answer = await archives.create(paths=["README0.md", missing])
        assert problem(answer)[0] == 404
        assert missing in answer.json()["detail"]
    assert (await archives.create(paths=[])).status_code == 422
    assert (await archives.create(paths=["a"] * 10_001)).status_code == 422


async def test_a_selection_belongs_to_its_revision_and_ends_after_a_day(
    archives: Archives, app: FastAPI, resources: RegistryResources, auth: FakeAuth
) -> None:
    first = await archives.push(*photos(30))
    selection = (await archives.create(paths=["README0.md", "README1.md"])).json()["selection"]
    await archives.push(*photos(31))
    for wrong in (
        {"selection": selection},
        {"selection": "0" * 32, "revision": first},
        {"selection": "x", "revision": first},
    ):
        with pytest.raises(errors.NotFound) as refusal:
            await archives.plan(**wrong)
        assert refusal.value.peer_slug == "selection_not_found"
    assert (await archives.plan(selection=selection, revision=first)).entries == 2
    async with transaction(archives.world.sessions) as session:
        await session.execute(text("UPDATE archive_selection SET expires_at = now() - interval '1 second'"))
    caches = Caches(comparisons=ComparisonCache(find_seconds=60))
    install_resources(app, replace(resources, caches=caches), PrincipalCache(auth, issuer=ISSUER))
    with pytest.raises(errors.NotFound):
        await archives.plan(selection=selection, revision=first)
    await archives.create(paths=["README0.md", "README2.md"])
    async with transaction(archives.world.sessions) as session:
        assert await session.scalar(text("SELECT count(*) FROM archive_selection")) == 1


async def test_a_selection_of_ten_thousand_files_is_made_at_once(archives: Archives) -> None:
    some = photos(12_000)
    await archives.push(*some)
    paths = [each["logical_key"] for each in some][:10_000]
    made = (await archives.create(paths=paths)).json()
    assert made["entries"] == 10_000
    last = await archives.entries(selection=made["selection"], tar_offset=made["tar_bytes"] - len(END) - 1)
    assert [each.path for each in last.items] == [in_order(some[:10_000])[-1][0]]


async def test_questions_that_make_no_sense_are_refused(archives: Archives) -> None:
    await archives.push(*photos(3))
    client = archives.world.client
    for wrong in (
        {"shard": [3, 3]},
        {"shard": [0, 10_001]},
        {"path": "a", "selection": "b"},
        {"limit": MAX_ARCHIVE_ENTRIES_PAGE + 1},
        {"tar_offset": -1},
    ):
        answer = await client.post("/internal/archives/entries", json=archives.question(**wrong), headers=INTERNAL)
        assert answer.status_code == 422, wrong


async def test_many_pages_at_once_are_answered(archives: Archives) -> None:
    await archives.push(*photos(3500))
    whole = await archives.all_entries()
    offsets = range(0, tar_bytes(sizes(whole)) - len(END), 400_000)
    pages = await asyncio.gather(*(archives.entries(tar_offset=offset, limit=1) for offset in offsets))
    assert [page.start <= offset for page, offset in zip(pages, offsets, strict=True)] == [True] * len(pages)


def test_the_digest_of_an_archive_address_has_its_parameters() -> None:
    plain = tickets.address_digest("/-/archive/a/b/c/d.tar", [])
    assert plain != tickets.address_digest("/-/archive/a/b/c/d.tar", [("shard", "0/2")])
