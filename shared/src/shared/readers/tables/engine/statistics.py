"""Statistics of all rows: one pass over the batches, and a second one for histograms whose range nobody knew."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.acero
import pyarrow.compute as pc
import pyarrow.types as pt

from shared.readers.tables.engine.arrays import is_bytes_type, is_text_type, plain_array, plain_type
from shared.readers.tables.engine.cells import CellWriter, float_cell, integer_cell
from shared.readers.tables.engine.ordering import query_batches
from shared.readers.tables.engine.table import Bounds, Table
from shared.schemas.previews import ColumnStatistics

HISTOGRAM_BINS = 20
TOP_VALUES = 20
QUANTILES = (0.25, 0.5, 0.75)
_MAX_TOP_CANDIDATES = 5_000
_MIN_ROWS_BEFORE_UNIQUE = 200_000
_MAX_VALUE_CHARACTERS = 200


class Histogram:
    """Counts of numbers in bins of the same width; in one bin when the range is too narrow, or too wide, for several."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        with np.errstate(over="ignore", invalid="ignore"):
            self._edges = np.linspace(bounds.least, bounds.greatest, HISTOGRAM_BINS + 1)
            is_divisible = bool(np.all(np.diff(self._edges) > 0) and np.isfinite(self._edges).all())
        self._bins = HISTOGRAM_BINS if is_divisible else 1
        self.counts = np.zeros(self._bins, np.int64)

    def add(self, numbers: "np.ndarray[Any, Any]") -> None:
        least, greatest = self.bounds.least, self.bounds.greatest
        if self._bins > 1:
            self.counts += np.histogram(numbers, self._bins, (least, greatest))[0]
        else:
            self.counts += np.count_nonzero((numbers >= least) & (numbers <= greatest))

    def bins(self) -> list[tuple[float, float, int]]:
        edges = self._edges if self._bins > 1 else np.array([self.bounds.least, self.bounds.greatest])
        return [(float(edges[index]), float(edges[index + 1]), int(count)) for index, count in enumerate(self.counts)]


class TopValues:
    """The most frequent values. Rare candidates are dropped when there are many, so counts may then be too low."""

    def __init__(self) -> None:
        self.is_exact = True
        self._rows = 0
        self._counts: pa.Table | None = None
        self._is_hopeless = False

    def add(self, array: pa.Array) -> None:
        if self._is_hopeless:
            return
        self._rows += len(array)
        found = pc.value_counts(array.drop_null())
        counts = pa.table({"value": found.field(0), "count": found.field(1)})
        if self._counts is not None:
            joined = pa.concat_tables([self._counts, counts])
            counts = (
                joined.group_by("value", use_threads=False)
                .aggregate([("count", "sum")])
                .rename_columns(["value", "count"])
            )
        if len(counts) > _MAX_TOP_CANDIDATES:
            # columns of identifiers have no frequent values
            self._is_hopeless = self._rows >= _MIN_ROWS_BEFORE_UNIQUE and self._most(counts, 1)["count"][0].as_py() < 3
            self.is_exact = False
            counts = self._most(counts, _MAX_TOP_CANDIDATES)
        self._counts = counts

    def most_frequent(self) -> list[tuple[Any, int]]:
        if self._counts is None or self._is_hopeless:
            return []
        most = self._most(self._counts, TOP_VALUES).to_pydict()
        found = list(zip(most["value"], most["count"], strict=True))
        return found if len(self._counts) <= TOP_VALUES or found[0][1] > 1 else []

    @staticmethod
    def _most(counts: pa.Table, number: int) -> pa.Table:
        return counts.sort_by([("count", "descending"), ("value", "ascending")]).slice(0, number)


