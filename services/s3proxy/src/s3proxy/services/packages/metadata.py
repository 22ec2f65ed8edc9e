"""Metadata of files as headers of S3. Pure.

S3 sends user metadata as `x-amz-meta-` headers, of at most 2 kB, what is not ASCII in the form of RFC 2047, and says in
`x-amz-missing-meta` how many it left out.
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

MAX_META_BYTES = 2_048
"""Names and values together, as in S3."""
_USER_META = "user_meta"
_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,128}")
_PLAIN = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")

RawHeader = tuple[bytes, bytes]


@lru_cache(maxsize=1_024)
def meta_headers(stored: bytes | None) -> Sequence[RawHeader]:
    """Headers for the members of `user_meta`, or of the whole metadata where it has none. Values that are no texts are JSON."""
    if not stored:
        return []
    try:
        meta = json.loads(stored)
    except (ValueError, RecursionError):
        return []
    shown = meta.get(_USER_META, meta) if isinstance(meta, dict) else None
    if not isinstance(shown, dict):
        return []
    headers: list[RawHeader] = []
    left, missing = MAX_META_BYTES, 0
    named: set[str] = set()
    for original, value in shown.items():
        name, text = original.lower(), _text(value)
        left_after = left - len(name) - len(text)
        if name in named or not _NAME.fullmatch(name) or left_after < 0:
            missing += 1
            continue
        named.add(name)
        left = left_after
        headers.append((b"x-amz-meta-" + name.encode(), text))
    if missing:
        headers.append((b"x-amz-missing-meta", str(missing).encode()))
    return headers


def _text(value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if _PLAIN.fullmatch(text):
        return text.encode()
    return b"=?UTF-8?B?" + b64encode(text.encode(errors="replace")) + b"?="
