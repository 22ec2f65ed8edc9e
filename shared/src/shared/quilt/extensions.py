"""Extensions of keys."""

import re

_SUFFIX = re.compile(r"(?<=[^/])(\.\w{1,16})$")
_COMPRESSED = frozenset({".gz", ".bz2", ".xz", ".zst", ".lz4", ".snappy", ".br"})


def extension(key: str) -> str:
    """The extension in lower case, such as `.csv` or `.csv.gz`; empty without one."""
    last = _SUFFIX.search(key)
    if not last:
        return ""
    if last[1].lower() in _COMPRESSED and (before := _SUFFIX.search(key[: last.start()])):
        return (before[1] + last[1]).lower()
    return last[1].lower()
