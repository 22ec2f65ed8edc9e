"""Cursors of keyset pages: the sort key of the last row, encoded."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from shared.errors import InvalidCursor


def encode_cursor(*key: str | float) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(raw: str, *types: type) -> list[Any]:
    """The sort key of a cursor. Raises InvalidCursor unless its parts have the given types."""
    try:
        key = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    except (ValueError, RecursionError) as error:
        raise InvalidCursor from error
    if not isinstance(key, list) or len(key) != len(types):
        raise InvalidCursor
    if not all(type(part) is wanted for part, wanted in zip(key, types, strict=True)):
        raise InvalidCursor
    if not all(_storable(part) for part in key):
        raise InvalidCursor
    return key


def cursor_time(text: str) -> datetime:
    """The time in UTC that a cursor has as a text. Raises InvalidCursor for a time without an offset, or out of range in UTC."""
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise InvalidCursor
        return time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidCursor from error


def _storable(part: object) -> bool:
    """True if Postgres accepts the value: a number of 64 bits, or a text without a NUL and a lone surrogate."""
    if isinstance(part, str):
        return "\x00" not in part and not any("\ud800" <= char <= "\udfff" for char in part)
    return not isinstance(part, int) or abs(part) < 1 << 63
