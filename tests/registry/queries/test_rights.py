"""Rights of callers in queries. Refusals have the words for what does not exist."""

from dataclasses import replace

import pytest
from support.data.manifests import entry
from support.worlds.queries_world import QUERIES, QueriesWorld
from support.worlds.registry_world import problem

from registry.db.tables import Quilt2AccessRow, Quilt2PackageRow
from registry.resources import RegistryResources
from registry.services.queries.table_documents import OpenTables
from registry.settings import Quilt2Settings
from shared.db.engine import transaction
from shared.schemas.principal import Level

SECRET = "n\n42\n"

NAMES = {
    "another bucket": "package('{other}/amy/secret', '*.csv')",
    "another bucket by pattern": "package('{other}/*/*', '**')",
    "another bucket by top hash": "package('{other}/amy/secret@{hash}', '*.csv')",
    "entries of another bucket": "entries('{other}/amy/secret')",
    "revisions of another bucket": "revisions('{other}/amy/secret')",
    "packages of another bucket": "packages('{other}')",
    "table of another bucket": "tabulator('{other}', 'secrets')",
}
MISSING = "no-such-bucket-of-anybody"


@pytest.fixture
async def other(queries: QueriesWorld) -> str:
    """A bucket that only its owner and administrators read, with a package."""
    bucket = f"{queries.world.bucket}-other"
    await queries.world.registered(bucket)
    secret = await queries.stored("amy/secret/s.csv", "s.csv", SECRET, bucket=bucket)
    await queries.world.package("amy/secret", secret, bucket=bucket)
    return bucket


async def test_what_the_caller_may_not_read_is_refused_as_if_it_were_missing(queries: QueriesWorld, other: str) -> None:
    top_hash = (await queries.world.json(f"/api/v1/buckets/{other}/packages/amy/secret", "admin"))["latest"]["top_hash"]
    config = "schema: [{name: n, type: INT}]\nsource: {type: quilt-packages, package_name: .+, logical_key: .+}\n"
    put = await queries.world.client.put(
        f"/api/v1/buckets/{other}/tabulator-tables/secrets",
        json={"config": config + "parser: {format: csv, header: true}"},
        headers=queries.world.headers("admin"),
    )
    assert put.status_code == 204, put.text
    for what, name in NAMES.items():
        texts = []
        for bucket in (other, MISSING):
            sql = f"SELECT 1 FROM {name.format(other=bucket, hash=top_hash)}"
            slug, text = await queries.refusal(sql)
            assert slug == "not_found", (what, text)
            texts.append(text.replace(bucket, "…"))
        assert texts[0] == texts[1], what
    counts = ", ".join(f"(SELECT count(*) FROM {name.format(other=other, hash=top_hash)})" for name in NAMES.values())
    assert await queries.rows(f"SELECT {counts}", "admin") == [[1] * len(NAMES)]


async def test_files_whose_objects_are_in_other_buckets_need_the_right_to_read_these(
    queries: QueriesWorld, other: str
) -> None:
    world = queries.world
    borrowed = await queries.stored("amy/secret/t.csv", "t.csv", SECRET, bucket=other)
    own = await queries.stored("amy/mixed/u.csv", "u.csv", "n\n1\n")
    await world.package("amy/mixed", own, borrowed, entry("gone.csv", at="file:///home/amy/gone.csv"))
    call = f"package('{world.bucket}/amy/mixed', 't.csv')"

    assert (await queries.refusal(f"SELECT n FROM {call}"))[0] == "not_found"
    assert await queries.rows(f"SELECT n FROM package('{world.bucket}/amy/mixed', '[tu].csv')", "admin") == [[42], [1]]
    # A query says nothing of a part of its files: one that may not be read refuses all.
    assert (await queries.refusal(f"SELECT n FROM package('{world.bucket}/amy/mixed', '[tu].csv')"))[0] == "not_found"
    missing = await queries.refusal(f"SELECT n FROM package('{world.bucket}/amy/mixed', 'v.csv')")
    assert (await queries.refusal(f"SELECT n FROM {call}"))[1].replace("t.csv", "v.csv") == missing[1]
    assert (await queries.refusal(f"SELECT n FROM package('{world.bucket}/amy/mixed', 'gone.csv')"))[0] == "not_found"


async def test_private_packages_of_quilt_2_are_named_by_their_readers_alone(
    queries: QueriesWorld, resources: RegistryResources
) -> None:
    world = queries.world
    for name, user in {"amy/hers": "amy", "ben/his": "ben"}.items():
        await queries.files(name, {"a.csv": SECRET})
        async with transaction(world.sessions) as session:
            row = Quilt2PackageRow(owner=name.partition("/")[0], name=name.partition("/")[2])
            session.add(row)
            await session.flush()
            session.add(Quilt2AccessRow(package_id=row.id, user=user))
    changed = resources.settings.model_copy(update={"quilt2": Quilt2Settings(bucket=world.bucket)})
    reader = replace(resources, settings=changed).packages
    open_tables = OpenTables(world.sessions, reader.rules, world.objects)
    queries.worker.tools = replace(queries.worker.tools, reader=reader, open_tables=open_tables)
    # Every caller of the test is called amy. Administrators have no more rights here.
    for caller in ("reader", "admin"):
        listed = f"(SELECT list(package) FROM packages('{world.bucket}'))"
        matched = f"(SELECT list(n) FROM package('{world.bucket}/*/*', 'a.csv'))"
        assert await queries.rows(f"SELECT {listed}, {matched}", caller) == [[["amy/hers"], [42]]]
        hidden = await queries.refusal(f"SELECT n FROM package('{world.bucket}/ben/his', 'a.csv')", caller)
        missing = await queries.refusal(f"SELECT n FROM package('{world.bucket}/ben/not', 'a.csv')", caller)
        assert hidden[1].replace("his", "not") == missing[1]


