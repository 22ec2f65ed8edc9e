"""Imports of another registry: results, reasons for what is left out, and interruptions."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Self

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from support.fakes.quilt2_database import Quilt2Database
from support.worlds.quilt2_world import BUCKET, file, group, root
from support.worlds.servers import CopyDatabase, Databases
from typing_extensions import override

from registry.quilt2.db.imports import NOTE, ImportedItem, ImportStore
from registry.quilt2.db.source_database import open_source_database
from registry.quilt2.errors import SourceDatabaseUnreadable
from registry.quilt2.importing.import_log import ImportReport
from registry.quilt2.importing.import_run import ImportPlan, ImportRun
from registry.quilt2.importing.object_inventory import InventoryCheck
from registry.quilt2.services import trees
from shared.clients.administration import Administration
from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.errors import Unavailable
from shared.settings import DatabaseSettings
from shared.testing.objects import FakeObjectStore

PLAN = ImportPlan(bucket=BUCKET, source="old", batch=3, retry_pauses=())
PATIENT = replace(PLAN, retry_pauses=(0.0,) * 20)
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


class ImportBucket(FakeObjectStore):
    """The registry's bucket: fails after some writes, or one in `fails_every`, and calls `on_write` with the key before each."""

    def __init__(self) -> None:
        super().__init__(BUCKET)
        self.writes_left = 1_000_000
        self.fails_every = 0
        self.writes = 0
        self.on_write: Any = None

    @override
    async def put(self, bucket: str, key: str, body: bytes, *, meta: dict[str, str] | None = None) -> str | None:
        self.writes_left -= 1
        self.writes += 1
        if self.writes_left < 0 or (self.fails_every and self.writes % self.fails_every == 0):
            raise Unavailable("The power went out")
        if self.on_write:
            await self.on_write(key)
        return await super().put(bucket, key, body, meta=meta)

    def all_keys(self) -> list[str]:
        return list(self._current[BUCKET])

    def body(self, key: str) -> bytes:
        return self._bodies[BUCKET, key, str(self._current[BUCKET][key].version_id)][1]


