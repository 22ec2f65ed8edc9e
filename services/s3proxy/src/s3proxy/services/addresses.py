"""Addresses: the S3 host that a request was signed for, from its raw path. Pure. Paths are never decoded and encoded again.

Each generation of web catalogs names the S3 host in another form:

    /<bucket>.s3[.<region>].amazonaws.com/<key>      2026
    /s3[.<region>].amazonaws.com/<bucket>/<key>      2026, for buckets whose names are not DNS labels
    /<region>/<bucket>/<key>                         2020, 2022; signed for <bucket>.s3.<region>.amazonaws.com
    /<bucket>/<key>                                  2019; signed for <bucket>.s3.amazonaws.com

Hosts are rebuilt from parts that match strictly, and the bucket must be registered, so nothing else can be reached.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import unquote

from s3proxy.errors import InvalidAddress, UnregisteredBucket

_REGION = r"[a-z]{2}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}"
_BUCKET = r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}"
_LABEL = r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"
_VIRTUAL_HOST = re.compile(rf"({_LABEL})\.s3(?:\.{_REGION})?\.amazonaws\.com")
_PATH_HOST = re.compile(rf"s3(?:\.{_REGION})?\.amazonaws\.com")
_REGION_NAME = re.compile(_REGION)
_BUCKET_NAME = re.compile(_BUCKET)
_BUCKET_LABEL = re.compile(_LABEL)


@dataclass(frozen=True, slots=True)
class Address:
    """The Host that a request was signed for, and the path as it was signed."""

    bucket: str
    host: str
    path: str

    @property
    def key(self) -> str:
        return self.path if self.host.startswith(f"{self.bucket}.") else self.path[len(self.bucket) + 1 :]


def parse(raw_path: str, registered: Container[str]) -> Address:
    """The address that `raw_path` names; raises InvalidAddress or UnregisteredBucket."""
    first, slash, rest = raw_path.removeprefix("/").partition("/")
    address = (
        _virtual_host_style(first, slash + rest) or _path_style(first, rest) or _legacy(first, slash, rest, registered)
    )
    if address.bucket not in registered:
        raise UnregisteredBucket(f"The bucket {address.bucket} is not registered here")
    if _leaves_bucket(address.key):
        raise InvalidAddress("The key leads out of its bucket")
    return address


def require_key(key: str) -> None:
    """Raise InvalidAddress for a decoded key with a segment `.` or `..`.

    A store that keeps objects as files resolves such a segment, so the key would mean another object or another bucket.
    """
    if not {".", ".."}.isdisjoint(key.split("/")):
        raise InvalidAddress("A key must not have a segment . or ..")


def _virtual_host_style(first: str, path: str) -> Address | None:
    match = _VIRTUAL_HOST.fullmatch(first)
    return Address(match[1], first, path or "/") if match else None


def _path_style(first: str, rest: str) -> Address | None:
    if not _PATH_HOST.fullmatch(first):
        return None
    bucket = rest.partition("/")[0]
    if not _BUCKET_NAME.fullmatch(bucket):
        raise InvalidAddress("The address does not name a bucket")
    return Address(bucket, first, f"/{rest}")


def _legacy(first: str, slash: str, rest: str, registered: Container[str]) -> Address:
    bucket, middle, path = first, "", slash + rest
    if _REGION_NAME.fullmatch(first) and first not in registered:
        bucket, second_slash, key = rest.partition("/")
        middle, path = f"{first}.", second_slash + key
    if not _BUCKET_LABEL.fullmatch(bucket):
        raise InvalidAddress(f"Unexpected host: {first[:100]}")
    return Address(bucket, f"{bucket}.s3.{middle}amazonaws.com", path or "/")


def _leaves_bucket(path: str) -> bool:
    """True when a store that resolves `..` would get out of the bucket."""
    depth = 0
    for segment in unquote(path).split("/")[1:] if ".." in path or "%2" in path else []:
        depth += -1 if segment == ".." else segment not in {"", "."}
        if depth < 0:
            return True
    return False
