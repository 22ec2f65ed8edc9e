"""Results of queries over packages: rows at once, as pages and as files in every format, and again from the same revisions."""

import io
from typing import Any

import orjson
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet
import pytest
from support.data.manifests import entry
from support.worlds.queries_world import QUERIES, QueriesWorld
from support.worlds.registry_world import problem

WINES = "name,year,litres\nRiesling,2021,0.75\nSilvaner,2022,1.5\nScheurebe,2022,\n"


def package(queries: QueriesWorld, pattern: str, name: str = "amy/wine", options: str = "") -> str:
    return f"package('{queries.world.bucket}/{name}', '{pattern}'{options})"


async def test_a_query_gives_rows_columns_and_what_it_read(queries: QueriesWorld) -> None:
    top_hash = await queries.files("amy/wine", {"wines.csv": WINES})
    call = package(queries, "wines.csv")

    found = await queries.run(
        f"SELECT year, count(*) AS wines, sum(litres) AS litres FROM {call} GROUP BY ALL ORDER BY 1"
    )

    assert found["state"] == "done", found["problem"]
    assert found["first_rows"] == [[2021, 1, 0.75], [2022, 2, 1.5]]
    assert [(column["name"], column["type"]) for column in found["columns"]] == [
        ("year", "integer"),
        ("wines", "integer"),
        ("litres", "number"),
    ]
    assert found["sources"] == [
        {
            "call": call,
            "revisions": [{"bucket": queries.world.bucket, "package": "amy/wine", "top_hash": top_hash}],
            "total_revisions": 1,
            "files": 1,
            "bytes": len(WINES),
        }
    ]
    assert (found["rows"], found["read_bytes"], found["is_cut"], found["progress"]) == (2, len(WINES), False, 1)
    assert (found["read_files"], found["seconds_left"]) == (1, None)
    assert found["created_by"] == "amy"
    assert await queries.stored_results() == [f"queries/{found['id']}/result.parquet"]


@pytest.mark.long
async def test_rows_know_their_file_and_revision_and_calls_have_patterns_and_options(queries: QueriesWorld) -> None:
    one = await queries.files("lab/one", {"run/a/results.csv": "m;n\n0;1\n", "notes.md": "No table"})
    two = await queries.files("lab/two", {"results.csv": "n;m\n2;0\n", "run/b/results.csv": "n\n3\n"})
    await queries.files("other/three", {"results.csv": "n\n4\n"})
    call = package(queries, "**/results.csv", "lab/*@latest", ", delim := ';'")

    found = await queries.rows(f'SELECT "$pkg_name", "$logical_key", "$top_hash", n FROM {call} ORDER BY n')

    assert found == [
        ["lab/one", "run/a/results.csv", one, 1],
        ["lab/two", "results.csv", two, 2],
        ["lab/two", "run/b/results.csv", two, 3],
    ]


async def test_entries_revisions_and_packages_are_tables(queries: QueriesWorld) -> None:
    bucket = queries.world.bucket
    first = await queries.files("amy/wine", {"a.csv": "n\n1\n"}, message="First", user_meta={"level": 3})
    wine = await queries.stored("amy/wine/b.csv", "b.csv", "n\n22\n", meta={"color": "red"})
    second = await queries.world.package("amy/wine", entry("a.csv"), wine, message="Second")

    tables = {
        "entries": f"SELECT logical_key, size, \"meta.color\" AS color FROM entries('{bucket}/amy/wine') ORDER BY 1",
        "revisions": f"SELECT top_hash, message, entries FROM revisions('{bucket}/amy/wine') ORDER BY pushed_at",
        "packages": f"SELECT package, top_hash, meta FROM packages('{bucket}')",
        "of_first": f"SELECT logical_key FROM entries('{bucket}/amy/wine@{first[:10]}')",
    }
    columns = ", ".join(f"(SELECT list({name}) FROM ({sql}) {name}) AS {name}" for name, sql in tables.items())

    [found] = await queries.rows(f"SELECT {columns}")

    assert [[list(row.values()) for row in rows] for rows in found] == [
        [["a.csv", 5, None], ["b.csv", 5, "red"]],
        [[first, "First", 1], [second, "Second", 2]],
        [["amy/wine", second, None]],
        [["a.csv"]],
    ]