class FakePeople:
    """The part of `auth` that an import uses; `taken` names belong to other people here."""

    def __init__(self) -> None:
        self.taken = {"foe"}
        self.here: dict[str, dict[str, Any]] = {}
        self.outages = 0
        """Requests that are answered 503 from now on."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.outages:
            self.outages -= 1
            return httpx.Response(503, json={"type": "/problems/unavailable", "detail": "Not now"})
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
async def source(database: Databases) -> AsyncIterator[tuple[str, Quilt2Database]]:
    name = f"{database.name}_quilt2_source"
    admin = await asyncpg.connect(database.admin)
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = f"{database.admin.rpartition('/')[0]}/{name}"
    connection = await asyncpg.connect(url)
    try:
        yield url, await filled(await Quilt2Database(connection).build())
    finally:
        await connection.close()
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@pytest.fixture(scope="module")
async def destination(copy_database: CopyDatabase) -> AsyncIterator[tuple[Sessions, asyncpg.Connection]]:
    """A registry's database, whose transactions commit, and an administrator's connection to it."""
    database = await asyncio.to_thread(copy_database, "_quilt2_destination")
    admin = await asyncpg.connect(database.admin)
    async with open_engine(DatabaseSettings(url=SecretStr(database.registry)), "tests") as engine:
        yield sessions_of(engine), admin
    await admin.close()


@pytest.fixture(autouse=True)
async def emptied(destination: tuple[Sessions, asyncpg.Connection]) -> None:
    await empty(destination[1])


async def empty(connection: asyncpg.Connection) -> None:
    names = ("package", "object", "event", "import")
    await connection.execute(f"TRUNCATE {', '.join(f'registry.quilt2_{each}' for each in names)} CASCADE")


BODY = b"hello " * 1000


async def filled(source: Quilt2Database) -> Quilt2Database:
    for name in ("amy", "ben", "foe"):
        await source.person(name, password=f"{name}'s password")
    await source.person("nomail", "")
    readme = source.put("amy", b"# Wine\nOf Bordeaux.")
    body = source.put("amy", BODY)
    packed = source.put("amy", b"old " * 500, stored=gzip.compress(b"old " * 500, mtime=0))
    meta = source.put("amy", b'{"grape":"merlot"}')
    tree = root(README=file(readme), data=group(body=file(body, metadata_hash=meta), parts=file(body, packed)))
    sizes = {packed: 2000, readme: None}
    await source.push("amy", "wine", tree, sizes=sizes, readme="# Wine\nOf Bordeaux.", users=("ben", "public", "foe"))
    gone = "0" * 64
    second = root(README=file(readme), old=file(packed), gone=file(gone))
    versions = (("1.0", " v1.0 "), ("odd", "not a version"))
    await source.push("amy", "wine", second, tags=("latest", "best", "t" * 64), versions=versions)
    await source.push("amy", "Wine", root(a=file(body)))
    await source.push("amy", "beer", root(a=file(body)), tags=())
    await source.push("amy", "odd", {**root(a=file(body)), "extra": 1}, package_hash="1" * 64)
    await source.push("amy", "odd", root(a={"type": "TABLE", "hashes": [], "format": "HDF5"}), package_hash="2" * 64)
    await source.push("amy", "odd", root(a=file(body)), package_hash="3" * 64, tags=("wrong",))
    await source.push("foe", "secret", root(a=file(source.put("foe", b"x"))))
    await source.push("nomail", "lost", root())
    await source.push("amy", "bad-name", root())
    await source.invite("amy", "wine", "Cat@Example.com")
    await source.comment("amy", "wine", "ben", "Good.")
    await source.comment("amy", "wine", "amy", "Thanks.")
    await source.event(None, 2, "amy", "wine", "4" * 64)
    await source.event("ben", 9, "amy", "wine")
    return source


async def bucket_of(source: Quilt2Database) -> ImportBucket:
    bucket = ImportBucket()
    for key, body in source.objects.items():
        await bucket.put(BUCKET, key, body)
        if body[:2] == b"\x1f\x8b":
            bucket.encode(BUCKET, key, "gzip")
    return bucket


async def run_import(
    url: str, sessions: Sessions, bucket: ImportBucket, people: FakePeople, plan: ImportPlan = PLAN
) -> ImportReport:
    async with open_source_database(url) as database:
        run = ImportRun(
            plan,
            database=database,
            sessions=sessions,
            objects=bucket,
            administration=people.administration,
            report_progress=lambda *_: None,
            report_outage=lambda *_: None,
        )
        await run.run()
        return await run.import_log.report()


async def snapshot(connection: asyncpg.Connection, bucket: ImportBucket) -> list[Any]:
    rows = [sorted(map(repr, await connection.fetch(query))) for query in OURS]
    return [*rows, {key: bucket.body(key) for key in bucket.all_keys()}]


async def test_an_import_takes_people_packages_and_events_and_reports_what_it_leaves_out(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection]
) -> None:
    url, old = source
    sessions, ours = destination
    bucket, people = await bucket_of(old), FakePeople()
    report = await run_import(url, sessions, bucket, people)
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
    sums = await ours.fetch(
        "SELECT kind, sum(count)::bigint FROM registry.quilt2_event_week GROUP BY kind ORDER BY kind"
    )
    assert sums == kinds


async def test_imported_manifests_describe_the_stored_objects(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection]
) -> None:
    url, old = source
    bucket = await bucket_of(old)
    await run_import(url, destination[0], bucket, FakePeople())
    pointers = {key: bucket.body(key).decode() for key in bucket.all_keys() if "/named_packages/amy/wine/" in key}
    assert len(pointers) == 3  # a second push, a first one, and which is the latest
    latest = pointers[".quilt/named_packages/amy/wine/latest"]
    assert latest == pointers[max(pointers.keys() - {".quilt/named_packages/amy/wine/latest"})]
    first = pointers[min(pointers)]
    lines = [json.loads(line) for line in bucket.body(f".quilt/packages/{first}").splitlines()]
    entries = {line["logical_key"]: line for line in lines[1:]}
    assert sorted(entries) == ["README", "data/body", "data/parts/000000", "data/parts/000001"]
    assert entries["data/body"]["meta"]["user_meta"] == {"grape": "merlot"}
    packed = entries["data/parts/000001"]
    body = gzip.compress(b"old " * 500, mtime=0)
    assert (packed["size"], packed["hash"]["value"]) == (len(body), hashlib.sha256(body).hexdigest())
    plain = {"sha256": hashlib.sha256(b"old " * 500).hexdigest(), "size": 2000}
    assert packed["meta"]["quilt2"]["decoded"] == plain
    assert packed["meta"]["quilt2"]["content_encoding"] == "gzip"


async def test_an_interrupted_import_is_completed_by_another_run(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection]
) -> None:
    url, old = source
    sessions, ours = destination
    whole = await bucket_of(old)
    await run_import(url, sessions, whole, FakePeople())
    wanted = await snapshot(ours, whole)
    await empty(ours)

    bucket, people, breaks = await bucket_of(old), FakePeople(), 0
    for writes in range(1, 12):
        bucket.writes_left = writes
        try:
            await run_import(url, sessions, bucket, people)
        except Unavailable:
            breaks += 1
    bucket.writes_left = 1_000_000
    await run_import(url, sessions, bucket, people)
    assert breaks >= 3
    assert await snapshot(ours, bucket) == wanted
    for plan in (PLAN, replace(PLAN, again=True)):
        await run_import(url, sessions, bucket, people, plan)
        assert await snapshot(ours, bucket) == wanted


@pytest.mark.parametrize("dry_run", [False, True], ids=["import", "dry run"])
async def test_an_import_outlasts_outages_of_s3_of_auth_and_of_both_databases(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection], *, dry_run: bool
) -> None:
    url, old = source
    sessions, ours = destination
    plan = replace(PLAN, dry_run=dry_run, retry_pauses=(0.01,) * 1000)  # packages end each other's connections
    whole = await bucket_of(old)
    wanted_report = await run_import(url, sessions, whole, FakePeople(), replace(plan, retry_pauses=()))
    wanted = await snapshot(ours, whole)
    await empty(ours)

    bucket, people = await bucket_of(old), FakePeople()
    bucket.fails_every, people.outages = 4, 3
    ended = 0

    async def end_connections(_: object = None) -> None:
        """End the import's connections to both databases, and none of tests that run at the same time."""
        nonlocal ended
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'patchwork-import'"
            " OR application_name = 'tests' AND datname = current_database()"
        )
        ended += await ours.fetchval(query)

    async def end_some_connections(_: str) -> None:
        if bucket.writes % 5 == 0:
            await end_connections()

    bucket.on_write = end_some_connections
    async with open_source_database(url) as database:
        await end_connections()
        run = ImportRun(
            plan,
            database=database,
            sessions=sessions,
            objects=bucket,
            administration=people.administration,
            report_progress=lambda *_: None,
            report_outage=lambda *_: None,
        )
        await run.run()
        report = await run.import_log.report()
    assert ended
    assert people.outages == 0
    assert [*report.summary()] == [*wanted_report.summary()]
    assert await snapshot(ours, bucket) == wanted


