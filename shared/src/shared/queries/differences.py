"""The difference of two tables, row by row.

Rows that are the same on both sides are found by their hashes and set aside. The others are read once more, and joined by their keys: a key
that is there once on each side is a row that has changed. In bounded memory: the others are joined in parts, by the hashes of their keys.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shared.queries.engine import loaded_engine
from shared.queries.errors import QueryStopped, batches_of, problem_of
from shared.queries.row_hashes import (
    HASH_BYTES,
    KEY_BITS,
    NOTHING,
    HashDifference,
    ReadHashes,
    Surplus,
    differences_of,
    parts_of,
    portions_of,
)
from shared.queries.row_keys import KeyFinder
from shared.queries.sending import BATCH_ROWS, RowSender, Send
from shared.queries.sources import is_delimited
from shared.queries.sql_text import literal, quoted
from shared.queries.statements import table_of
from shared.queries.types import (
    PACKAGE_COLUMNS,
    DifferenceArguments,
    DifferenceEnd,
    QuerySource,
    RowDifference,
    StatementProblem,
)
from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource

CHANGE, BEFORE, CHANGED = "$change", "$before.", "$changed"
"""Columns of the result."""
_HASH_BATCH_ROWS = 122_880
_HASHES_SHARE = 0.4
"""Part of the memory for hashes. DuckDB has the rest."""
_ROWS_SHARE = 0.3
"""Part of DuckDB's memory for the rows of both sides that are joined at a time."""
_SAMPLE_ROWS = 1_000
_KEY_MASK = ((1 << KEY_BITS) - 1) << (64 - KEY_BITS)
_ROW, _PAIR = "$patchwork_row", "$patchwork_pair"
"""Columns of rows that are joined."""


def compare_rows(source: RangeSource, arguments: DifferenceArguments, send: Send) -> DifferenceEnd | StatementProblem:
    """Send the rows that differ as Arrow streams, each with its schema."""
    try:
        try:
            return _compare(source, arguments, send, is_text=False)
        except duckdb.Error as error:
            # The types of CSV are guessed, and what is further down may not fit them. Nothing has been sent.
            if not isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException):
                raise
            if not (is_delimited(arguments.base.logical_key) or is_delimited(arguments.head.logical_key)):
                raise
            return _compare(source, arguments, send, is_text=True)
    except (QueryStopped, UnreadableFile, duckdb.Error) as error:
        return problem_of(error)


def _compare(source: RangeSource, arguments: DifferenceArguments, send: Send, *, is_text: bool) -> DifferenceEnd:
    sources = [
        QuerySource(
            ordinal, [file], options={"all_varchar": True} if is_text and is_delimited(file.logical_key) else {}
        )
        for ordinal, file in enumerate((arguments.base, arguments.head))
    ]
    engine_bytes = int(arguments.memory_bytes * (1 - _HASHES_SHARE))
    with loaded_engine(source, sources, engine_bytes) as connection:
        return _Comparison(connection, arguments, engine_bytes).run(send)


