"""Types of values that are written as text: inferred from the first rows, and applied to all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shared.readers.tables.engine.cells import CellWriter, float_cell, integer_cell

MISSING = ("NA", "N/A", "n/a", "na", "NaN", "nan", "NULL", "null", "None", "none", "#N/A", "\\N", "-", "?", ".")
"""Texts that people write where there is no number or date."""
_MISSING = frozenset(MISSING)
_MISSING_ARRAY = pa.array(MISSING)
_MAX_EXACT_DIGITS = 17

_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d{0,18})")
_LEADING_ZERO = re.compile(r"[+-]?0\d+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?")
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?(?:[eE][+-]?\d{1,4})?")
_GROUPED_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?")
_ZONED_TIMESTAMP = re.compile(_TIMESTAMP.pattern + r"(?:Z|[+-]\d{2}:?\d{2})")
_TRUTHS = {"true": True, "false": False}

_ARROW_TYPES = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "string": pa.string(),
}


@dataclass(frozen=True, slots=True)
class TextType:
    name: str
    """A type of `shared.schemas.previews.ColumnDescription`."""
    decimal: str = "."
    grouping: str = ""
    """The character between groups of three digits."""
    is_zoned: bool = False

    @property
    def arrow_type(self) -> pa.DataType:
        return pa.timestamp("us", "UTC") if self.is_zoned else _ARROW_TYPES[self.name]


STRING = TextType("string")


def infer_type(values: Sequence[str | None], decimal: str = ".") -> TextType:
    """The narrowest type that all values have. Digits after a leading zero are no number, since codes are written so."""
    present = [value.strip() for value in values if value]
    known = [value for value in present if value not in _MISSING]
    if not known:
        return STRING
    for name, pattern in (("date", _DATE), ("timestamp", _TIMESTAMP)):
        if all(pattern.fullmatch(value) for value in known):
            return TextType(name)
    if all(_ZONED_TIMESTAMP.fullmatch(value) for value in known):
        return TextType("timestamp", is_zoned=True)
    if all(value.lower() in _TRUTHS for value in known):
        return TextType("boolean")
    return _infer_number(known, decimal)


def _infer_number(known: list[str], decimal: str) -> TextType:
    if any(_LEADING_ZERO.fullmatch(value) for value in known):
        return STRING
    if all(_INTEGER.fullmatch(value) and -(1 << 63) <= int(value) < 1 << 63 for value in known):
        return TextType("integer")
    if decimal == "," and all(_COMMA_NUMBER.fullmatch(value) or _NUMBER.fullmatch(value) for value in known):
        has_groups = any(re.search(r"\d\.\d{3}(?:\D|$)", value) and "," in value for value in known)
        if has_groups or all(_COMMA_NUMBER.fullmatch(value) and "." not in value for value in known):
            return TextType("number", decimal=",", grouping="." if has_groups else "")
    if all(_NUMBER.fullmatch(value) or _INFINITE.fullmatch(value) for value in known):
        # digits that no float holds are text: account and card numbers
        return STRING if any(len(value) > 18 and value.isdigit() for value in known) else TextType("number")
    if all(_GROUPED_NUMBER.fullmatch(value) for value in known):
        return TextType("number", grouping=",")
    return STRING


def infer_decimal(samples: Sequence[Sequence[str | None]], delimiter: str) -> str:
    """`,` where numbers are written so. A comma before three digits may separate thousands, so one other is needed, or none that is otherwise."""
    if delimiter == ",":
        return "."
    commas = points = groups = 0
    for values in samples:
        for value in values:
            text = (value or "").strip()
            if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+", text):
                groups += 1
            elif "," in text and _COMMA_NUMBER.fullmatch(text):
                commas += 1
            elif "." in text and _NUMBER.fullmatch(text):
                points += 1
    return "," if commas > points or (groups and not points and delimiter == ";") else "."


def typed_values(kind: TextType, raw: pa.Array) -> pa.Array:
    """Texts as values of their type; null where they are none of it."""
    if kind.name == "string":
        return raw
    texts = pc.utf8_trim_whitespace(raw)
    texts = pc.if_else(pc.is_in(texts, value_set=_MISSING_ARRAY), None, texts)
    if kind.grouping:
        texts = pc.replace_substring(texts, kind.grouping, "")
    if kind.decimal == ",":
        texts = pc.replace_substring(texts, ",", ".")
    if kind.name == "boolean":
        lowered = pc.utf8_lower(texts)
        return pc.if_else(pc.is_in(lowered, value_set=pa.array(list(_TRUTHS))), pc.equal(lowered, "true"), None)
    try:
        return texts.cast(kind.arrow_type)
    except pa.ArrowInvalid:
        return pa.array([_value(kind, text) for text in texts.to_pylist()], kind.arrow_type)


def _value(kind: TextType, text: str | None) -> Any:
    if text is None:
        return None
    try:
        if kind.name == "integer":
            value = int(text) if _INTEGER.fullmatch(text) else None
            return value if value is not None and -(1 << 63) <= value < 1 << 63 else None
        if kind.name == "number":
            return float(text) if _NUMBER.fullmatch(text) or _INFINITE.fullmatch(text) else None
        if kind.name == "date":
            return date.fromisoformat(text) if _DATE.fullmatch(text) else None
        return _moment(kind, text)
    except ValueError:
        return None


def _moment(kind: TextType, text: str) -> datetime | None:
    pattern = _ZONED_TIMESTAMP if kind.is_zoned else _TIMESTAMP
    return datetime.fromisoformat(text) if pattern.fullmatch(text) else None


def count_misfits(raw: pa.Array, values: pa.Array) -> int:
    """Texts that are neither missing nor of the type."""
    if values.null_count == raw.null_count:
        return 0
    lost = raw.filter(pc.and_(raw.is_valid(), values.is_null()))
    trimmed = pc.utf8_trim_whitespace(lost)
    return len(lost) - (pc.sum(pc.is_in(trimmed, value_set=_MISSING_ARRAY)).as_py() or 0)


def text_cells(kind: TextType, raw: pa.Array, writer: CellWriter) -> list[Any]:
    """Numbers as JSON has them; a text that is none of the column's type stays as it is."""
    if kind.name in {"string", "date", "timestamp"}:
        return writer.write(raw)
    texts = writer.write(raw)
    values = typed_values(kind, raw).to_pylist()
    return [_cell(kind, value, text) for value, text in zip(values, texts, strict=True)]


def _cell(kind: TextType, value: Any, text: str | None) -> Any:
    if value is None or kind.name == "boolean":
        return text if value is None else value
    if kind.name == "integer":
        return integer_cell(value)
    if text and len(text) > _MAX_EXACT_DIGITS and len(_significant(text)) > _MAX_EXACT_DIGITS:
        return text
    return float_cell(value)


def _significant(text: str) -> str:
    return re.sub(r"[eE].*$|\D", "", text).lstrip("0")