async def test_a_query_runs_again_over_the_same_revisions_after_new_pushes(queries: QueriesWorld) -> None:
    bucket = queries.world.bucket
    await queries.files("amy/wine", {"wines.csv": WINES}, message="First")
    sql = f"""SELECT (SELECT count(*) FROM {package(queries, "wines.csv")}) AS rows,
        (SELECT list(package || top_hash) FROM packages('{bucket}')) AS packages,
        (SELECT list(top_hash) FROM revisions('{bucket}/amy/wine')) AS revisions,
        (SELECT list(logical_key || size) FROM entries('{bucket}/amy/*')) AS entries"""
    before = await queries.run(sql)
    assert before["state"] == "done", before["problem"]
    await queries.files("amy/wine", {"wines.csv": "name,year,litres\n"}, message="Second")
    await queries.files("amy/beer", {"wines.csv": WINES})

    answer = await queries.post(f"{QUERIES}/{before['id']}/run", {"limit": 10})
    assert answer.status_code == 202, answer.text
    again = await queries.ended(answer.json())
    [now] = await queries.rows(sql)

    assert (again["limit"], again["sql"], again["sources"]) == (10, sql, before["sources"])
    assert again["first_rows"] == before["first_rows"]
    assert all(new != old for new, old in zip(now, before["first_rows"][0], strict=True)), now


async def test_a_result_is_the_same_in_every_format_and_by_pages_that_are_sorted_and_filtered(
    queries: QueriesWorld,
) -> None:
    sql = """SELECT i::BIGINT AS n, i / 4 AS part, 'o''clock "' || i AS text, i % 2 = 0 AS even,
        CASE WHEN i < 3 THEN NULL ELSE DATE '2026-01-01' + i::INT END AS day, [i, NULL] AS list,
        9007199254740993::HUGEINT + i AS wide, 1.25::DECIMAL(9, 2) AS price FROM range(300) t(i) ORDER BY i"""
    found = await queries.run(sql, format="csv")
    assert found["state"] == "done", found["problem"]
    url = found["result"]["url"]
    assert "format=csv" in url

    async def read(form: str) -> bytes:
        # The ticket in the address holds for every format, without a token.
        answer = await queries.world.client.get(url.replace("format=csv", f"format={form}"))
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["content-length"]) == len(answer.content)
        return answer.content

    parquet = pyarrow.parquet.read_table(io.BytesIO(await read("parquet")))
    arrow = pyarrow.ipc.open_stream(await read("arrow")).read_all()
    lines = [orjson.loads(line) for line in (await read("jsonl")).splitlines()]
    table = pyarrow.csv.read_csv(io.BytesIO(await read("csv")))
    pages: list[list[Any]] = []
    for offset in range(0, 300, 100):
        page = await queries.world.json(f"{QUERIES}/{found['id']}/rows", offset=offset)
        assert (page["offset"], page["total"]) == (offset, 300)
        pages += page["rows"]

    assert arrow.to_pylist() == parquet.to_pylist()
    assert found["rows"] == len(lines) == table.num_rows == parquet.num_rows == 300
    assert pages[:200] == found["first_rows"]
    names = [column["name"] for column in found["columns"]]
    assert names == parquet.column_names == list(lines[0]) == table.column_names
    assert [list(line.values()) for line in lines] == pages
    for name in ("n", "part", "text", "even", "day"):
        assert table[name].to_pylist() == parquet[name].to_pylist(), name
    assert [str(value) for value in table["price"].to_pylist()] == ["1.25"] * 300
    assert table["list"].to_pylist()[7] == "[7,null]"
    assert parquet["wide"].to_pylist()[1] == 9007199254740994

    rows = f"{QUERIES}/{found['id']}/rows"
    page = await queries.world.json(rows, where='[["n", "<", 3]]', sort="-n", columns="n")
    assert (page["rows"], page["total"]) == ([[2], [1], [0]], 3)
    for wrong in ({"sort": "no such"}, {"where": '[["n", "like", 1]]'}, {"columns": "x"}):
        assert (await queries.world.get(rows, **wrong)).status_code == 400, wrong


async def test_parameters_are_bound_and_stand_in_the_names_of_packages(queries: QueriesWorld) -> None:
    await queries.files("amy/wine", {"wines.csv": WINES})
    sql = "SELECT name FROM package($source, 'wines.csv') WHERE year >= $least AND name <> $other ORDER BY name"
    values = {"source": f"{queries.world.bucket}/amy/wine", "least": 2022, "other": "x' OR true --"}

    found = await queries.run(sql, parameters=values, name="Wines")

    assert found["first_rows"] == [["Scheurebe"], ["Silvaner"]]
    assert (found["parameters"], found["name"]) == (values, "Wines")
    for wrong in ({"source": values["source"], "least": 1}, {**values, "more": 1}):
        slug, text = await queries.refusal(sql, parameters=wrong)
        assert slug == "statement_refused", text


