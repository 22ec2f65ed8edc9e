"""Finds columns that tell which rows of two tables belong together."""

import re
from collections.abc import Sequence

import duckdb

from shared.queries.sql_text import quoted

SAMPLE_ROWS = 50_000
MAX_CANDIDATES = 64
MAX_KEYS = 4
_MAX_CONFIRMED = 4
_LEAST_DISTINCT = 0.9
"""Part of the rows that have a key of their own. Numbers of distinct keys are estimated to some per cent."""

_TYPES = re.compile(r"(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|VARCHAR|DATE|TIME.*|UUID|DECIMAL.*)$")
_NAMES = (
    re.compile(r"_?(id|key|uuid|guid|identifier|accession)$", re.IGNORECASE),
    re.compile(r".*([_ .-](id|key|no|number|code|name)|[a-z]Id|barcode|accession)$"),
)
"""Names of keys, the likeliest first."""
_INDEX_NAMES = re.compile(r"(index|level_0|unnamed: 0|column0*|rownames?|row_?(no|nr|number)|)$", re.IGNORECASE)
"""Numbers of rows, which change with each row that is added before them."""


class KeyFinder:
    def __init__(self, connection: duckdb.DuckDBPyConnection, base: str, head: str) -> None:
        self._connection = connection
        self._tables = (base, head)
        self._samples = (f"{base}_sample", f"{head}_sample")

    def find(self, types: Sequence[tuple[str, str]]) -> list[str]:
        """Names of columns, or none. `types`: columns of both tables, with the types in which they are compared."""
        candidates = [name for name, kind in types if _TYPES.fullmatch(kind)]
        candidates = sorted(candidates, key=_rank)[:MAX_CANDIDATES]
        if not candidates:
            return []
        casts = ", ".join(
            f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in types if name in candidates
        )
        for table, sample in zip(self._tables, self._samples, strict=True):
            self._connection.execute(
                f"CREATE TEMP TABLE {sample} AS SELECT {casts} FROM {table} LIMIT {SAMPLE_ROWS}"  # noqa: S608 – quoted names
            )
        try:
            return self._find(candidates, dict(types))
        finally:
            for sample in self._samples:
                self._connection.execute(f"DROP TABLE {sample}")

    def _find(self, candidates: Sequence[str], types: dict[str, str]) -> list[str]:
        counts = [self._counts(sample, candidates) for sample in self._samples]
        full = [name for name in candidates if all(found[name][0] == found[""][0] for found in counts)]
        single = [name for name in full if all(found[name][1] == found[""][0] for found in counts)]
        proposed = [[name] for name in single[:_MAX_CONFIRMED]]
        if not proposed and (combined := self._combined(full)):
            proposed = [combined]
        disjoint: list[str] = []
        for keys in proposed:
            is_unique, overlaps = self._confirm(keys, types)
            if is_unique and overlaps:
                return keys
            if is_unique and not disjoint:
                disjoint = keys
        return disjoint

    def _counts(self, sample: str, candidates: Sequence[str]) -> dict[str, tuple[int, int]]:
        """By column: values that are not null, and distinct ones. By the empty name: rows."""
        counted = ", ".join(f"count({quoted(name)}), count(DISTINCT {quoted(name)})" for name in candidates)
        row = self._connection.execute(f"SELECT count(*), {counted} FROM {sample}").fetchone()  # noqa: S608 – quoted names
        assert row is not None  # noqa: S101 – an aggregate has one row
        values = [int(value) for value in row]
        pairs = zip(values[1::2], values[2::2], strict=True)
        return {"": (values[0], values[0]), **dict(zip(candidates, pairs, strict=True))}

    def _combined(self, candidates: Sequence[str]) -> list[str]:
        """Columns that are a key together, as few as can be found by taking one after the other."""
        rows = [self._distinct(sample, []) for sample in self._samples]
        chosen: list[str] = []
        reached = [min(count, 1) for count in rows]
        for name in candidates:
            distinct = [self._distinct(sample, [*chosen, name]) for sample in self._samples]
            if distinct > reached:
                chosen, reached = [*chosen, name], distinct
            if reached == rows:
                break
        if reached != rows or not chosen:
            return []
        for name in chosen[:-1]:
            fewer = [each for each in chosen if each != name]
            if [self._distinct(sample, fewer) for sample in self._samples] == rows:
                chosen = fewer
        return chosen if len(chosen) <= MAX_KEYS else []

    def _distinct(self, sample: str, names: Sequence[str]) -> int:
        """Number of distinct combinations, or of rows."""
        columns = ", ".join(map(quoted, names))
        rows = f"SELECT DISTINCT {columns} FROM {sample}" if names else f"SELECT 1 FROM {sample}"  # noqa: S608 – quoted names
        return int(self._connection.execute(f"SELECT count(*) FROM ({rows})").fetchone()[0])  # type: ignore[index]  # noqa: S608

    def _confirm(self, keys: Sequence[str], types: dict[str, str]) -> tuple[bool, bool]:
        """Looks at the whole tables: nearly every row of both has a key of its own, and the tables have keys in common."""
        key = f"hash({', '.join(f'CAST({quoted(name)} AS {types[name]})' for name in keys)})"
        sampled = f"SELECT hash({', '.join(map(quoted, keys))}) FROM {self._samples[1]}"  # noqa: S608 – quoted names
        is_unique, overlaps = True, False
        for table in self._tables:
            row = self._connection.execute(
                f"SELECT count(*), approx_count_distinct({key}), bool_or({key} IN ({sampled})) FROM {table}"  # noqa: S608 – quoted names
            ).fetchone()
            assert row is not None  # noqa: S101 – an aggregate has one row
            rows, distinct, is_common = row
            is_unique = is_unique and (rows <= SAMPLE_ROWS or distinct >= _LEAST_DISTINCT * rows)
            overlaps = overlaps or (table == self._tables[0] and bool(is_common))
        return is_unique, overlaps


def _rank(name: str) -> int:
    """Columns of one rank stay in the order of the tables."""
    if _INDEX_NAMES.fullmatch(name):
        return len(_NAMES) + 1
    return next((rank for rank, pattern in enumerate(_NAMES) if pattern.fullmatch(name)), len(_NAMES))
