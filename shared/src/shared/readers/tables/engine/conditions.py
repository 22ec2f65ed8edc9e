"""Conditions of a query, applied to batches."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from shared.readers.errors import UnreadableFile
from shared.readers.tables.engine.arrays import is_bytes_type, is_text_type, plain_array, plain_type
from shared.readers.tables.engine.cells import CellWriter
from shared.readers.tables.engine.table import Table

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "contains", "null")
MAX_CONDITIONS = 20
MAX_CONDITION_VALUES = 1_000

_COMPARISONS: dict[str, Callable[..., Any]] = {
    "=": pc.equal, "!=": pc.not_equal, "<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal,
}  # fmt: skip

Mask = Callable[[pa.Array], Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """A null satisfies only the operator `null`. NaN equals itself, and is neither less nor greater than anything."""

    column: int
    mask: Mask
    """Which values of a typed array satisfy it; null counts as no."""


def parse_conditions(table: Table, where: Sequence[tuple[str, str, Any]]) -> list[Condition]:
    """Raises UnreadableFile for columns, operators and values that do not fit the table."""
    if len(where) > MAX_CONDITIONS:
        raise UnreadableFile(f"At most {MAX_CONDITIONS} conditions are possible")
    return [_parse(table, name, operator, value) for name, operator, value in where]


def _parse(table: Table, name: str, operator: str, value: Any) -> Condition:
    column = table.find_column(name)
    kind = plain_type(table.columns[column].arrow_type)
    if operator not in OPERATORS:
        raise UnreadableFile(f"There is no operator {operator!r}; there are {' '.join(OPERATORS)}")
    try:
        mask = _mask(kind, operator, value)
    except (ValueError, TypeError, KeyError, OverflowError, InvalidOperation, pa.ArrowException) as error:
        said = f"{value!r} cannot be compared by {operator} with the column {name!r}, whose type is {kind}"
        raise UnreadableFile(said) from error
    return Condition(column, lambda array: mask(plain_array(array)))


def _mask(kind: pa.DataType, operator: str, value: Any) -> Mask:
    if operator == "null":
        return lambda array: array.is_valid() if value is False else array.is_null()
    if operator == "contains":
        text = _text(value)
        return lambda array: pc.match_substring(_searchable(array), text, ignore_case=True)
    if pt.is_nested(kind):
        raise TypeError(kind)
    if operator == "in":
        if not isinstance(value, list) or len(value) > MAX_CONDITION_VALUES:
            raise TypeError(value)
        masks = [_comparison(kind, "=", each) for each in value if each is not None]
        return _any_of(kind, value, masks)
    return _comparison(kind, operator, value)


def _any_of(kind: pa.DataType, values: list[Any], masks: list[Mask]) -> Mask:
    if is_text_type(kind):
        known = pa.array([_text(value) for value in values if value is not None], kind)
        return lambda array: pc.is_in(array, value_set=known)

    def mask(array: pa.Array) -> pa.Array:
        found = _constant(array, holds=False)
        for each in masks:
            found = pc.or_(found, each(array))
        return found

    return mask


def _comparison(kind: pa.DataType, operator: str, value: Any) -> Mask:
    compare = _COMPARISONS[operator]
    if pt.is_boolean(kind):
        truth = {"true": True, "false": False}[_text(value).lower()] if not isinstance(value, bool) else value
        return lambda array: compare(array, truth)
    if isinstance(value, bool):
        raise TypeError(value)
    if pt.is_integer(kind):
        return _integer_comparison(kind, operator, Decimal(str(value)))
    if pt.is_floating(kind):
        return _float_comparison(operator, float(value))
    scalar = _scalar(kind, value)
    return lambda array: compare(array, scalar)


def _integer_comparison(kind: pa.DataType, operator: str, number: Decimal) -> Mask:
    """Exact for numbers between two integers and beyond the type's range."""
    if number.is_nan():
        return lambda array: _constant(array, holds=operator == "!=")
    width = kind.bit_width
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if pt.is_signed_integer(kind) else (0, (1 << width) - 1)
    if number > high or number < low:
        holds = operator == "!=" or operator.startswith("<" if number > high else ">")
        return lambda array: _constant(array, holds=holds)
    whole = math.floor(number)
    if number == whole:
        compare, scalar = _COMPARISONS[operator], pa.scalar(whole, kind)
        return lambda array: compare(array, scalar)
    if operator in {"=", "!="}:
        return lambda array: _constant(array, holds=operator == "!=")
    below = pa.scalar(whole, kind)
    return (
        (lambda array: pc.less_equal(array, below))
        if operator.startswith("<")
        else (lambda array: pc.greater(array, below))
    )


def _float_comparison(operator: str, number: float) -> Mask:
    if not math.isnan(number):
        # 0.1 in single precision is compared with 0.1 in single precision
        return lambda array: _COMPARISONS[operator](array, pa.scalar(number, pa.float64()).cast(array.type))
    if operator == "=":
        return lambda array: pc.is_nan(array)  # noqa: PLW0108 – typed
    return lambda array: pc.invert(pc.is_nan(array)) if operator == "!=" else _constant(array, holds=False)


def _scalar(kind: pa.DataType, value: Any) -> pa.Scalar:
    if pt.is_decimal(kind):
        return pa.scalar(Decimal(str(value)))
    text = _text(value)
    if pt.is_timestamp(kind) and kind.tz is not None:
        moment = datetime.fromisoformat(text)
        utc = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        # no zone but UTC is ever looked up: that would read files
        return pa.scalar(utc, pa.timestamp(kind.unit, "UTC"))
    return pa.scalar(_python_value(kind, text), kind)


def _python_value(kind: pa.DataType, text: str) -> Any:
    for holds, parse in _PARSERS:
        if holds(kind):
            return parse(text)
    return text


_PARSERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[str], Any]], ...] = (
    (is_bytes_type, bytes.fromhex),
    (pt.is_date, date.fromisoformat),
    (pt.is_timestamp, lambda text: datetime.fromisoformat(text).replace(tzinfo=None)),
    (pt.is_time, time.fromisoformat),
    (pt.is_duration, lambda text: timedelta(seconds=float(text))),
)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return str(value)


def _constant(array: pa.Array, *, holds: bool) -> pa.Array:
    return pc.and_kleene(array.is_valid(), pa.scalar(holds))


def _searchable(array: pa.Array) -> pa.Array:
    if is_text_type(array.type):
        return array
    if pt.is_integer(array.type) or pt.is_boolean(array.type):
        return array.cast(pa.string())
    cells = CellWriter().write(array)
    return pa.array([None if cell is None else _as_text(cell) for cell in cells], pa.string())


def _as_text(cell: Any) -> str:
    return cell if isinstance(cell, str) else orjson.dumps(cell).decode()
