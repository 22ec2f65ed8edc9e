"""An import of another registry: what comes along, what is left and why, and that it can be broken off anywhere."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from support.fakes.quilt2_database import Quilt2Database
from support.worlds.quilt2_world import BUCKET, file, group, root
from support.worlds.servers import Databases
from typing_extensions import override

from localrun.testing import locked
from registry.quilt2.db.imports import NOTE, ImportedItem, ImportStore
from registry.quilt2.db.source_database import SourceDatabase, SourceInstance, open_origin
from registry.quilt2.errors import SourceDatabaseUnreadable
from registry.quilt2.importing.import_log import ImportReport
from registry.quilt2.importing.import_package import PackageImport
from registry.quilt2.importing.import_run import ImportPlan, ImportRun
from registry.quilt2.importing.object_inventory import InventoryCheck
from registry.quilt2.services import trees
from shared.clients.administration import Administration
from shared.db import migrations
from shared.db.bootstrap import ensure_database
from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.errors import Unavailable
from shared.settings import DatabaseSettings
from shared.testing.objects import FakeObjectStore

PLAN = ImportPlan(bucket=BUCKET, source="old", batch=3)
OURS = (
    "SELECT owner, name FROM registry.quilt2_package",
    "SELECT hash, contents, objects, total_size, readme_hash, top_hash, keywords::text FROM registry.quilt2_instance",
    "SELECT hash, created_at, created_by, updated_at, updated_by FROM registry.quilt2_instance",
    "SELECT * FROM registry.quilt2_object",
    'SELECT name, "user" FROM registry.quilt2_access JOIN registry.quilt2_package ON id = package_id',
    "SELECT tag, hash FROM registry.quilt2_tag JOIN registry.quilt2_instance ON id = instance_id",
    "SELECT version, user_version, hash FROM registry.quilt2_version JOIN registry.quilt2_instance ON id = instance_id",
    "SELECT hash, created, author FROM registry.quilt2_log AS log JOIN registry.quilt2_instance AS i ON i.id = instance_id",
    "SELECT email, invited_at FROM registry.quilt2_invitation",
    "SELECT author, created, contents FROM registry.quilt2_comment",
    'SELECT created, "user", kind, owner, name, hash, extra FROM registry.quilt2_event',
    "SELECT kind, key, state, reason, position FROM registry.quilt2_import",
)


class Porter(FakeObjectStore):
    """Drops everything after some writes."""

    def __init__(self) -> None:
        super().__init__(BUCKET)
        self.strength = 1_000_000

    @override
    async def put(self, bucket: str, key: str, body: bytes, *, meta: dict[str, str] | None = None) -> str | None:
        self.strength -= 1
        if self.strength < 0:
            raise Unavailable("The power went out")
        return await super().put(bucket, key, body, meta=meta)

    def held(self) -> list[str]:
        return list(self._current[BUCKET])

    def body(self, key: str) -> bytes:
        return self._bodies[BUCKET, key, str(self._current[BUCKET][key].version_id)][1]


class FakePeople:
    """Of `auth`, what an import asks; `taken` names are other people's here."""

    def __init__(self) -> None:
        self.taken = {"foe"}
        self.here: dict[str, dict[str, Any]] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if request.method == "GET":
            return httpx.Response(404, json={"type": "/problems/not_found", "detail": f"No user {name}"})
        wanted = json.loads(request.content)
        people = []
        for each in wanted["people"]:
            state = "left" if each["name"] in self.taken or not each["email"] else "done"
            if state == "done" and not wanted["dry_run"]:
                self.here[each["name"]] = each
            people.append({"name": each["name"], "state": state, "reason": "No" if state == "left" else ""})
        return httpx.Response(200, json={"people": people})

    @property
    def administration(self) -> Administration:
        return Administration(httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url="http://auth"))


