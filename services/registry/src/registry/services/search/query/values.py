"""Validation of fields and values in queries."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Any, assert_never

from registry.services.search.query.named_fields import NamedField
from shared.errors import Invalid
from shared.index.search.clauses import AnyOf, Between, Clause, Equals, Nothing, Phrase, Value
from shared.index.search.fields import FieldKind
from shared.index.search.metadata import MAX_KEYWORD, date_of
from shared.index.search.words import cut

MAX_TEXT = 2_000

_TOO_LARGE = 2**63
_MAX_EXACT = 2**53

_NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{1,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_PERIOD = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_BYTES = re.compile(r"(\d{1,18}(?:\.\d{1,9})?)\s?(?:([kmgtp])(i)?)?b?", re.ASCII | re.IGNORECASE)
_EXPONENTS = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def text(value: object) -> str:
    """A string that Postgres can store. Raises Invalid."""
    if not isinstance(value, str):
        raise Invalid(f"Expected text, not {str(value)[:80]!r}")
    if len(value) > MAX_TEXT:
        raise Invalid(f"A value has {len(value)} characters; the limit is {MAX_TEXT}")
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Invalid("Text must not contain NUL characters or lone surrogates")
    return value


def is_number(written: str) -> bool:
    return _NUMBER.fullmatch(written) is not None


def value_of(named: NamedField, raw: object) -> Value:
    """A value that can be compared with the field. Raises Invalid."""
    match named.kind:
        case FieldKind.TEXT | FieldKind.KEYWORD:
            return text(str(raw) if isinstance(raw, int | float) else raw)
        case FieldKind.NUMBER:
            return _number(named.field, raw)
        case FieldKind.DATE:
            return _date(named.field, raw)
        case FieldKind.FLAG:
            if raw in (True, "true"):
                return True
            if raw in (False, "false", ""):
                return False
            raise Invalid(f"{named.field} must be true or false, not {str(raw)[:80]!r}")
        case FieldKind.METADATA:
            return _comparable(named.field, raw)
        case _:
            assert_never(named.kind)


def exactly(named: NamedField, raw: object) -> Clause:
    """The field has this value: the same keyword or number, a time on this day, or text with these words in sequence."""
    return named.limited(_exactly(named, raw))


def between(
    named: NamedField,
    *,
    above: object = None,
    at_least: object = None,
    below: object = None,
    at_most: object = None,
) -> Clause:
    """The field has a number or a time within bounds, of which at least one is given. A day, month or year is all of its time."""
    if named.kind in {FieldKind.TEXT, FieldKind.KEYWORD, FieldKind.FLAG}:
        raise Invalid(f"{named.field} has no numbers or dates, so that it cannot be compared")
    bounds: dict[str, Value] = {}
    for name, raw in {"above": above, "at_least": at_least, "below": below, "at_most": at_most}.items():
        if raw is None:
            continue
        period = _period_of(named, raw)
        if period:
            after = name in {"above", "at_most"}
            name = {"above": "at_least", "at_most": "below"}.get(name, name)  # noqa: PLW2901
            bounds[name] = period[1] if after else period[0]
        else:
            bounds[name] = value_of(named, raw)
    if len({isinstance(bound, datetime) for bound in bounds.values()}) > 1:
        raise Invalid("Both ends of a range must be numbers, or both dates")
    return named.limited(Between(named.field, **bounds))


def _exactly(named: NamedField, raw: object) -> Clause:
    if named.kind is FieldKind.METADATA:
        return _exact_metadata(named.field, raw)
    if named.kind is FieldKind.TEXT:
        words = tuple(cut(str(value_of(named, raw))))
        return Phrase(words, named.field) if words else Nothing()
    period = _period_of(named, raw)
    if period:
        return Between(named.field, at_least=period[0], below=period[1])
    return Equals(named.field, value_of(named, raw))


def _exact_metadata(field: str, raw: object) -> Clause:
    """The typed value, or the string of the same characters."""
    if isinstance(raw, bool):
        return Equals(field, raw)
    if isinstance(raw, int | float):
        return Equals(field, _number(field, raw))
    written = text(raw)
    choices: list[Clause] = []
    period = _period(written) if len(written) == len("2026-11-20") else None
    date = date_of(written)
    if period:
        return Between(field, at_least=period[0], below=period[1])
    if date:
        return Equals(field, date)
    if written in {"true", "false"}:
        choices.append(Equals(field, written == "true"))
    elif is_number(written) and (not written.isdecimal() or int(written) <= _MAX_EXACT):
        choices.append(Equals(field, float(written)))
    if len(written) <= MAX_KEYWORD:
        choices.append(Equals(field, written))
    else:
        words = tuple(cut(written))
        choices.append(Phrase(words, field) if words else Nothing())
    return choices[0] if len(choices) == 1 else AnyOf(tuple(choices))


def _comparable(field: str, raw: object) -> Value:
    """A number or a time."""
    if isinstance(raw, str):
        date = date_of(raw.strip())
        if date:
            return date
    if isinstance(raw, bool) or (isinstance(raw, str) and not _NUMBER.fullmatch(raw.strip())):
        raise Invalid(f"{field} can be compared with a number or a date like 2026-11-20, not with {str(raw)[:80]!r}")
    return float(_number(field, raw))


def _number(field: str, raw: object) -> float:
    refusal = Invalid(f"{field} must be a number below 2^63, not {str(raw)[:80]!r}")
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise refusal
    number: float
    if isinstance(raw, str):
        written = raw.strip()
        size = _BYTES.fullmatch(written) if field == "size" else None
        if size and size[2]:
            number = float(size[1]) * (1024 if size[3] else 1000) ** _EXPONENTS[size[2].lower()]
        elif re.fullmatch(r"-?\d{1,19}", written, re.ASCII):
            number = int(written)
        elif _NUMBER.fullmatch(written):
            number = float(written)
        else:
            raise refusal
    else:
        number = raw
    if not abs(number) < _TOO_LARGE:  # this also refuses NaN
        raise refusal
    return number


def _period_of(named: NamedField, raw: object) -> tuple[datetime, datetime] | None:
    if not isinstance(raw, str):
        return None
    written = raw.strip()
    if named.kind is FieldKind.DATE or (named.kind is FieldKind.METADATA and len(written) == len("2026-11-20")):
        return _period(written)
    return None


def _period(written: str) -> tuple[datetime, datetime] | None:
    """Start and end of a day, month or year; None for everything else."""
    found = _PERIOD.fullmatch(written)
    if not found:
        return None
    year, month, day = int(found[1]), found[2], found[3]
    if not MINYEAR < year < MAXYEAR:
        return None
    try:
        start = datetime(year, int(month or 1), int(day or 1), tzinfo=UTC)
    except ValueError:
        return None
    if day:
        return start, start + timedelta(days=1)
    if month:
        return start, datetime(year + (start.month == 12), start.month % 12 + 1, 1, tzinfo=UTC)
    return start, datetime(year + 1, 1, 1, tzinfo=UTC)


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