async def test_an_outage_that_lasts_ends_the_import(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection]
) -> None:
    url, old = source
    bucket = await bucket_of(old)
    bucket.writes_left = 3
    with pytest.raises(Unavailable, match="The power went out"):
        await run_import(url, destination[0], bucket, FakePeople(), PATIENT)


async def test_a_dry_run_of_an_import_writes_nothing(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection]
) -> None:
    url, old = source
    bucket, people = await bucket_of(old), FakePeople()
    before = await snapshot(destination[1], bucket)
    tried = await run_import(url, destination[0], bucket, people, replace(PLAN, dry_run=True))
    assert await snapshot(destination[1], bucket) == before
    assert not people.here
    assert list(tried.lines()) == list((await run_import(url, destination[0], bucket, people)).lines())


@pytest.mark.parametrize("check", [InventoryCheck.HEAD, InventoryCheck.SAMPLE, InventoryCheck.NONE])
async def test_each_inventory_check_finds_the_missing_object_it_can_find(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection], check: InventoryCheck
) -> None:
    bucket = await bucket_of(source[1])
    report = await run_import(source[0], destination[0], bucket, FakePeople(), replace(PLAN, check=check))
    missing = [line for line in report.lines() if line.startswith("object\t")]
    assert len(missing) == (0 if check is InventoryCheck.NONE else 1)


async def test_a_package_pushed_here_is_not_replaced_by_an_import(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection]
) -> None:
    await destination[1].execute("INSERT INTO registry.quilt2_package (owner, name) VALUES ('amy', 'beer')")
    report = await run_import(source[0], destination[0], await bucket_of(source[1]), FakePeople())
    assert "package\tamy/beer\tleft\tThere is such a package here already" in list(report.lines())


async def test_an_account_named_as_the_same_person_gets_their_packages(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection]
) -> None:
    plan = replace(PLAN, same=frozenset({"foe"}))
    await run_import(source[0], destination[0], await bucket_of(source[1]), FakePeople(), plan)
    assert await destination[1].fetchval("SELECT count(*) FROM registry.quilt2_package WHERE owner = 'foe'") == 1