@pytest.fixture(scope="module")
async def house(database: Databases) -> AsyncIterator[tuple[str, Quilt2Database]]:
    name = f"{database.name}_old_house"
    admin = await asyncpg.connect(database.admin)
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = f"{database.admin.rpartition('/')[0]}/{name}"
    connection = await asyncpg.connect(url)
    try:
        yield url, await furnished(await Quilt2Database(connection).build())
    finally:
        await connection.close()
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@pytest.fixture(scope="module")
async def rooms(database: Databases, run_directory: Any) -> AsyncIterator[tuple[Sessions, asyncpg.Connection]]:
    """A registry's database whose transactions are real."""
    name = f"{database.name}_moving"
    with locked(run_directory / "roles.lock"):
        await ensure_database(database.admin, {}, name)
    url = f"{database.registry.rpartition('/')[0]}/{name}"
    await asyncio.to_thread(migrations.upgrade, "registry", url)
    admin = await asyncpg.connect(f"{database.admin.rpartition('/')[0]}/{name}")
    async with open_engine(DatabaseSettings(url=SecretStr(url)), "tests") as engine:
        yield sessions_of(engine), admin
    await admin.close()


@pytest.fixture(autouse=True)
async def swept(rooms: tuple[Sessions, asyncpg.Connection]) -> None:
    await sweep(rooms[1])


async def sweep(connection: asyncpg.Connection) -> None:
    names = ("package", "object", "event", "import")
    await connection.execute(f"TRUNCATE {', '.join(f'registry.quilt2_{each}' for each in names)} CASCADE")


BODY = b"hello " * 1000


async def furnished(house: Quilt2Database) -> Quilt2Database:
    for name in ("amy", "ben", "foe"):
        await house.person(name, password=f"{name}'s password")
    await house.person("nomail", "")
    said = house.put("amy", b"# Wine\nOf Bordeaux.")
    body = house.put("amy", BODY)
    packed = house.put("amy", b"old " * 500, stored=gzip.compress(b"old " * 500, mtime=0))
    meta = house.put("amy", b'{"grape":"merlot"}')
    tree = root(README=file(said), data=group(body=file(body, metadata_hash=meta), parts=file(body, packed)))
    sizes = {packed: 2000, said: None}
    await house.push("amy", "wine", tree, sizes=sizes, readme="# Wine\nOf Bordeaux.", users=("ben", "public", "foe"))
    gone = "0" * 64
    second = root(README=file(said), old=file(packed), gone=file(gone))
    versions = (("1.0", " v1.0 "), ("odd", "not a version"))
    await house.push("amy", "wine", second, tags=("latest", "best", "t" * 64), versions=versions)
    await house.push("amy", "Wine", root(a=file(body)))
    await house.push("amy", "beer", root(a=file(body)), tags=())
    await house.push("amy", "odd", {**root(a=file(body)), "extra": 1}, package_hash="1" * 64)
    await house.push("amy", "odd", root(a={"type": "TABLE", "hashes": [], "format": "HDF5"}), package_hash="2" * 64)
    await house.push("amy", "odd", root(a=file(body)), package_hash="3" * 64, tags=("wrong",))
    await house.push("foe", "secret", root(a=file(house.put("foe", b"x"))))
    await house.push("nomail", "lost", root())
    await house.push("amy", "bad-name", root())
    await house.invite("amy", "wine", "Cat@Example.com")
    await house.comment("amy", "wine", "ben", "Good.")
    await house.comment("amy", "wine", "amy", "Thanks.")
    await house.event(None, 2, "amy", "wine", "4" * 64)
    await house.event("ben", 9, "amy", "wine")
    return house


async def stocked(house: Quilt2Database, strength: int = 1_000_000) -> Porter:
    porter = Porter()
    for key, body in house.objects.items():
        await porter.put(BUCKET, key, body)
        if body[:2] == b"\x1f\x8b":
            porter.encode(BUCKET, key, "gzip")
    porter.strength = strength
    return porter


async def move(
    url: str, sessions: Sessions, porter: Porter, people: FakePeople, plan: ImportPlan = PLAN
) -> ImportReport:
    async with open_origin(url) as origin:
        moving = ImportRun(
            plan,
            origin=origin,
            sessions=sessions,
            objects=porter,
            administration=people.administration,
            tell=lambda *_: None,
        )
        await moving.run()
        return await moving.ledger.report()


async def snapshot(connection: asyncpg.Connection, porter: Porter) -> list[Any]:
    rows = [sorted(map(repr, await connection.fetch(query))) for query in OURS]
    return [*rows, {key: porter.body(key) for key in porter.held()}]


