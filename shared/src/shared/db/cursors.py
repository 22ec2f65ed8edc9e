"""Cursors of keyset pages: the sort key of the last row, encoded."""

import base64
import json
from typing import Any

from shared.errors import InvalidCursor


def encode_cursor(*key: str | float) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(raw: str, *types: type) -> list[Any]:
    """The sort key of a cursor. Raises InvalidCursor unless its parts have the given types."""
    try:
        key = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    except ValueError as error:
        raise InvalidCursor from error
    if not isinstance(key, list) or len(key) != len(types):
        raise InvalidCursor
    if not all(isinstance(part, wanted) for part, wanted in zip(key, types, strict=True)):
        raise InvalidCursor
    if not all(_storable(part) for part in key if isinstance(part, str)):
        raise InvalidCursor
    return key


def _storable(text: str) -> bool:
    """True if Postgres accepts the text: it has no NUL and no lone surrogate."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
