"""Fields of search documents, and values given for them."""

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
    """A string that Postgres can hold."""
    if not isinstance(value, str):
        raise Invalid(f"Expected text, not {str(value)[:80]!r}")
    if len(value) > MAX_TEXT:
        raise Invalid(f"A value has {len(value)} characters; at most {MAX_TEXT} are searched for")
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Invalid("Text may hold no NUL characters and no lone surrogates")
    return value


def value_of(field: str, raw: object) -> Value:
    """A value that compares with the field."""
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
            raise Invalid(f"{field} is true or false, not {str(raw)[:80]!r}")
        case _:
            assert_never(kind)


def exactly(field: str, raw: object) -> Clause:
    """The field has this value: as a whole, on this day, or with these words in sequence."""
    value = value_of(field, raw)
    kind = kind_of(field)
    if kind is FieldKind.TEXT:
        words = tuple(cut(str(value)))
        return Phrase(words, field) if words else Nothing()
    if isinstance(value, datetime) and _DAY.fullmatch(str(raw)):
        return Between(field, at_least=value, below=value + timedelta(days=1))
    return Equals(field, value)


def _number(field: str, raw: object) -> float:
    wrong = Invalid(f"{field} is a number below 2^63, not {str(raw)[:80]!r}")
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise wrong
    try:
        number = int(raw) if isinstance(raw, int) or re.fullmatch(r"-?\d{1,19}", str(raw)) else float(raw)
    except ValueError:
        raise wrong from None
    if not abs(number) < _TOO_LARGE:  # NaN, too, is not
        raise wrong
    return number


def _date(field: str, raw: object) -> datetime:
    wrong = Invalid(f"{field} is a date like 2026-11-20 or 2026-11-20T19:30:00Z, not {str(raw)[:80]!r}")
    try:
        if isinstance(raw, int) and not isinstance(raw, bool):
            date = datetime.fromtimestamp(raw / 1000, UTC)
        else:
            date = datetime.fromisoformat(str(raw))
    except (ValueError, OverflowError, OSError):
        raise wrong from None
    # With room on both sides, for other time zones and the day after.
    if not MINYEAR < date.year < MAXYEAR:
        raise wrong
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def single(body: object, what: str) -> tuple[str, Any]:
    found = json_object(body, what)
    if len(found) != 1:
        raise Invalid(f"{what} has exactly one key, not {len(found)}: {', '.join(sorted(found))[:200]}")
    [(key, value)] = found.items()
    return key, value


def json_object(body: object, what: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid(f"{what} takes an object, not {str(body)[:40]!r}")
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