@pytest.mark.long
async def test_a_limit_cuts_the_result_and_says_so(queries: QueriesWorld) -> None:
    cut = await queries.run("SELECT i FROM range(5000) t(i)", limit=7)
    most = await queries.run("SELECT i FROM range(5000) t(i)")

    assert [(each["rows"], each["is_cut"]) for each in (cut, most)] == [(7, True), (1000, True)]


async def test_the_rows_of_two_revisions_are_compared(queries: QueriesWorld) -> None:
    bucket = queries.world.bucket
    before = await queries.files("amy/wine", {"wines.csv": "id,name,year\n1,a,2020\n2,b,2020\n3,c,2020\n"})
    await queries.files("amy/wine", {"wines.csv": "id,name,year\n1,a,2020\n2,b,2021\n4,d,2020\n"})
    path = f"/api/v1/buckets/{bucket}/packages/amy/wine/row-differences"

    answer = await queries.post(path, {"path": "wines.csv", "base": before, "keys": ["id"]})
    assert answer.status_code == 202, answer.text
    found = await queries.ended(answer.json())

    assert found["state"] == "done", found["problem"]
    totals = found["difference"]
    assert {name: totals[name] for name in ("keys", "added", "removed", "changed", "same", "cells")} == {
        "keys": ["id"],
        "added": 1,
        "removed": 1,
        "changed": 1,
        "same": 1,
        "cells": {"year": 1},
    }
    page = await queries.world.json(f"{QUERIES}/{found['id']}/rows", where='[["$change", "=", "changed"]]')
    [row] = [dict(zip([each["name"] for each in page["columns"]], row, strict=True)) for row in page["rows"]]
    assert (row["id"], row["year"], row["$before.year"], row["$changed"]) == (2, 2021, 2020, ["year"])
    again = await queries.ended((await queries.post(f"{QUERIES}/{found['id']}/run")).json())
    assert (again["difference"], again["sources"]) == (totals, found["sources"])
    for wrong in (
        {"base": "f" * 64},
        {"base": before, "base_package": "amy/none"},
        {"base": before, "base_bucket": "none"},
    ):
        assert problem(await queries.post(path, {"path": "wines.csv", **wrong}))[0] == 404, wrong


async def test_results_are_read_by_ranges_and_without_their_bytes(queries: QueriesWorld) -> None:
    found = await queries.run("SELECT i FROM range(1000) t(i)", format="csv")
    client, url = queries.world.client, found["result"]["url"]
    for form in ("csv", "parquet"):
        address = url.replace("format=csv", f"format={form}")
        head = await client.head(address)
        whole = await client.get(address)
        assert (head.status_code, head.content, whole.status_code) == (200, b"", 200)
        for name in ("content-length", "etag", "content-type", "accept-ranges"):
            assert head.headers[name] == whole.headers[name], name
        size, etag = len(whole.content), whole.headers["etag"]
        for asked, (start, end) in {
            "bytes=0-9": (0, 10),
            "bytes=100-": (100, size),
            "bytes=-7": (size - 7, size),
            f"bytes={size - 1}-{size + 5}": (size - 1, size),
        }.items():
            part = await client.get(address, headers={"Range": asked, "If-Range": etag})
            assert (part.status_code, part.content) == (206, whole.content[start:end]), asked
            assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert (await client.get(address, headers={"Range": "bytes=0-9", "If-Range": '"x"'})).content == whole.content
        beyond = await client.get(address, headers={"Range": f"bytes={size}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
        known = await client.get(address, headers={"If-None-Match": etag})
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)
        assert (await client.get(address, headers={"If-Match": '"x"'})).status_code == 412
    kept = [f"queries/{found['id']}/result.{form}" for form in ("csv", "parquet")]
    assert sorted(await queries.stored_results()) == kept
    path = f"{QUERIES}/{found['id']}"
    assert (await client.head(f"{path}/result")).status_code == 401
    assert (await client.delete(path, headers=queries.world.headers("reader"))).status_code == 204
    assert await queries.stored_results() == []
