"""Files that a statement needs by its conditions: those that hold its rows, and as few others as can be known before they are opened."""

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.ipc as pa_ipc
from support.sandbox.query_world import Package, run_here

from shared.queries.choosing import choose_candidates
from shared.queries.conditions import CANDIDATE_NUMBER
from shared.queries.engine import lock_engine, open_engine
from shared.queries.statements import parse_statement
from shared.queries.types import (
    BoundValue,
    ChoiceArguments,
    ChoiceRequest,
    ChosenCandidates,
    ParsedStatement,
    QuerySource,
)
from shared.readers.source import BytesSource

KEYS = [f"{year}/{name}.csv" for year in (2025, 2026) for name in "abc"]
FILES = Package({key: f"n,year\n{number},{key[:4]}\n".encode() for number, key in enumerate(KEYS)})
CALL = "package('lab/amy/wine@latest', '*')"
CASES: dict[str, list[int]] = {
    "WHERE \"$logical_key\" LIKE '2026/%'": [3, 4, 5],
    "WHERE \"$logical_key\" LIKE '2026/%' AND \"$logical_key\" LIKE '%b.csv' AND n > 0": [4],
    "WHERE \"$logical_key\" IN ('2025/a.csv', '2026/c.csv') OR \"$logical_key\" = $key": [0, 1, 5],
    "WHERE regexp_matches(\"$logical_key\", '[ac].csv$') AND \"$pkg_name\" = 'amy/wine'": [0, 2, 3, 5],
    'WHERE "$logical_key" < \'2026\' AND "$top_hash" IS NOT NULL': [0, 1, 2],
    'WHERE "$logical_key" IN (SELECT path FROM entries(\'x\') WHERE "meta.good")': [1, 4],
    "WHERE NOT EXISTS (SELECT 1 FROM entries('x') WHERE path = \"$logical_key\")": [0, 2, 3, 5],
    "WHERE \"$logical_key\" LIKE '2026/%' OR n = 1": [0, 1, 2, 3, 4, 5],
    'WHERE "$logical_key"::INTEGER > 3 AND "$logical_key" LIKE \'2026/%\'': [3, 4, 5],
    f"p JOIN {CALL} q USING (n) WHERE p.\"$logical_key\" = '2025/a.csv' AND q.\"$logical_key\" LIKE '2025%'": [0, 1, 2],
    f'p LEFT JOIN {CALL} q USING (n) WHERE q."$logical_key" IS NULL': [0, 1, 2, 3, 4, 5],
    f"WHERE \"$logical_key\" = '2025/a.csv' UNION ALL SELECT n FROM {CALL} WHERE \"$logical_key\" = '2025/b.csv'": [  # noqa: S608 – own texts
        0,
        1,
    ],
}
"""Numbers of the files that a statement needs, by what follows its FROM."""


def stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa_ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


ENTRIES = stream(pa.table({"path": ["2025/b.csv", "2026/b.csv"], "meta": ['{"good": true}'] * 2}))


def chosen(connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, BoundValue]) -> list[int]:
    parsed = parse_statement(connection, sql, values)
    assert isinstance(parsed, ParsedStatement), parsed
    [call] = [each for each in parsed.calls if each.function == "package"]
    if not call.conditions:
        return list(range(len(KEYS)))
    files = FILES.files
    rows = {CANDIDATE_NUMBER: list(range(len(KEYS)))}
    columns = {name: [file.columns[name] for file in files] for name in files[0].columns}
    candidates = stream(pa.table(rows | columns))
    tables = [
        QuerySource(each.ordinal, table=(len(candidates), len(ENTRIES))) for each in parsed.calls if each is not call
    ]
    request = msgspec.msgpack.encode(ChoiceRequest((0, len(candidates)), tables, call.conditions, values))
    content = candidates + ENTRIES
    found = choose_candidates(BytesSource(content + request), ChoiceArguments((len(content), len(request)), 128 << 20))
    assert isinstance(found, ChosenCandidates), found
    return found.numbers


def test_files_are_chosen_as_conditions_say_and_answers_stay_the_same() -> None:
    connection = open_engine(128 << 20)
    lock_engine(connection)
    for after, expected in CASES.items():
        sql = f"SELECT n FROM {CALL} {after}"  # noqa: S608 – own texts
        values = {"key": BoundValue("2025/b.csv")} if "$key" in sql else {}
        numbers = chosen(connection, sql, values)
        assert numbers == expected, sql
        if "entries(" in sql or "INTEGER" in sql:
            continue
        kept = Package({KEYS[number]: FILES.contents[KEYS[number]] for number in numbers})
        plain = {name: value.unbound for name, value in values.items()}
        of_all, of_chosen = (sorted(row["n"] for row in run_here(sql, each, plain).rows) for each in (FILES, kept))
        assert of_chosen == of_all, sql
    connection.close()
