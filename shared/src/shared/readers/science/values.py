"""Values of arrays and headers as JSON."""

import math
from typing import Any

import numpy as np

MAX_VALUE_BYTES = 1024
"""Bytes of a value that is shown in a tree."""
_MAX_EXACT_INTEGER = 1 << 53
_MAX_ITEMS = 128
_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def json_value(value: Any) -> Any:
    """Integers beyond 2^53 and numbers that are not finite become strings, bytes become text or hexadecimal."""
    if isinstance(value, np.ndarray):
        return [json_value(each) for each in value.ravel()[:_MAX_ITEMS]] if value.shape else json_value(value[()])
    if isinstance(value, np.void) and value.dtype.names:
        return {name: json_value(value[name]) for name in value.dtype.names[:_MAX_ITEMS]}
    if isinstance(value, np.generic):
        return json_value(value.item()) if not isinstance(value, np.void) else value.tobytes()[:MAX_VALUE_BYTES].hex()
    if isinstance(value, list | tuple):
        return [json_value(each) for each in value[:_MAX_ITEMS]]
    if isinstance(value, dict):
        return {str(key)[:MAX_VALUE_BYTES]: json_value(each) for key, each in list(value.items())[:_MAX_ITEMS]}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_EXACT_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _NOT_FINITE.get(value, "NaN")
    if isinstance(value, bytes):
        return _text_or_hexadecimal(value[:MAX_VALUE_BYTES])
    return str(value)[:MAX_VALUE_BYTES].encode("utf-8", "replace").decode()


def _text_or_hexadecimal(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() or text.strip().replace("\n", "").isprintable() else value.hex()