async def test_all_comes_along(house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection]) -> None:
    url, old = house
    sessions, ours = rooms
    porter, people = await stocked(old), FakePeople()
    report = await move(url, sessions, porter, people)
    assert list(report.summary()) == [
        "2 people, 3 packages and 3 instances are here.",
        "Left out: 1 access",
        "Left out: 1 event",
        "Left out: 3 instances",
        "Left out: 1 log",
        "To be looked at: 1 object",
        "Left out: 4 packages",
        "Left out: 2 tags",
        "Left out: 2 users",
        "Left out: 1 version",
    ]
    lines = [tuple(line.split("\t")) for line in report.lines()]
    assert ("package", "amy/Wine", "left", "Differs from amy/wine in upper and lower case only") in lines
    assert ("package", "foe/secret", "left", "Its owner has no account here") in lines
    assert ("package", "nomail/lost", "left", "Its owner has no account here") in lines
    assert ("access", "amy/wine foe", "left", "They have no account here") in lines
    assert ("version", "amy/wine not a version", "left", "Not a version as PEP 440 has them") in lines
    assert next(line for line in lines if line[0] == "object")[1:3] == (f"objs/amy/{'0' * 64}", "note")
    reasons = {line[1]: line[3] for line in lines if line[0] == "instance"}
    assert reasons[f"amy/odd {'1' * 64}"] == "A ROOT node has no member 'extra'"
    assert reasons[f"amy/odd {'2' * 64}"] == "The format of a TABLE node must be PARQUET"
    assert reasons[f"amy/odd {'3' * 64}"] == "Its contents do not have its hash"

    users = 'SELECT "user" FROM registry.quilt2_access JOIN registry.quilt2_package ON id = package_id WHERE name = $1'
    assert [row[0] for row in await ours.fetch(f"{users} ORDER BY 1", "wine")] == ["amy", "ben", "public"]
    assert people.here["ben"]["password"].startswith("$pbkdf2-sha512$")
    assert await ours.fetchval("SELECT email FROM registry.quilt2_invitation") == "cat@example.com"
    comments = await ours.fetch("SELECT author, contents FROM registry.quilt2_comment ORDER BY created")
    assert [tuple(row) for row in comments] == [("ben", "Good."), ("amy", "Thanks.")]
    kinds = await ours.fetch("SELECT kind, count(*) FROM registry.quilt2_event GROUP BY kind ORDER BY kind")
    assert [tuple(row) for row in kinds] == [("INSTALL", 1), ("PUSH", 10)]


async def test_manifests_show_what_is_stored(
    house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection]
) -> None:
    url, old = house
    porter = await stocked(old)
    await move(url, rooms[0], porter, FakePeople())
    pointers = {key: porter.body(key).decode() for key in porter.held() if "/named_packages/amy/wine/" in key}
    assert len(pointers) == 3  # a second push, a first one, and which is the latest
    latest = pointers[".quilt/named_packages/amy/wine/latest"]
    assert latest == pointers[max(pointers.keys() - {".quilt/named_packages/amy/wine/latest"})]
    first = pointers[min(pointers)]
    lines = [json.loads(line) for line in porter.body(f".quilt/packages/{first}").splitlines()]
    entries = {line["logical_key"]: line for line in lines[1:]}
    assert sorted(entries) == ["README", "data/body", "data/parts/000000", "data/parts/000001"]
    assert entries["data/body"]["meta"]["user_meta"] == {"grape": "merlot"}
    packed = entries["data/parts/000001"]
    body = gzip.compress(b"old " * 500, mtime=0)
    assert (packed["size"], packed["hash"]["value"]) == (len(body), hashlib.sha256(body).hexdigest())
    plain = {"sha256": hashlib.sha256(b"old " * 500).hexdigest(), "size": 2000}
    assert packed["meta"]["quilt2"]["decoded"] == plain
    assert packed["meta"]["quilt2"]["content_encoding"] == "gzip"


async def test_an_import_can_be_broken_off_anywhere(
    house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection]
) -> None:
    url, old = house
    sessions, ours = rooms
    whole = await stocked(old)
    await move(url, sessions, whole, FakePeople())
    wanted = await snapshot(ours, whole)
    await sweep(ours)

    porter, people, breaks = await stocked(old), FakePeople(), 0
    for strength in range(1, 12):
        porter.strength = strength
        try:
            await move(url, sessions, porter, people)
        except Unavailable:
            breaks += 1
    porter.strength = 1_000_000
    await move(url, sessions, porter, people)
    assert breaks >= 3
    assert await snapshot(ours, porter) == wanted
    for plan in (PLAN, replace(PLAN, again=True)):
        await move(url, sessions, porter, people, plan)
        assert await snapshot(ours, porter) == wanted


