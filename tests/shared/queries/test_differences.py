"""Differences of two tables, against a comparison of all rows with each other."""

import io
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather as pa_feather
import pyarrow.parquet as pq
import pytest
from support.sandbox.query_world import LIMITS, Compared, QueryWorld, compare_here, two_files

from shared.queries.differences import compare_rows
from shared.queries.row_hashes import Surplus, differences_of, portions_of
from shared.queries.runner import QueryFailed
from shared.queries.types import DifferenceArguments, DifferenceEnd, StatementProblem
from shared.readers.source import BytesSource

Row = dict[str, Any]


def as_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=700)
    return sink.getvalue()


def as_csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa_csv.write_csv(table, sink)
    return sink.getvalue()


def as_feather(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa_feather.write_feather(table, sink)
    return sink.getvalue()


WRITERS = {"parquet": as_parquet, "csv": as_csv, "feather": as_feather}


def wine(dice: random.Random, rows: int) -> list[Row]:
    return [
        {
            "grape": dice.choice(["Riesling", "Syrah", None]),
            "lot": number // 3,
            "cask": number % 3,
            "price": dice.choice([1.5, 2.5, None]),
            "note": dice.choice(["dry", "old, very", 'the "best"']),
        }
        for number in range(rows)
    ]


def changed(dice: random.Random, rows: Sequence[Row]) -> list[Row]:
    """Some rows removed, some added, some with other values, some twice; in another order."""
    found: list[Row] = []
    for row in rows:
        match dice.randrange(12):
            case 0:
                continue
            case 1:
                found += [row, dict(row)]
            case 2:
                found.append(row | {"price": dice.choice([1.5, 2.5, 9.5, None])})
            case 3:
                found.append(row | {"grape": "Merlot", "note": "new"})
            case 4:
                found += [row, row | {"lot": row["lot"] + len(rows)}]
            case _:
                found.append(row)
    dice.shuffle(found)
    return found


def brute_force(base: Sequence[Row], head: Sequence[Row], keys: Sequence[str]) -> tuple[Counter[Any], int]:
    """Changes with their rows, and the number of rows that are the same."""
    ours, theirs = (Counter(tuple(row.items()) for row in rows) for rows in (base, head))
    removed, added = list((ours - theirs).elements()), list((theirs - ours).elements())
    by_key: dict[Any, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((removed, added)):
        for row in rows:
            by_key[tuple(dict(row)[key] for key in keys)][side].append(row)
    changes: Counter[Any] = Counter()
    for before, after in by_key.values():
        if keys and len(before) == len(after) == 1:
            changes["changed", before[0], after[0]] += 1
        else:
            changes.update(("removed", row, None) for row in before)
            changes.update(("added", None, row) for row in after)
    return changes, (ours & theirs).total()


def found_changes(compared: Compared, names: Sequence[str]) -> Counter[Any]:
    changes: Counter[Any] = Counter()
    for row in compared.table.to_pylist():
        after = tuple((name, row[name]) for name in names)
        match row["$change"]:
            case "changed":
                before = tuple(
                    (name, row["$before." + name] if name in row["$changed"] else row[name]) for name in names
                )
                changes["changed", before, after] += 1
            case "removed":
                changes["removed", after, None] += 1
            case kind:
                changes[kind, None, after] += 1
    return changes


@pytest.mark.parametrize("keys", [["lot", "cask"], ["lot"], ["grape"], []], ids="-".join)
@pytest.mark.parametrize("formats", [("parquet", "parquet"), ("csv", "parquet"), ("feather", "csv")], ids="-".join)
def test_differences_are_those_of_all_rows_compared(formats: tuple[str, str], keys: list[str]) -> None:
    dice = random.Random(len(keys))  # noqa: S311 – no secret
    base = wine(dice, 2_000)
    head = changed(dice, base)
    files = [
        (f"wine.{name}", WRITERS[name](pa.Table.from_pylist(rows)))
        for name, rows in zip(formats, (base, head), strict=True)
    ]
    compared = compare_here(files[0], files[1], keys)
    expected, same = brute_force(base, head, keys)
    assert found_changes(compared, list(base[0])) == expected
    difference = compared.end.difference
    kinds = Counter(kind for kind, _, _ in expected.elements())
    assert Counter(added=difference.added, removed=difference.removed, changed=difference.changed) == kinds
    assert (difference.same, difference.keys, compared.end.rows) == (same, keys, expected.total())
    pairs = [(dict(before), dict(after)) for kind, before, after in expected.elements() if kind == "changed"]
    cells = Counter(name for before, after in pairs for name in before if before[name] != after[name])
    assert Counter(difference.cells) == cells


def test_keys_are_found() -> None:
    rows = wine(random.Random(3), 3_000)  # noqa: S311 – no secret
    ids = [f"W-{number}" for number in range(len(rows))]
    cases = {
        "an identifier": ([row | {"wine_id": name} for row, name in zip(rows, ids, strict=True)], ["wine_id"]),
        "two columns together": (rows, ["lot", "cask"]),
        "none": ([{"grape": row["grape"], "price": row["price"]} for row in rows], []),
        "the first that is no number of a row": (
            [{"index": place, "note": row["note"], "tag": ids[-place]} for place, row in enumerate(rows)],
            ["tag"],
        ),
    }
    for name, (base, keys) in cases.items():
        head = [row | ({"price": 7.5} if place == 5 else {}) for place, row in enumerate(base)]
        file = as_parquet(pa.Table.from_pylist(base)), as_parquet(pa.Table.from_pylist(head))
        assert compare_here(("a.parquet", file[0]), ("a.parquet", file[1]), None).end.difference.keys == keys, name


def test_columns_that_come_go_or_change_their_type_are_named() -> None:
    base = pa.table({"id": [1, 2, 3], "old": ["a", "b", "c"], "n": ["1", "2", "x"]})
    head = pa.table({"id": pa.array([1, 2, 4], pa.int16()), "n": [1, 5, 7], "new": [True, False, None]})
    compared = compare_here(("a.parquet", as_parquet(base)), ("a.parquet", as_parquet(head)), ["ID"])
    difference = compared.end.difference
    assert (difference.keys, difference.added_columns, difference.removed_columns) == (["id"], ["new"], ["old"])
    assert difference.types == {"id": ("BIGINT", "SMALLINT"), "n": ("VARCHAR", "BIGINT")}
    assert compared.rows == [
        {"$change": "changed", "id": 2, "n": "5", "new": False, "old": None, "$before.n": "2", "$changed": ["n"]},
        {"$change": "removed", "id": 3, "n": "x", "new": None, "old": "c", "$before.n": None, "$changed": None},
        {"$change": "added", "id": 4, "n": "7", "new": None, "old": None, "$before.n": None, "$changed": None},
    ]


def test_values_that_do_not_fit_the_guessed_type_are_compared_as_texts() -> None:
    rows = [f"{number},{number * 2}" for number in range(60_000)]
    base = "\n".join(["id,n", *rows]).encode()
    head = "\n".join(["id,n", *rows[:-1], "59999,none"]).encode()
    compared = compare_here(("a.csv", base), ("a.csv", head), ["id"])
    assert [(row["id"], row["$before.n"], row["n"]) for row in compared.rows] == [("59999", "119998", "none")]


def test_tables_that_differ_in_every_row_are_compared_in_parts() -> None:
    count = 100_000
    base = pa.table({"id": np.arange(count), "text": [f"{number:040}" for number in range(count)]})
    head = pa.table({"id": np.arange(count), "text": [f"{number + 1:040}" for number in range(count)]})
    files = ("a.parquet", as_parquet(base)), ("a.parquet", as_parquet(head))
    compared = compare_here(*files, ["id"], memory_bytes=64 << 20, max_rows=1_000)
    assert (compared.end.rows, compared.end.is_cut) == (1_000, True)
    assert (compared.end.difference.changed, compared.end.difference.cells) == (count, {"text": count})


@pytest.mark.parametrize("max_hashes", [10_000, 600, 120])
def test_hashes_are_compared_in_ranges_when_not_all_may_be_held(max_hashes: int) -> None:
    dice = np.random.default_rng(5)
    base, head = (
        np.repeat(dice.integers(0, 1 << 63, 900, np.uint64), dice.integers(1, 3, 900)) << np.uint64(1) for _ in "ab"
    )
    head[:700] = base[:700]
    dice.shuffle(head)

    readings: list[tuple[int, int]] = []

    def reading(hashes: Any) -> Any:
        def read(start: int, end: int) -> Any:
            readings.append((start, end))
            return (pa.array(part[(part >= start) & (part <= end - 1)]) for part in np.array_split(hashes, 7))

        return read

    found = list(differences_of(reading(base), reading(head), max_hashes))
    ours, theirs = Counter(base.tolist()), Counter(head.tolist())

    def counted(surpluses: list[Surplus]) -> Counter[int]:
        return Counter(
            {h: n for each in surpluses for h, n in zip(each.hashes.tolist(), each.counts.tolist(), strict=True)}
        )

    assert counted([each.removed for each in found]) == ours - theirs
    assert counted([each.added for each in found]) == theirs - ours
    assert sum(each.same for each in found) == (ours & theirs).total()
    assert (len(readings) == 2) == (max_hashes == 10_000)
    for max_rows in (1, 60, 10_000):
        portions = list(portions_of(iter(found), lambda: max_rows))  # noqa: B023 – it is called at once
        assert [each.start for each in portions] == [0, *(each.end for each in portions[:-1])]
        assert counted([each.removed for each in portions]) == ours - theirs
        assert counted([each.added for each in portions]) == theirs - ours
        assert sum(each.same for each in portions) == (ours & theirs).total()
        for each in portions:
            keys = {int(found) >> 56 for side in (each.removed, each.added) for found in side.hashes}
            assert each.rows <= max_rows or len(keys) == 1


def test_tables_that_cannot_be_compared_are_refused_with_the_reason() -> None:
    cases = {
        "not in both tables": (b"id,a\n1,2\n", b"id,a\n1,2\n", ["b"]),
        "no column in common": (b"id,a\n1,2\n", b"x,y\n1,2\n", None),
        "as one of the result": (b"id,$change\n1,2\n", b"id,$change\n1,2\n", None),
    }
    for reason, (base, head, keys) in cases.items():
        files = two_files(("a.csv", base), ("a.csv", head))
        arguments = DifferenceArguments(*files, keys, 10, 1 << 20, 64 << 20)
        found = compare_rows(BytesSource(base + head), arguments, lambda _: None)
        assert isinstance(found, StatementProblem)
        assert (found.kind, reason in found.text) == ("refused", True)


async def test_two_files_are_compared_in_a_worker(world: QueryWorld) -> None:
    parts: list[bytes] = []

    async def take(batch: bytes) -> None:
        parts.append(batch)

    async def compare(base: bytes, head: bytes) -> DifferenceEnd:
        async def read(offset: int, length: int) -> bytes:
            return (base + head)[offset : offset + length]

        files = two_files(("a.csv", base), ("a.tsv", head))
        return await world.runner.difference(*files, None, read, limits=LIMITS, caller="amy", take_batch=take)

    end = await compare(b"id,a\n1,x\n2,y\n", b"id\ta\n2\tz\n1\tx\n")
    rows = Compared(parts, end).rows
    assert rows == [{"$change": "changed", "id": 2, "a": "z", "$before.a": "y", "$changed": ["a"]}]
    with pytest.raises(QueryFailed, match="no column in common"):
        await compare(b"q,r\n1,2\n", b"id\ta\n2\tz\n1\tx\n")
