"""Opaque cursors of keyset pages: the sort key of the last row shown."""

import base64
import json
from typing import Any

from shared.errors import InvalidCursor


def encode_cursor(*key: str | float) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(raw: str, *types: type) -> list[Any]:
    """The key again, of the given types; raises InvalidCursor."""
    try:
        key = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    except ValueError as error:
        raise InvalidCursor("Malformed cursor") from error
    if not isinstance(key, list) or len(key) != len(types):
        raise InvalidCursor("Malformed cursor")
    if not all(isinstance(part, wanted) for part, wanted in zip(key, types, strict=True)):
        raise InvalidCursor("Malformed cursor")
    if not all(_storable(part) for part in key if isinstance(part, str)):
        raise InvalidCursor("Malformed cursor")
    return key


def _storable(text: str) -> bool:
    """Postgres takes neither NUL nor half a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