async def test_a_trial_leaves_no_trace(
    house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection]
) -> None:
    url, old = house
    porter, people = await stocked(old), FakePeople()
    before = await snapshot(rooms[1], porter)
    tried = await move(url, rooms[0], porter, people, replace(PLAN, dry_run=True))
    assert await snapshot(rooms[1], porter) == before
    assert not people.here
    assert list(tried.lines()) == list((await move(url, rooms[0], porter, people)).lines())


@pytest.mark.parametrize("check", [InventoryCheck.HEAD, InventoryCheck.SAMPLE, InventoryCheck.NONE])
async def test_objects_may_be_looked_for_otherwise(
    house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection], check: InventoryCheck
) -> None:
    porter = await stocked(house[1])
    report = await move(house[0], rooms[0], porter, FakePeople(), replace(PLAN, check=check))
    missing = [line for line in report.lines() if line.startswith("object\t")]
    assert len(missing) == (0 if check is InventoryCheck.NONE else 1)


async def test_what_was_pushed_here_is_not_theirs(
    house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection]
) -> None:
    await rooms[1].execute("INSERT INTO registry.quilt2_package (owner, name) VALUES ('amy', 'beer')")
    report = await move(house[0], rooms[0], await stocked(house[1]), FakePeople())
    assert "package\tamy/beer\tleft\tThere is such a package here already" in list(report.lines())


async def test_names_may_be_said_to_be_the_same(
    house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection]
) -> None:
    plan = replace(PLAN, same=frozenset({"foe"}))
    await move(house[0], rooms[0], await stocked(house[1]), FakePeople(), plan)
    assert await rooms[1].fetchval("SELECT count(*) FROM registry.quilt2_package WHERE owner = 'foe'") == 1


@pytest.mark.parametrize("url", ["nonsense", "sqlite:///x", "postgresql://nobody@127.0.0.1:1/none"])
async def test_only_a_registry_is_moved(url: str) -> None:
    with pytest.raises(SourceDatabaseUnreadable):
        async with open_origin(url):
            pass


async def test_another_database_is_recognised(database: Databases) -> None:
    with pytest.raises(SourceDatabaseUnreadable, match="no table package"):
        async with open_origin(database.admin):
            pass


def test_the_tree_is_as_clients_hash_it() -> None:
    assert trees.package_hash(root()) == "3e659fce4c878d0ad00f6df85ca1aef2aa1bcef25137f030312f01f39d256a82"


async def test_as_many_objects_as_a_package_has_can_be_missing(rooms: tuple[Sessions, asyncpg.Connection]) -> None:
    fates = [ImportedItem("object", f"objs/amy/{number}", NOTE, "Not in the bucket") for number in range(40_000)]
    async with rooms[0]() as session:
        store = ImportStore(session, "old")
        await store.note(fates)
        await store.note(())
        assert len(await store.keys("object", NOTE)) == len(fates)


async def test_large_instances_come_one_after_another(
    house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.quilt2.importing.import_package.LARGE", 0)
    at_once, most = 0, 0
    take = PackageImport._take

    async def counted(*arguments: Any) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            await take(*arguments)
        finally:
            at_once -= 1

    monkeypatch.setattr(PackageImport, "_take", counted)
    await move(house[0], rooms[0], await stocked(house[1]), FakePeople())
    assert most == 1


async def test_a_package_may_be_deleted_here_meanwhile(
    house: tuple[str, Quilt2Database], rooms: tuple[Sessions, asyncpg.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = SourceDatabase.contents

    async def deleted(origin: SourceDatabase, instance: SourceInstance) -> str:
        async with transaction(rooms[0]) as session:
            await session.execute(text("DELETE FROM registry.quilt2_package WHERE (owner, name) = ('amy', 'wine')"))
        return await contents(origin, instance)

    monkeypatch.setattr(SourceDatabase, "contents", deleted)
    porter = await stocked(house[1])
    report = await move(house[0], rooms[0], porter, FakePeople())
    assert "package\tamy/wine\tleft\tIt was deleted here meanwhile" in list(report.lines())
    assert not [key for key in porter.held() if key.startswith(".quilt/named_packages/amy/wine/")]