class _Comparison:
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, arguments: DifferenceArguments, engine_bytes: int
    ) -> None:
        self._connection = connection
        self._arguments = arguments
        self._engine_bytes = engine_bytes
        self._base, self._head = table_of(0), table_of(1)
        self._columns = [self._types_of(table) for table in (self._base, self._head)]
        self._require_own_names()
        base, head = self._columns
        self._common = {name: self._common_type(kind, head[name]) for name, kind in base.items() if name in head}
        if not self._common:
            raise QueryStopped("refused", "The tables have no column in common")
        if arguments.keys is None:
            self._keys = KeyFinder(connection, self._base, self._head).find(list(self._common.items()))
        else:
            self._keys = [self._named(key) for key in arguments.keys]
        self._changes: Counter[str] = Counter()
        self._cells: Counter[str] = Counter()

    def run(self, send: Send) -> DifferenceEnd:
        arguments = self._arguments
        max_hashes = int(arguments.memory_bytes * _HASHES_SHARE) // HASH_BYTES
        self._fill_both(NOTHING, NOTHING)
        schema = self._connection.sql(self._join()).to_arrow_reader(1).schema
        sender: RowSender | None = None
        same = 0
        differences = differences_of(self._hashes(self._base), self._hashes(self._head), max_hashes)
        for portion in portions_of(differences, lambda: self._max_joined_rows):
            # Nothing is sent before all values were read once, since they may turn out to be of other types.
            sender = sender or RowSender(schema, send, arguments)
            same += portion.same
            if portion.rows:
                self._join_portion(portion, sender)
        assert sender is not None  # noqa: S101 – there is at least one range of hashes
        sender.close()
        return DifferenceEnd(sender.rows, sender.is_cut, sender.columns, self._difference(same))

    def _require_own_names(self) -> None:
        for name in {*self._columns[0], *self._columns[1]}:
            if name in {CHANGE, CHANGED} or name.startswith(BEFORE):
                raise QueryStopped("refused", f"A column is called {name}, as one of the result")

    def _types_of(self, table: str) -> dict[str, str]:
        found = self._connection.sql(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 – own names
        pairs = zip(found.columns, map(str, found.types), strict=True)
        return {name: kind for name, kind in pairs if name not in PACKAGE_COLUMNS}

    def _own_columns(self, table: str) -> str:
        """The columns of a table but those that say where a row is from."""
        return ", ".join(map(quoted, self._columns[0 if table == self._base else 1]))

    def _common_type(self, base: str, head: str) -> str:
        """The type in which values of both types are compared; texts, if there is no other."""
        if base == head:
            return base
        try:
            found = self._connection.execute(f"SELECT typeof(coalesce(NULL::{base}, NULL::{head}))").fetchone()
        except duckdb.Error:
            return "VARCHAR"
        return str(found[0]) if found else "VARCHAR"

    def _named(self, key: str) -> str:
        for name in self._common:
            if name.lower() == key.lower():
                return name
        raise QueryStopped("refused", f"The column {key} is not in both tables, so it is no key of them")

    def _hash(self) -> str:
        """The hash of a row: first bits of the hash of its key, then the others of the hash of all that is compared."""
        row = f"hash({', '.join(self._cast(name) for name in self._common)})"
        if not self._keys:
            return row
        key = f"hash({', '.join(self._cast(name) for name in self._keys)})"
        return f"(({key} & {_KEY_MASK}::UBIGINT) | ({row} >> {KEY_BITS}))"

    def _cast(self, name: str, table: str = "") -> str:
        """A column that both tables have, as it is compared."""
        kind, value = self._common[name], f"{table}.{quoted(name)}" if table else quoted(name)
        is_same = all(columns[name] == kind for columns in self._columns)
        return value if is_same else f"CAST({value} AS {kind})"

    def _hashes(self, table: str) -> ReadHashes:
        def read(start: int, end: int) -> Iterator[pa.Array]:
            rows = f"SELECT {self._hash()} AS h FROM {table}"  # noqa: S608 – quoted names
            bounds = [f"h >= {start}::UBIGINT"] if start else []
            bounds += [f"h < {end}::UBIGINT"] if end < 1 << 64 else []
            sql = f"SELECT h FROM ({rows}) WHERE {' AND '.join(bounds)}" if bounds else rows  # noqa: S608 – own names
            for batch in batches_of(self._connection.sql(sql).to_arrow_reader(_HASH_BATCH_ROWS)):
                yield batch.column(0)

        return read

    @cached_property
    def _max_joined_rows(self) -> int:
        """Rows of both sides that are joined at a time, by the size of the first rows in memory."""
        found = 1.0
        for table in (self._base, self._head):
            columns = self._own_columns(table)
            sample = self._connection.sql(f"SELECT {columns} FROM {table} LIMIT {_SAMPLE_ROWS}").to_arrow_table()  # noqa: S608 – own names
            if sample.num_rows:
                found = max(found, sample.nbytes / sample.num_rows)
        return int(self._engine_bytes * _ROWS_SHARE / (found + 16))

    def _join_portion(self, portion: HashDifference, sender: RowSender) -> None:
        """Join the rows of a portion, in smaller parts when they take too much memory."""
        before = self._changes.total()
        try:
            self._fill_both(portion.removed, portion.added)
            if sender.is_cut:
                self._count_unsent()
            else:
                self._send_joined(sender)
        except duckdb.OutOfMemoryException:
            parts = parts_of(portion, portion.rows // 2)
            if self._changes.total() != before or len(parts) == 1:
                raise
            self._max_joined_rows = min(self._max_joined_rows, portion.rows // 2)
            for part in parts:
                if part.rows:
                    self._join_portion(part, sender)

    def _send_joined(self, sender: RowSender) -> None:
        for batch in batches_of(self._connection.sql(self._join()).to_arrow_reader(BATCH_ROWS)):
            self._count(batch)
            if not sender.is_cut:
                sender.take(batch)

    def _count_unsent(self) -> None:
        """Count rows of which enough were sent."""
        change, changed = quoted(CHANGE), quoted(CHANGED)
        counted = f"SELECT {change}, {changed}, count(*) FROM ({self._join(is_ordered=False)}) GROUP BY ALL"  # noqa: S608 – quoted names
        for kind, names, rows in self._connection.execute(counted).fetchall():
            self._changes[kind] += rows
            for name in names or ():
                self._cells[name] += rows

    def _fill_both(self, removed: Surplus, added: Surplus) -> None:
        for name in ("base_rows", "head_rows"):
            self._connection.execute(f"DROP TABLE IF EXISTS {name}")
        self._fill("base_rows", self._base, removed)
        self._fill("head_rows", self._head, added)

    def _fill(self, name: str, table: str, surplus: Surplus) -> None:
        """Make a table of those rows of another that it has more of."""
        self._connection.register("wanted", pa.table({"h": surplus.hashes, "n": surplus.counts}))
        rows = f"SELECT {self._own_columns(table)}, {self._hash()} AS {quoted(_ROW)} FROM {table}"  # noqa: S608 – quoted names
        row = quoted(_ROW)
        chosen = f"SELECT r.* FROM ({rows}) r JOIN wanted w ON w.h = r.{row}"  # noqa: S608 – quoted names
        if surplus.has_repeats:  # equal rows are interchangeable, so any of them are taken
            chosen += f" QUALIFY row_number() OVER (PARTITION BY r.{row}) <= w.n"
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {chosen}")
        self._connection.unregister("wanted")

    def _paired(self, name: str) -> str:
        """The rows of a table, with 1 in a column for those whose key no other row has."""
        keys = ", ".join(self._cast(key) for key in self._keys)
        pair = "NULL::INTEGER"
        if keys:
            repeated = f"SELECT 1 FROM {name} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"  # noqa: S608 – quoted names
            is_unique = not self._connection.execute(repeated).fetchall()
            # A window over all rows takes as much memory again.
            pair = "1" if is_unique else f"CASE WHEN count(*) OVER (PARTITION BY {keys}) = 1 THEN 1 END"
        return f"(SELECT *, {pair} AS {quoted(_PAIR)} FROM {name})"  # noqa: S608 – quoted names

    def _join(self, *, is_ordered: bool = True) -> str:
        base, head = self._columns
        is_added, is_removed = f"b.{quoted(_ROW)} IS NULL", f"h.{quoted(_ROW)} IS NULL"
        is_changed = f"NOT ({is_added} OR {is_removed})"
        compared = [name for name in head if name in base and name not in self._keys]
        changes = {name: f"{self._cast(name, 'b')} IS DISTINCT FROM {self._cast(name, 'h')}" for name in compared}
        columns = {CHANGE: f"CASE WHEN {is_added} THEN 'added' WHEN {is_removed} THEN 'removed' ELSE 'changed' END"}
        columns |= {key: f"coalesce({self._cast(key, 'h')}, {self._cast(key, 'b')})" for key in self._keys}
        for name in head:
            if name in changes:
                columns[name] = f"CASE WHEN {is_removed} THEN {self._cast(name, 'b')} ELSE {self._cast(name, 'h')} END"
            elif name not in base:
                columns[name] = f"h.{quoted(name)}"
        for name in self._removed_columns:
            columns[name] = f"CASE WHEN {is_removed} THEN b.{quoted(name)} END"
        for name, change in changes.items():
            columns[BEFORE + name] = f"CASE WHEN {is_changed} AND {change} THEN {self._cast(name, 'b')} END"
        names = ", ".join(f"CASE WHEN {change} THEN {literal(name)} END" for name, change in changes.items())
        changed = f"list_filter([{names}]::VARCHAR[], lambda name: name IS NOT NULL)"
        columns[CHANGED] = f"CASE WHEN {is_changed} THEN {changed} END"
        selected = ", ".join(f"{value} AS {quoted(name)}" for name, value in columns.items())
        joined = [f"{self._cast(key, 'b')} IS NOT DISTINCT FROM {self._cast(key, 'h')}" for key in self._keys]
        on = " AND ".join([f"b.{quoted(_PAIR)} = h.{quoted(_PAIR)}", *joined])
        order = ", ".join(str(place) for place in range(2, 2 + len(self._keys)))
        return (
            f"SELECT {selected} FROM {self._paired('base_rows')} b FULL JOIN {self._paired('head_rows')} h ON {on}"  # noqa: S608 – quoted names
            f"{f' ORDER BY {order}' if order and is_ordered else ''}"
        )

    def _count(self, batch: pa.RecordBatch) -> None:
        for found in pc.value_counts(batch.column(CHANGE)).to_pylist():
            self._changes[found["values"]] += found["counts"]
        for found in pc.value_counts(pc.list_flatten(batch.column(CHANGED))).to_pylist():
            self._cells[found["values"]] += found["counts"]

    @property
    def _added_columns(self) -> list[str]:
        return [name for name in self._columns[1] if name not in self._columns[0]]

    @property
    def _removed_columns(self) -> list[str]:
        return [name for name in self._columns[0] if name not in self._columns[1]]

    def _difference(self, same: int) -> RowDifference:
        base, head = self._columns
        return RowDifference(
            keys=self._keys,
            added=self._changes["added"],
            removed=self._changes["removed"],
            changed=self._changes["changed"],
            same=same,
            added_columns=self._added_columns,
            removed_columns=self._removed_columns,
            cells={name: self._cells[name] for name in head if name in self._cells},
            types={name: (kind, head[name]) for name, kind in base.items() if head.get(name, kind) != kind},
        )
