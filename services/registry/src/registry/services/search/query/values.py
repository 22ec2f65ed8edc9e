"""Validation of fields and values in queries."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Any, assert_never

from shared.errors import Invalid
from shared.index.search.clauses import FIELDS, Between, Clause, Equals, FieldKind, Nothing, Phrase, Value
from shared.index.search.queries import cut

MAX_TEXT = 2_000

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TOO_LARGE = 2**63


def kind_of(field: str) -> FieldKind:
    try:
        return FIELDS[field]
    except KeyError:
        raise Invalid(f"There is no field {field[:80]!r}. Fields are: {', '.join(sorted(FIELDS))}") from None


def text(value: object) -> str:
    """A string that Postgres can store. Raises Invalid."""
    if not isinstance(value, str):
        raise Invalid(f"Expected text, not {str(value)[:80]!r}")
    if len(value) > MAX_TEXT:
        raise Invalid(f"A value has {len(value)} characters; the limit is {MAX_TEXT}")
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Invalid("Text must not contain NUL characters or lone surrogates")
    return value


def value_of(field: str, raw: object) -> Value:
    """A value that can be compared with the field. Raises Invalid."""
    kind = kind_of(field)
    match kind:
        case FieldKind.TEXT | FieldKind.KEYWORD:
            return text(str(raw) if isinstance(raw, int | float) else raw)
        case FieldKind.NUMBER:
            return _number(field, raw)
        case FieldKind.DATE:
            return _date(field, raw)
        case FieldKind.FLAG:
            if raw in (True, "true"):
                return True
            if raw in (False, "false", ""):
                return False
            raise Invalid(f"{field} must be true or false, not {str(raw)[:80]!r}")
        case _:
            assert_never(kind)


def exactly(field: str, raw: object) -> Clause:
    """The field has this value: the same keyword or number, a time on this day, or text with these words in sequence."""
    value = value_of(field, raw)
    kind = kind_of(field)
    if kind is FieldKind.TEXT:
        words = tuple(cut(str(value)))
        return Phrase(words, field) if words else Nothing()
    if isinstance(value, datetime) and _DAY.fullmatch(str(raw)):
        return Between(field, at_least=value, below=value + timedelta(days=1))
    return Equals(field, value)


def _number(field: str, raw: object) -> float:
    refusal = Invalid(f"{field} must be a number below 2^63, not {str(raw)[:80]!r}")
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise refusal
    try:
        number = int(raw) if isinstance(raw, int) or re.fullmatch(r"-?\d{1,19}", str(raw)) else float(raw)
    except ValueError:
        raise refusal from None
    if not abs(number) < _TOO_LARGE:  # this also refuses NaN
        raise refusal
    return number


def _date(field: str, raw: object) -> datetime:
    refusal = Invalid(f"{field} must be a date like 2026-11-20 or 2026-11-20T19:30:00Z, not {str(raw)[:80]!r}")
    try:
        if isinstance(raw, int) and not isinstance(raw, bool):
            date = datetime.fromtimestamp(raw / 1000, UTC)
        else:
            date = datetime.fromisoformat(str(raw))
    except (ValueError, OverflowError, OSError):
        raise refusal from None
    # The years at both ends are refused: a time zone or the end of a day could leave the range of dates.
    if not MINYEAR < date.year < MAXYEAR:
        raise refusal
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def single(body: object, what: str) -> tuple[str, Any]:
    found = json_object(body, what)
    if len(found) != 1:
        raise Invalid(f"{what} must have exactly one key, not {len(found)}: {', '.join(sorted(found))[:200]}")
    [(key, value)] = found.items()
    return key, value


def json_object(body: object, what: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid(f"{what} must be an object, not {str(body)[:40]!r}")
    return body


def only(given: dict[str, Any], what: str, known: set[str]) -> None:
    unknown = sorted(given.keys() - known)
    if unknown:
        supported = ", ".join(sorted(known)) or "nothing"
        raise Invalid(f"{unknown[0][:80]!r} is not supported in {what}. These are: {supported}")


def listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def names(values: list[Any]) -> tuple[str, ...]:
    return tuple(text(value).strip() for value in values)
