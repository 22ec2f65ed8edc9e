"""The top hash: what the clients call a revision, byte for byte.

It is the SHA-256 of the manifest's header and entries, each as Python's `json.dumps(…, sort_keys=True,
separators=(",", ":"))` writes it: ASCII, floats as `repr` writes them. Directory records and physical keys are not in it.
"""

import hashlib
import json
import re
from json.encoder import encode_basestring_ascii
from typing import Any, NoReturn

import orjson

_HELD = 1000
"""Entries that are hashed at once."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_DIGITS_ALIKE = bytes.maketrans(b"123456789E", b"000000000e")


def canonical(raw: bytes) -> bytes:
    """JSON text as it enters the top hash; raises ValueError for what is not JSON, or not finite."""
    if _is_plain(raw):
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)
    return dumps(loads(raw))


def _is_plain(raw: bytes) -> bool:
    """Whether orjson surely writes what the standard library does; a wrong no only costs time.

    They may differ in anything but printable ASCII and escapes of it; in floats with exponents, or that `repr` writes
    with one (below 0.0001, from 1e16); in integers beyond 64 bits. Both write other floats with the fewest digits that
    read back as the same.
    """
    if not raw.isascii() or b"\\u" in raw or b"\x7f" in raw or b"0.000" in raw:
        return False
    alike = raw.translate(_DIGITS_ALIKE)
    return b"0e" not in alike and b"0000000000000000" not in alike


def loads(raw: bytes) -> Any:
    """Raises ValueError for what is not JSON, not finite, or not Unicode (half a surrogate pair)."""
    try:
        value = json.loads(raw.decode(), parse_constant=_refuse)
        if _SURROGATE.search(raw):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def dumps(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


class TopHash:
    """Fed with the header and then the entries in walk order."""

    def __init__(self, header: dict[str, Any]) -> None:
        self._hash = hashlib.sha256(dumps(header))
        self._held: list[str] = []

    def add(self, logical_key: str, size: int | None, kind: str, value: str, meta: bytes | None) -> None:
        """`meta` is canonical already; None is empty."""
        held = self._held
        held.append(
            f'{{"hash":{{"type":{encode_basestring_ascii(kind)},"value":{encode_basestring_ascii(value)}}},'
            f'"logical_key":{encode_basestring_ascii(logical_key)},"meta":{meta.decode() if meta else "{}"},'
            f'"size":{size}}}'
        )
        if len(held) >= _HELD:
            self._flush()

    def update(self, entries: bytes) -> None:
        """Entries that are canonical already."""
        self._flush()
        self._hash.update(entries)

    def hexdigest(self) -> str:
        self._flush()
        return self._hash.hexdigest()

    def _flush(self) -> None:
        self._hash.update("".join(self._held).encode())
        self._held.clear()
