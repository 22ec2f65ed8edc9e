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

_EMPTY = b"{}"

# Where orjson and the standard library may differ: anything but printable ASCII and escapes of it; floats with exponents,
# or that `repr` writes with one (below 0.0001, from 1e16); integers beyond 64 bits. Both write other floats with the
# fewest digits that read back as the same. Matches inside strings only cost time.
_NOT_FOR_ORJSON = re.compile(rb"[^ -~]|\\u|[0-9][eE]|0\.000|(?<![0-9.])[0-9]{16}")


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def canonical(raw: bytes) -> bytes:
    """JSON text as it enters the top hash; raises ValueError for what is not JSON, or not finite."""
    if not _NOT_FOR_ORJSON.search(raw):
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)
    return dumps(loads(raw))


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

    def add(self, logical_key: str, size: int, hash_type: str, hash_value: str, meta: bytes | None) -> None:
        """`meta` is canonical already; None is empty."""
        head = (
            f'{{"hash":{{"type":{encode_basestring_ascii(hash_type)},"value":{encode_basestring_ascii(hash_value)}}},'
            f'"logical_key":{encode_basestring_ascii(logical_key)},"meta":'
        )
        self._hash.update(b'%b%b,"size":%d}' % (head.encode(), meta or _EMPTY, size))

    def update(self, canonical_entries: bytes) -> None:
        """Entries as they enter the hash, one after the other."""
        self._hash.update(canonical_entries)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
