"""Statements over packages answer as DuckDB does over the same files on disk."""

import datetime as dt
import gzip
import io
import random
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather as pa_feather
import pyarrow.parquet as pq
import pytest
from support.sandbox.query_world import TOP_HASH, Package, run_here, run_stream

from shared.queries.types import ParameterValue

ROWS = 5_000
STATEMENTS = [
    "SELECT count(*) FROM {wine}",
    "SELECT * FROM {wine} ORDER BY id LIMIT 7",
    "SELECT * FROM {wine} WHERE id = 4711",
    "SELECT id, price FROM {wine} WHERE price > 90 ORDER BY price DESC, id LIMIT 20 OFFSET 3",
    "SELECT grape, count(*) n, avg(price) a FROM {wine} GROUP BY grape ORDER BY grape",
    "SELECT grape, sum(litres) FROM {wine} GROUP BY ALL HAVING sum(litres) > 10 ORDER BY ALL",
    "SELECT min(picked), max(picked), min(price), max(price) FROM {wine}",
    "SELECT date_trunc('month', picked) m, count(*) FROM {wine} GROUP BY m ORDER BY m",
    "SELECT year(picked) y, quarter(picked) q, median(price) FROM {wine} GROUP BY y, q ORDER BY y, q",
    "SELECT DISTINCT grape FROM {wine} ORDER BY grape",
    "SELECT count(DISTINCT grape), count(price), count(*) FROM {wine}",
    "SELECT grape, price, rank() OVER (PARTITION BY grape ORDER BY price DESC, id) r FROM {wine} QUALIFY r <= 2 ORDER BY ALL",
    "SELECT id, lag(price) OVER (ORDER BY id) FROM {wine} ORDER BY id LIMIT 9",
    "SELECT id, sum(litres) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM {wine} ORDER BY id LIMIT 9",
    "SELECT w.grape, r.country, count(*) FROM {wine} w JOIN {regions} r USING (region) GROUP BY ALL ORDER BY ALL",
    "SELECT r.region FROM {regions} r LEFT JOIN {wine} w ON w.region = r.region WHERE w.id IS NULL ORDER BY 1",
    "SELECT r.region FROM {regions} r WHERE NOT EXISTS (SELECT 1 FROM {wine} w WHERE w.region = r.region) ORDER BY 1",
    "SELECT region FROM {regions} WHERE region IN (SELECT region FROM {wine} WHERE price > 99) ORDER BY 1",
    "SELECT count(*) FROM {regions} a, {regions} b WHERE a.country = b.country",
    "SELECT region FROM {regions} UNION SELECT region FROM {wine} ORDER BY 1",
    "SELECT region FROM {regions} EXCEPT SELECT region FROM {wine} ORDER BY 1",
    "SELECT region FROM {regions} INTERSECT SELECT region FROM {wine} ORDER BY 1",
    "WITH best AS (SELECT grape, max(price) p FROM {wine} GROUP BY grape) SELECT w.id FROM {wine} w JOIN best ON best.grape = w.grape AND best.p = w.price ORDER BY 1",
    "WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, (SELECT price FROM {wine} WHERE id = i) FROM n ORDER BY i",
    "SELECT upper(grape), length(grape), grape[1:3], reverse(grape) FROM {wine} WHERE id < 3 ORDER BY id",
    "SELECT count(*) FROM {wine} WHERE grape LIKE 'R%'",
    "SELECT count(*) FROM {wine} WHERE grape ILIKE '%o%' AND NOT grape SIMILAR TO 'P.*'",
    "SELECT regexp_extract(grape, '([A-Z])', 1) initial, count(*) FROM {wine} GROUP BY 1 ORDER BY 1",
    "SELECT count(*) FROM {wine} WHERE price IS NULL",
    "SELECT coalesce(price, -1) p FROM {wine} ORDER BY p, id LIMIT 5",
    "SELECT CASE WHEN price > 50 THEN 'dear' WHEN price IS NULL THEN 'unknown' ELSE 'cheap' END c, count(*) FROM {wine} GROUP BY c ORDER BY c",
    "SELECT price::INTEGER % 7 m, count(*) FROM {wine} WHERE price IS NOT NULL GROUP BY m ORDER BY m",
    "SELECT round(stddev(price), 6), round(variance(price), 6), round(corr(price, litres), 9) FROM {wine}",
    "SELECT quantile_cont(price, [0.1, 0.5, 0.9]) FROM {wine}",
    "SELECT histogram(grape) FROM {wine}",
    "SELECT grape, list(id ORDER BY id)[1:3] FROM {wine} GROUP BY grape ORDER BY grape",
    "SELECT string_agg(DISTINCT grape, ', ' ORDER BY grape) FROM {wine}",
    "SELECT bool_and(is_red), bool_or(is_red), sum(is_red::INT) FROM {wine}",
    "SELECT grape, is_red, count(*) FROM {wine} GROUP BY GROUPING SETS ((grape), (is_red), ()) ORDER BY ALL",
    "SELECT grape, is_red, count(*) FROM {wine} GROUP BY CUBE (grape, is_red) ORDER BY ALL",
    "SELECT id, picked + INTERVAL 3 DAY, datediff('day', picked, DATE '2026-12-31') FROM {wine} ORDER BY id LIMIT 4",
    "SELECT strftime(picked, '%Y/%m') s, count(*) FROM {wine} GROUP BY s ORDER BY s",
    "SELECT tags, len(tags) FROM {wine} ORDER BY id LIMIT 5",
    "SELECT tag, count(*) FROM (SELECT unnest(tags) tag FROM {wine}) GROUP BY tag ORDER BY tag",
    "SELECT place.lat, place['lon'] FROM {wine} ORDER BY id LIMIT 5",
    "SELECT * EXCLUDE (place, tags) FROM {wine} ORDER BY id DESC LIMIT 3",
    "SELECT COLUMNS('(id|price)') FROM {wine} ORDER BY id LIMIT 3",
    "SELECT arg_max(id, price + id / 1e6), arg_min(id, price + id / 1e6) FROM {wine}",
    "SELECT count(*) FILTER (WHERE is_red) red, count(*) FILTER (WHERE NOT is_red) white FROM {wine}",
    "SELECT approx_count_distinct(grape) FROM {wine}",
    "SELECT * FROM (SELECT grape, is_red FROM {wine}) PIVOT (count(*) FOR is_red IN (true, false)) ORDER BY ALL",
    "SELECT * FROM {regions} ORDER BY region",
    "SELECT country, count(*) FROM {regions} GROUP BY country ORDER BY country",
    "SELECT sensor, avg(value), count(*) FROM {readings} GROUP BY sensor ORDER BY sensor",
    "SELECT r.sensor, w.grape FROM {readings} r JOIN {wine} w ON w.id = r.wine WHERE r.value > 98 ORDER BY ALL",
    "SELECT wine, max_by(sensor, value) FROM {readings} GROUP BY wine ORDER BY wine LIMIT 10",
    "SELECT count(*) FROM {readings} ASOF JOIN (SELECT id, price FROM {wine}) w ON w.id <= wine",
    "SELECT i, count(price) FROM range(5) t(i) LEFT JOIN {wine} ON id % 5 = i GROUP BY i ORDER BY i",
    "SELECT greatest(price, litres), least(price, litres) FROM {wine} ORDER BY id LIMIT 5",
    "SELECT md5(grape), hash(id) % 10, id::VARCHAR || grape FROM {wine} ORDER BY id LIMIT 5",
    "SELECT json_object('id', id, 'grape', grape) FROM {wine} ORDER BY id LIMIT 3",
    "SELECT 1 / 3, 7 // 2, 2 ** 10, 5 & 3, 0.1::DECIMAL(5, 2)",
]


