"""Searchable content of objects: the extension, and the text of text files."""

import re
from dataclasses import dataclass

from shared.aws.objects import ObjectInfo

MAX_TEXT_BYTES = 64 << 10
"""Bytes at the beginning of a file that can be searched."""

_SUFFIX = re.compile(r"(?<=[^/])(\.\w{1,16})$")
_COMPRESSED = frozenset({".gz", ".bz2", ".xz", ".zst", ".lz4", ".snappy", ".br"})
_TEXT = frozenset(
    {
        ".bib",
        ".cfg",
        ".conf",
        ".css",
        ".csv",
        ".geojson",
        ".htm",
        ".html",
        ".ini",
        ".ipynb",
        ".java",
        ".jl",
        ".js",
        ".json",
        ".jsonl",
        ".log",
        ".m",
        ".markdown",
        ".md",
        ".ndjson",
        ".py",
        ".r",
        ".rmd",
        ".rst",
        ".sh",
        ".sql",
        ".tab",
        ".tex",
        ".text",
        ".toml",
        ".ts",
        ".tsv",
        ".txt",
        ".vcf",
        ".xml",
        ".yaml",
        ".yml",
    }
)


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """An object with its searchable content."""

    info: ObjectInfo
    extension: str
    text: str


def extension(key: str) -> str:
    """The extension in lower case, such as `.csv` or `.csv.gz`; empty without one."""
    last = _SUFFIX.search(key)
    if not last:
        return ""
    if last[1].lower() in _COMPRESSED and (before := _SUFFIX.search(key[: last.start()])):
        return (before[1] + last[1]).lower()
    return last[1].lower()


def is_text(key: str) -> bool:
    name = key.rpartition("/")[2].lower()
    return extension(key) in _TEXT or (name.startswith("readme") and extension(key) in _TEXT | {""})


def decode(body: bytes) -> str:
    """The text of UTF-8 or UTF-16. Invalid bytes are replaced, and NUL, which Postgres refuses, is removed."""
    encoding = "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return body[:MAX_TEXT_BYTES].decode(encoding, "replace").replace("\0", "")


def storable(text: str) -> str:
    """The text without NUL and lone surrogates, which Postgres refuses."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