class ColumnTally:
    """Counts of a column, taken while batches pass, and the questions for DuckDB."""

    def __init__(self, table: Table, column: int) -> None:
        self._table = table
        self.column = column
        self.described = table.columns[column]
        self.kind = plain_type(self.described.arrow_type)
        self.nulls = self.nans = self.misfits = 0
        self.is_numeric = bool(pt.is_integer(self.kind) or pt.is_floating(self.kind) or pt.is_decimal(self.kind))
        self.is_temporal = bool(pt.is_temporal(self.kind) and not pt.is_interval(self.kind))
        self.is_text = is_text_type(self.kind)
        bounds = table.bounds(column) if self.has_histogram else None
        self.histogram = Histogram(bounds) if bounds and bounds.least <= bounds.greatest else None
        self.top = TopValues() if self.is_text or pt.is_boolean(self.kind) else None

    @property
    def has_histogram(self) -> bool:
        return self.is_numeric or self.is_temporal

    @property
    def is_comparable(self) -> bool:
        return self.has_histogram or self.is_text or bool(pt.is_boolean(self.kind)) or is_bytes_type(self.kind)

    def take(self, raw: pa.Array) -> pa.Array:
        """Count a batch; returns its values for DuckDB."""
        values = self.values(raw)
        if self.top:
            self.top.add(values)
        self.misfits += self._table.count_misfits(self.column, raw, values)
        if pt.is_floating(values.type):
            is_nan = pc.fill_null(pc.is_nan(values), fill_value=False)
            nans = pc.sum(is_nan).as_py() or 0
            if nans:
                self.nans += nans
                values = pc.if_else(is_nan, pa.scalar(None, values.type), values)
        self.nulls += values.null_count
        if self.histogram:
            self.histogram.add(numbers_of(values))
        return values

    def values(self, raw: pa.Array) -> pa.Array:
        values = plain_array(self._table.values(self.column, raw))
        if self.is_temporal:
            return values.view(pa.int32() if values.type.bit_width == 32 else pa.int64())
        if pt.is_decimal256(values.type):
            return values.cast(pa.float64())
        if self.is_text and (pc.max(pc.binary_length(values)).as_py() or 0) > _MAX_VALUE_CHARACTERS:
            return pc.utf8_slice_codeunits(values, 0, _MAX_VALUE_CHARACTERS)
        return values

    def questions(self, name: str) -> list[str]:
        """SQL of: distinct values, least, greatest, mean, quantiles."""
        if not self.is_comparable:
            return ["NULL"] * 5
        distinct = f"approx_count_distinct({name})"
        if is_bytes_type(self.kind):
            return [distinct, *["NULL"] * 4]
        numbers = f"CAST({name} AS DOUBLE)"
        quantiles = f"approx_quantile({numbers}, [{', '.join(map(str, QUANTILES))}])" if self.has_histogram else "NULL"
        return [distinct, f"min({name})", f"max({name})", f"avg({numbers})" if self.is_numeric else "NULL", quantiles]

    def describe(self, total: int, answers: list[Any]) -> ColumnStatistics:
        distinct, least, greatest, mean, quantiles = answers
        count = total - self.nulls + self.nans
        histogram = self.histogram.bins() if self.histogram and count - self.nans > 0 else []
        return ColumnStatistics(
            name=self.described.name,
            type=self.described.type,
            count=count,
            nulls=self.nulls - self.nans - self.misfits,
            distinct=None if distinct is None else min(distinct, count) + (1 if self.nans and not distinct else 0),
            min=self._cell(least),
            max=self._cell(greatest),
            mean=mean if mean is not None and math.isfinite(mean) else None,
            quantiles={
                str(at): self._cell(self._number(value)) for at, value in zip(QUANTILES, quantiles or (), strict=False)
            },
            histogram=[
                (self._cell(self._number(low)), self._cell(self._number(high)), number)
                for low, high, number in histogram
            ],
            top=[(self._cell(value), number) for value, number in (self.top.most_frequent() if self.top else [])],
        )

    def notes(self) -> list[str]:
        name = self.described.name
        found = []
        if self.nans:
            found.append(f"{name!r} holds NaN {self.nans:,} times: counted as values, and left out of all else")
        if self.misfits:
            found.append(f"{name!r} holds {self.misfits:,} times what is no {self.described.type}, which is left out")
        if self.top and not self.top.is_exact and self.top.most_frequent():
            found.append(f"The counts of the most frequent values of {name!r} are estimates")
        return found

    def _number(self, value: float) -> float | int:
        return round(value) if self.is_temporal and math.isfinite(value) else value

    def _cell(self, value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if self.is_temporal:
            narrow = pa.int32() if self.kind.bit_width == 32 else pa.int64()
            return CellWriter().write(pa.array([value], narrow).view(self.kind))[0]
        match value:
            case int():
                return integer_cell(value)
            case Decimal():
                return f"{value:f}"
            case float():
                is_single = pt.is_floating(self.kind) and self.kind.bit_width == 32
                return float_cell(float(str(np.float32(value))) if is_single and math.isfinite(value) else value)
            case _:
                return CellWriter(_MAX_VALUE_CHARACTERS).cut(str(value))


def numbers_of(values: pa.Array) -> "np.ndarray[Any, Any]":
    """The finite numbers of an array, without nulls."""
    numbers: np.ndarray[Any, Any] = values.drop_null().cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers[np.isfinite(numbers)] if pt.is_floating(values.type) else numbers


def summarize(tallies: list[ColumnTally], batches: Iterator[pa.RecordBatch]) -> tuple[int, list[list[Any]]]:
    """The number of rows, and DuckDB's answers for each column."""
    total = 0

    def watched() -> Iterator[pa.RecordBatch]:
        nonlocal total
        for batch in batches:
            total += batch.num_rows
            taken = [tally.take(batch.column(index)) for index, tally in enumerate(tallies)]
            yield pa.RecordBatch.from_arrays(
                [array for array, tally in zip(taken, tallies, strict=True) if tally.is_comparable]
                + [pa.nulls(batch.num_rows, pa.bool_())],
                schema=schema,
            )

    fields = [pa.field(f"c{index}", _engine_type(tally)) for index, tally in enumerate(tallies) if tally.is_comparable]
    schema = pa.schema([*fields, pa.field("nothing", pa.bool_())])
    questions = [question for index, tally in enumerate(tallies) for question in tally.questions(f"c{index}")]
    sql = f"SELECT {', '.join(['count(nothing)', *questions])} FROM batches"  # noqa: S608 – own names
    answers = query_batches(schema, watched(), lambda connection: connection.execute(sql).fetchone())[1:]
    return total, [list(answers[start : start + 5]) for start in range(0, len(answers), 5)]


def _engine_type(tally: ColumnTally) -> pa.DataType:
    if tally.is_temporal:
        return pa.int32() if tally.kind.bit_width == 32 else pa.int64()
    return pa.float64() if pt.is_decimal256(tally.kind) else tally.kind


def missing_histograms(tallies: list[ColumnTally], answers: list[list[Any]]) -> list[ColumnTally]:
    """Columns whose range was not known before, or other than the file says. They get an empty histogram."""
    missing = []
    for tally, (_, least, greatest, *_rest) in zip(tallies, answers, strict=True):
        if not tally.has_histogram or least is None:
            continue
        low, high = float(least), float(greatest)
        if tally.histogram and (tally.histogram.bounds.least, tally.histogram.bounds.greatest) == (low, high):
            continue
        if math.isfinite(low) and math.isfinite(high):
            tally.histogram = Histogram(Bounds(low, high))
            missing.append(tally)
        else:
            tally.histogram = None
    return missing