def tables() -> dict[str, pa.Table]:
    dice = random.Random(7)  # noqa: S311 – no secret
    grapes, regions = (
        ["Riesling", "Syrah", "Merlot", "Pinot", "Gamay"],
        ["Ahr", "Loire", "Rioja", "Douro", "Etna", "Nahe"],
    )
    wine = pa.table(
        {
            "id": list(range(ROWS)),
            "grape": [dice.choice(grapes) for _ in range(ROWS)],
            "region": [dice.choice(regions[:5]) for _ in range(ROWS)],
            "price": [None if n % 97 == 0 else round(dice.uniform(3, 100), 2) for n in range(ROWS)],
            "litres": [dice.uniform(0, 2) for _ in range(ROWS)],
            "is_red": [n % 3 == 0 for n in range(ROWS)],
            "picked": [dt.date(2024, 1, 1) + dt.timedelta(days=dice.randrange(900)) for _ in range(ROWS)],
            "tags": [dice.sample(["dry", "old", "bio"], dice.randrange(4)) for _ in range(ROWS)],
            "place": [{"lat": dice.uniform(40, 50), "lon": dice.uniform(0, 10)} for _ in range(ROWS)],
        }
    )
    countries = ["DE", "FR", "ES", "PT", "IT", "DE"]
    readings = [(dice.choice("abc"), dice.randrange(ROWS), dice.uniform(0, 100)) for _ in range(2_000)]
    return {
        "wine": wine,
        "regions": pa.table({"region": regions, "country": countries}),
        "readings": pa.table(
            dict(zip(("sensor", "wine", "value"), map(list, zip(*readings, strict=True)), strict=True))
        ),
    }


def as_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=1_000)
    return sink.getvalue()


def as_csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa_csv.write_csv(table, sink)
    return sink.getvalue()


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    made = tables()
    return {
        "data/wine.parquet": as_parquet(made["wine"]),
        "data/regions.csv": as_csv(made["regions"]),
        "data/readings.jsonl": "".join(f"{row}\n".replace("'", '"') for row in made["readings"].to_pylist()).encode(),
    }