async def test_queries_and_their_results_belong_to_who_asked(queries: QueriesWorld) -> None:
    world = queries.world
    await queries.files("amy/wine", {"a.csv": SECRET})
    found = await queries.run(f"SELECT n FROM package('{world.bucket}/amy/wine', 'a.csv')")
    path = f"{QUERIES}/{found['id']}"
    others = world.caller({world.bucket: Level.READ})
    for method, below in (
        ("GET", ""),
        ("GET", "/rows"),
        ("GET", "/result"),
        ("POST", "/run"),
        ("POST", "/cancel"),
        ("DELETE", ""),
    ):
        answer = await world.client.request(method, path + below, headers=others)
        assert problem(answer)[0] == 404, (method, below)
        assert problem(await world.client.request(method, path + below))[0] == 401, (method, below)
    listed = await world.client.get(QUERIES, headers=others)
    assert listed.json()["items"] == []
    assert problem(await world.client.get(QUERIES, params={"everyone": True}, headers=others))[0] == 403

    # Administrators see that it ran, and over what, but none of its rows: they may not read every package.
    everyones = (await world.json(QUERIES, "admin", everyone=True))["items"]
    assert [each["id"] for each in everyones] == [found["id"]]
    seen = await world.json(path, "admin")
    assert (seen["sources"], seen["first_rows"], seen["result"]) == (found["sources"], [], None)
    assert problem(await world.get(f"{path}/rows", "admin"))[0] == 410


async def test_a_ticket_holds_for_its_result_alone_and_while_its_session_lasts(queries: QueriesWorld) -> None:
    world = queries.world
    one, two = await queries.run("SELECT 1 AS a"), await queries.submit("SELECT 2 AS a")
    url = one["result"]["url"]
    assert (await world.client.get(url)).status_code == 200
    for wrong in (
        url.replace(one["id"], two["id"]),
        url.replace("/result", "/rows"),
        url[:-9],
        f"{url}&ticket=x",
        f"{url}&other=1",
    ):
        assert (await world.client.get(wrong)).status_code == 401, wrong
    world.auth.revoke(world.headers("reader")["Authorization"].removeprefix("Bearer "))
    assert (await world.client.get(url)).status_code == 401


REFUSED = {
    "COPY (SELECT 1) TO 'x'": "SELECT",
    "SELECT 1; SELECT 2": "one statement",
    "SELECT * FROM read_csv('/etc/passwd')": "read_csv",
    "SELECT * FROM package('a/b', 'c')": "bucket/author/name",
    "SELECT * FROM package('*/b/c', 'c')": "bucket/author/name",
    "SELECT * FROM package('b/*/c@1700000000', 'c')": "latest",
    "SELECT * FROM package('{bucket}/amy/wine', 'none/*.csv')": "matches",
    "SELECT * FROM package('{bucket}/amy/x*', '*.csv')": "matches",
    "SELECT * FROM revisions('{bucket}/*/*')": "one package",
    "SELECT * FROM package('{bucket}/amy/wine', '*.md')": "no table",
}


async def test_what_cannot_be_run_says_why(queries: QueriesWorld) -> None:
    await queries.files("amy/wine", {"a.csv": "n\n1\n", "b.md": "text"})
    for sql, part in REFUSED.items():
        slug, text = await queries.refusal(sql.format(bucket=queries.world.bucket))
        assert (slug, part in text) == ("statement_refused", True), (sql, text)
    call = f"package('{queries.world.bucket}/amy/wine', 'a.csv')"
    found = await queries.run(f"SELECT n,\n  nn FROM {call}")
    assert found["problem"]["type"] == "/problems/statement_failed"
    assert "nn" in found["problem"]["detail"]
    found = await queries.run(f"SELECT n\nFROM {call}, package('{queries.world.bucket}/amy/none', 'a.csv')")
    assert found["problem"]["status"] == 404
    assert found["problem"]["position"]["line"] == 2
    assert "pkg://" not in str(found)
    assert await queries.stored_results() == []


async def test_malformed_requests_are_refused_at_once(queries: QueriesWorld) -> None:
    for body in (
        {"sql": ""},
        {"sql": "SELECT 1", "format": "xlsx"},
        {"sql": "SELECT 1", "limit": 0},
        {"sql": "SELECT 1\0"},
        {"sql": "SELECT 1", "parameters": {"a b": 1}},
        {"sql": "SELECT 1", "parameters": {"a": [1]}},
        {"sql": "SELECT 1", "more": 1},
        {"sql": "x" * 100_001},
    ):
        assert (await queries.post(QUERIES, body)).status_code == 422, body
    headers = {**queries.world.headers("reader"), "Content-Type": "application/json"}
    for raw in (
        '{"sql": "SELECT 1", "parameters": {"a": NaN}}',
        '{"sql": "SELECT \\ud800"}',
        '{"sql": "SELECT 1", "parameters": {"a": "\\ud800"}}',
    ):
        assert (await queries.world.client.post(QUERIES, content=raw, headers=headers)).status_code == 422, raw
    for raw in (
        '{"name": "n", "sql": "x", "chart": {"a": NaN}}',
        '{"name": "n", "sql": "x", "chart": {"a": "\\ud800"}}',
    ):
        answer = await queries.world.client.post("/api/v1/saved-queries", content=raw, headers=headers)
        assert answer.status_code == 422, raw
    assert (await queries.post(QUERIES, {"sql": "SELECT 1"}, "anonymous")).status_code == 401
