"""The top hash, which names a revision, as the clients compute it (`Package.top_hash` of quilt3).

It is the SHA-256 of the header and the entries of a manifest, each written by Python's `json.dumps(…, sort_keys=True,
separators=(",", ":"))`: ASCII, and floats as `repr` writes them. Records of directories and physical keys are not part of it.
"""

import hashlib
import json
import re
from json.encoder import encode_basestring_ascii
from typing import Any

import orjson

_BATCH_ENTRIES = 1000
"""Entries that are hashed together."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_DIGITS_ALIKE = bytes.maketrans(b"123456789E", b"000000000e")


def canonical(raw: bytes) -> bytes:
    """Canonical JSON, as in the top hash: with `NaN` and `Infinity`, as Python writes them. Raises ValueError for text that is not JSON."""
    if _is_plain(raw):
        try:
            return orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            pass  # the standard library reads numbers that are not finite, and writes more levels
    return dumps(loads(raw))


def _is_plain(raw: bytes) -> bool:
    """True only if orjson writes the text exactly as the standard library does. False merely costs time.

    The two may differ in characters other than printable ASCII and its escapes, in floats with an exponent or which `repr`
    writes with one (below 0.0001 and from 1e16), and in integers of more than 64 bits. All other floats both write with the
    fewest digits that identify them.
    """
    if not raw.isascii() or b"\\u" in raw or b"\x7f" in raw or b"0.000" in raw:
        return False
    alike = raw.translate(_DIGITS_ALIKE)
    return b"0e" not in alike and b"0000000000000000" not in alike


def loads(raw: bytes) -> Any:
    """The value of JSON text, which may have NaN and infinite numbers. Raises ValueError for text that is not JSON, and for lone surrogates."""
    try:
        value = json.loads(raw.decode())
        if _SURROGATE.search(raw):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def dumps(value: Any) -> bytes:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None


class TopHash:
    """Computes the top hash of a header and of entries, which are added in walk order."""

    def __init__(self, header: dict[str, Any]) -> None:
        self._hash = hashlib.sha256(dumps(header))
        self._held: list[str] = []

    def add(self, logical_key: str, size: int | None, kind: str, value: str, meta: bytes | None) -> None:
        """`meta` is canonical JSON; None when empty."""
        held = self._held
        held.append(
            f'{{"hash":{{"type":{encode_basestring_ascii(kind)},"value":{encode_basestring_ascii(value)}}},'
            f'"logical_key":{encode_basestring_ascii(logical_key)},"meta":{meta.decode() if meta else "{}"},'
            f'"size":{size}}}'
        )
        if len(held) >= _BATCH_ENTRIES:
            self._flush()

    def update(self, entries: bytes) -> None:
        """Add entries that are canonical JSON."""
        self._flush()
        self._hash.update(entries)

    def hexdigest(self) -> str:
        self._flush()
        return self._hash.hexdigest()

    def _flush(self) -> None:
        self._hash.update("".join(self._held).encode())
        self._held.clear()
