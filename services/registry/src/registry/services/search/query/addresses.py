"""Addresses and hashes that people paste into a search: `s3://bucket/key`, `quilt+s3://…`, top hashes."""

import re
from urllib.parse import parse_qs, unquote

from shared.index.search.clauses import All, AnyOf, Clause, Equals, Like, Phrase, Starts
from shared.index.search.words import cut
from shared.quilt.keys import LATEST
from shared.quilt.uris import UriRefused, parse_uri

_S3 = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<rest>.*))?", re.IGNORECASE | re.DOTALL)
_HASH = re.compile(r"(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{8,64}", re.ASCII | re.IGNORECASE)
"""At least eight hexadecimal digits, as the catalog shows them, among them letters and decimal digits."""
_HASH_DIGITS = 64
_MANIFEST = re.compile(r"\.quilt/packages/(?P<hash>[0-9a-f]{64})")
_POINTER = re.compile(r"\.quilt/named_packages/(?P<name>[^/]+/[^/]+)/(?P<tag>latest|\d+)")


def pasted(raw: str) -> Clause | None:
    """The documents that an address or a hash names, and those whose text has it. None for other words."""
    named = _quilt(raw) or _s3(raw) or _top_hash(raw)
    if named is None:
        return None
    words = tuple(cut(raw))
    return AnyOf((named, Phrase(words))) if words else named


def _quilt(raw: str) -> Clause | None:
    if not raw.lower().startswith("quilt+s3://"):
        return None
    try:
        uri = parse_uri(raw)
    except UriRefused:
        return None
    return _package(uri.bucket, uri.name, uri.hash, uri.tag)


def _package(bucket: str, name: str, revision: str | None, tag: str | None) -> Clause:
    """The named revision, and the package as its latest one."""
    package = (Equals("kind", "package"), Equals("bucket", bucket), Equals("name", name))
    if revision:
        return AnyOf((All((*package, _hash(revision))), All((*package, Equals("pointer", LATEST)))))
    if tag and tag != LATEST:
        return All((*package, AnyOf((Equals("pointer", tag), Equals("pointer", LATEST)))))
    return All(package)


def _s3(raw: str) -> Clause | None:
    found = _S3.fullmatch(raw)
    if not found:
        return None
    bucket = Equals("bucket", found["bucket"].lower())
    key, _, query = (found["rest"] or "").partition("?versionId=")
    if not key:
        return bucket
    manifest, pointer = _MANIFEST.fullmatch(key), _POINTER.fullmatch(key)
    if manifest:
        return All((Equals("kind", "package"), bucket, _hash(manifest["hash"])))
    if pointer:
        return _package(bucket.value, pointer["name"], None, pointer["tag"])  # type: ignore[arg-type]
    spellings = list(dict.fromkeys([key, unquote(key, errors="replace")]))
    if query:
        version = parse_qs(f"v={query}").get("v", [query])[0]
        here: list[Clause] = [All((Equals("key", each), Equals("version_id", version))) for each in spellings]
    else:
        here = [_key(each) for each in spellings]
    return All((bucket, here[0] if len(here) == 1 else AnyOf(tuple(here))))


def _key(written: str) -> Clause:
    if "*" in written:
        return Like(written, "key")
    return Starts("key", written) if written.endswith("/") else Equals("key", written)


def _top_hash(raw: str) -> Clause | None:
    return _hash(raw) if _HASH.fullmatch(raw) else None


def _hash(digits: str) -> Clause:
    whole = digits.lower()
    return Equals("hash", whole) if len(whole) == _HASH_DIGITS else Starts("hash", whole)
