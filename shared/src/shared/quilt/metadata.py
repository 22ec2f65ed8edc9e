"""JSON of metadata: its depth is limited, and its numbers may be NaN or infinite.

Python writes such numbers as `NaN`, `Infinity` and `-Infinity`, and clients did so until 2025. They are part of the top hash, so the
index keeps them as they were written. Answers give them as strings, since JSON has no such numbers.
"""

import json
import re
from math import isfinite
from typing import Any

MAX_JSON_DEPTH = 64
"""Levels of lists and objects in JSON that people or clients send."""
MAX_METADATA_DEPTH = MAX_JSON_DEPTH + 1
"""Levels in a manifest's header and in the metadata of an entry, in both of which `user_meta` is one level."""

_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A string or a bracket. Strings need no end and give nothing back, so the search takes linear time."""
_CONSTANT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|-?Infinity|NaN', re.DOTALL)


class JsonTooDeep(ValueError):
    def __init__(self) -> None:
        super().__init__(f"lists and objects are nested more than {MAX_JSON_DEPTH} levels deep")


def require_depth(text: bytes, levels: int = MAX_JSON_DEPTH) -> None:
    """Raises JsonTooDeep for JSON text with more levels. The text is not parsed, so it may be of any depth, and invalid."""
    if text.count(b"{") + text.count(b"[") <= levels:
        return
    depth = 0
    for found in _BRACKET.finditer(text):
        first = text[found.start()]
        if first in b"[{":
            depth += 1
            if depth > levels:
                raise JsonTooDeep
        elif first in b"]}":
            depth -= 1


def finite_json(text: bytes) -> bytes:
    """The same JSON text with strings for NaN and infinities. All else stays as it is written."""
    if b"NaN" not in text and b"Infinity" not in text:
        return text
    return _CONSTANT.sub(lambda found: found[0] if found[0].startswith(b'"') else b'"%b"' % found[0], text)


def metadata_text(stored: bytes) -> bytes:
    """Metadata that the index holds, as JSON text for an answer. Metadata that is too deep is left out."""
    try:
        require_depth(stored, MAX_METADATA_DEPTH)
    except JsonTooDeep:
        return b"{}"
    return finite_json(stored)


def read_metadata(stored: str | bytes | None) -> dict[str, Any]:
    """A header, or metadata, that the index holds, as the value of an answer. Without a readable one the answer is empty."""
    text = stored.encode(errors="replace") if isinstance(stored, str) else stored or b""
    try:
        require_depth(text, MAX_METADATA_DEPTH)
        found = _DECODER.decode(text.decode(json.detect_encoding(text), "surrogatepass"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _finite(text: str) -> float | str:
    number = float(text)
    if isfinite(number):
        return number
    return "Infinity" if number > 0 else "-Infinity"


_DECODER = json.JSONDecoder(parse_constant=str, parse_float=_finite)
"""As `json.loads` would make with each call."""