@pytest.fixture(scope="module")
def on_disk(contents: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for key, content in contents.items():
        (folder / Path(key).name).write_bytes(content)
    return folder


@pytest.mark.parametrize("sql", STATEMENTS, ids=range(len(STATEMENTS)))
def test_answers_are_those_of_duckdb_on_the_files(contents: dict[str, bytes], on_disk: Path, sql: str) -> None:
    keys = {"wine": "data/wine.parquet", "regions": "data/regions.csv", "readings": "data/readings.jsonl"}
    ours = sql.format(**{name: _named(key) for name, key in keys.items()})
    files = {name: f"'{on_disk / Path(key).name}'" for name, key in keys.items()}
    with duckdb.connect(":memory:", config={"threads": 1}) as plain:
        expected = plain.sql(sql.format(**files)).to_arrow_table()
    found = run_here(ours, Package(contents)).table
    assert [field.type for field in found.schema] == [field.type for field in expected.schema]
    assert [list(map(_close, row.values())) for row in found.to_pylist()] == [
        list(map(_close, row.values())) for row in expected.to_pylist()
    ]


def _named(key: str) -> str:
    columns = ", ".join(f'"{name}"' for name in ("$pkg_name", "$logical_key", "$physical_key", "$top_hash"))
    return f"(SELECT * EXCLUDE ({columns}) FROM package('lab/amy/wine@latest', '{key}'))"  # noqa: S608 – own names


def _close(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9) if isinstance(value, float) else value


def test_rows_of_many_files_say_where_they_are_from() -> None:
    files = {
        "a.csv": b"x,y\n1,one\n",
        "b/c.tsv.gz": gzip.compress(b"x\ty\n2\ttwo\n"),
        "d \u00e9%.jsonl": b'{"x": 3, "z": true}\n',
        "e.feather": _feather(pa.table({"x": [4], "y": ["four"]})),
        "f.parquet": as_parquet(pa.table({"x": [5], "y": ["five"]})),
    }
    found = run_here("SELECT * FROM package('lab/amy/wine@latest', '*') ORDER BY x", Package(files)).rows
    assert [(row["x"], row["y"], row["z"], row["$logical_key"]) for row in found] == [
        (1, "one", None, "a.csv"),
        (2, "two", None, "b/c.tsv.gz"),
        (3, None, True, "d \u00e9%.jsonl"),
        (4, "four", None, "e.feather"),
        (5, "five", None, "f.parquet"),
    ]
    assert {(row["$pkg_name"], row["$top_hash"]) for row in found} == {("amy/wine", TOP_HASH)}
    assert found[0]["$physical_key"] == "s3://lab/amy/wine/a.csv"


def test_options_and_parameters_are_used() -> None:
    files = {"a.csv": b"1;2\n3;4\n"}
    sql = "SELECT column1 FROM package('lab/amy/wine@latest', 'a.csv', header := false, delim := ';') WHERE column0 > $least"
    assert run_here(sql, Package(files), {"least": 2}).rows == [{"column1": 4}]


def _feather(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa_feather.write_feather(table, sink)
    return sink.getvalue()


def test_dates_are_bound_as_dates_and_texts_may_be_arguments_of_calls() -> None:
    files = {"a.csv": b"picked\n2026-01-01\n2026-03-01\n", "b.csv": b"picked\n2027-01-01\n"}
    sql = "SELECT count(*) n FROM package('lab/amy/wine@latest', $path) WHERE picked > $since"
    values: dict[str, ParameterValue] = {"path": "a*", "since": dt.date(2026, 2, 1)}
    assert run_here(sql, Package(files), values).rows == [{"n": 1}]


def test_keys_of_metadata_are_columns_of_the_types_that_they_have() -> None:
    metas = [
        '{"age": 4, "Age": true, "site": "Oslo", "a/b~\\"c": 1.5, "tags": ["x"], "mixed": 1}',
        '{"age": -1, "site": null, "mixed": "one"}',
        "[1]",
        None,
    ]
    table = pa.table({"name": ["a", "b", "c", "d"], "meta": metas, "meta.site": [None] * 4})
    found = run_stream("SELECT * EXCLUDE (meta) FROM entries('lab/amy/wine') ORDER BY name", table)
    names = ["name", "meta.site", "meta.age", 'meta.a/b~"c', "meta.tags", "meta.mixed"]
    assert found.table.schema.names == names
    assert [tuple(row.values()) for row in found.rows] == [
        ("a", None, 4, 1.5, '["x"]', "1"),
        ("b", None, -1, None, None, '"one"'),
        ("c", None, None, None, None, None),
        ("d", None, None, None, None, None),
    ]
    assert run_stream("SELECT name FROM entries('x') WHERE \"meta.age\" > 3", table).rows == [{"name": "a"}]