@pytest.mark.parametrize("url", ["nonsense", "sqlite:///x", "postgresql://nobody@127.0.0.1:1/none"])
async def test_an_unreachable_source_database_is_refused(url: str) -> None:
    with pytest.raises(SourceDatabaseUnreadable):
        async with open_source_database(url):
            pass


async def test_a_source_database_without_the_tables_is_refused(database: Databases) -> None:
    with pytest.raises(SourceDatabaseUnreadable, match="no table package"):
        async with open_source_database(database.admin):
            pass


def test_the_empty_tree_has_the_hash_that_clients_compute() -> None:
    assert trees.package_hash(root()) == "3e659fce4c878d0ad00f6df85ca1aef2aa1bcef25137f030312f01f39d256a82"


async def test_the_import_log_takes_forty_thousand_missing_objects(
    destination: tuple[Sessions, asyncpg.Connection],
) -> None:
    items = [ImportedItem("object", f"objs/amy/{number}", NOTE, "Not in the bucket") for number in range(40_000)]
    async with destination[0]() as session:
        store = ImportStore(session, "old")
        await store.record(items)
        await store.record(())
        assert len(await store.keys("object", NOTE)) == len(items)


@pytest.mark.parametrize(("large_characters", "concurrency"), [(0, 1), (1 << 20, 3)])
async def test_large_instances_are_imported_one_after_another(
    source: tuple[str, Quilt2Database],
    destination: tuple[Sessions, asyncpg.Connection],
    *,
    large_characters: int,
    concurrency: int,
) -> None:
    """The three instances would all be writing their manifests, if nothing kept them apart: each waits for the others."""
    bucket = await bucket_of(source[1])
    writing, highest, all_writing = 0, 0, asyncio.Event()

    async def count(key: str) -> None:
        nonlocal writing, highest
        if not key.startswith(".quilt/packages/"):
            return
        writing += 1
        highest = max(highest, writing)
        if concurrency == 1:
            await destination[1].fetchval("SELECT 1")  # lets the others go on
        elif writing == concurrency:
            all_writing.set()
        else:
            await all_writing.wait()
        writing -= 1

    bucket.on_write = count
    plan = replace(PLAN, large_characters=large_characters)
    await run_import(source[0], destination[0], bucket, FakePeople(), plan)
    assert highest == concurrency


@pytest.mark.parametrize("written", [".quilt/packages/", ".quilt/named_packages/amy/wine/"])
async def test_a_package_deleted_during_its_import_is_left_out_and_has_no_pointers(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection], written: str
) -> None:
    bucket, is_deleted = await bucket_of(source[1]), False

    async def delete(key: str) -> None:
        nonlocal is_deleted
        if key.startswith(written) and not is_deleted:
            is_deleted = True
            async with transaction(destination[0]) as session:
                await session.execute(text("DELETE FROM registry.quilt2_package WHERE (owner, name) = ('amy', 'wine')"))

    bucket.on_write = delete
    report = await run_import(source[0], destination[0], bucket, FakePeople())
    assert is_deleted
    assert "package\tamy/wine\tleft\tIt was deleted here during the import" in list(report.lines())
    assert not [key for key in bucket.all_keys() if key.startswith(".quilt/named_packages/amy/wine/")]


_open_sessions: ContextVar[int] = ContextVar("open_sessions", default=0)


class CountedSession(AsyncSession):
    """Counts the open sessions of a task and of those that started it."""

    @override
    async def __aenter__(self) -> Self:
        _open_sessions.set(_open_sessions.get() + 1)
        return await super().__aenter__()

    @override
    async def __aexit__(self, *reason: object) -> None:
        _open_sessions.set(_open_sessions.get() - 1)
        await super().__aexit__(*reason)


async def test_an_import_holds_no_database_connection_while_it_writes_to_s3(
    source: tuple[str, Quilt2Database], destination: tuple[Sessions, asyncpg.Connection]
) -> None:
    bucket, written = await bucket_of(source[1]), []

    async def look(key: str) -> None:
        written.append(key)
        assert _open_sessions.get() == 0, f"a session is open while {key} is written"

    bucket.on_write = look
    sessions = async_sessionmaker(class_=CountedSession, **destination[0].kw)
    await run_import(source[0], sessions, bucket, FakePeople())
    assert written
