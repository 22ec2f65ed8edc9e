"""Addresses of the package gateway: a bucket in the path, or before the gateway's host, and a key. Pure."""

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from s3proxy.errors import InvalidAddress
from shared.schemas.package_gateway import MAX_KEY_CHARACTERS

_DEFAULT_PORTS = (b":443", b":80")
_REVISION_SLASHES = 3
_NOT_IN_KEYS = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    bucket: str
    """Empty for the list of buckets."""
    key: str
    """Empty for the bucket itself."""


@dataclass(frozen=True, slots=True)
class PackagedKey:
    """AUTHOR/NAME/REVISION/LOGICAL_KEY"""

    package: str
    revision: str
    directory: str
    """The logical key without the name; empty at the root."""
    name: str

    @property
    def path(self) -> str:
        return f"{self.directory}/{self.name}" if self.directory else self.name


class GatewayHost:
    def __init__(self, host: str) -> None:
        """`host`: with its port; empty for no gateway."""
        self._host = _bare(host.encode("idna" if not host.isascii() else "ascii"))

    def concerns(self, asked: Scope) -> bool:
        """True for a request to the gateway, or to a bucket of it."""
        host = _host_of(asked) if self._host else b""
        return bool(host) and (host == self._host or host.endswith(b"." + self._host))

    def parse(self, asked: Scope) -> GatewayAddress:
        """Raises InvalidAddress."""
        try:
            path = unquote_to_bytes(asked["raw_path"]).decode()
            bucket = _host_of(asked).removesuffix(self._host)[:-1].decode("ascii")
        except UnicodeDecodeError:
            raise InvalidAddress("A key must be UTF-8") from None
        key = path.removeprefix("/")
        if not bucket:
            bucket, _, key = key.partition("/")
        if len(key) > MAX_KEY_CHARACTERS:
            raise InvalidAddress(f"A key here has at most {MAX_KEY_CHARACTERS:,} characters")
        return GatewayAddress(bucket, key)


def packaged_key(key: str) -> PackagedKey | None:
    """The parts of a key; None when no file can have it."""
    parts = key.split("/")
    if len(parts) <= _REVISION_SLASHES or "\0" in key or not _NOT_IN_KEYS.isdisjoint(parts):
        return None
    author, name, revision, *path = parts
    return PackagedKey(f"{author}/{name}", revision, "/".join(path[:-1]), path[-1])


def _host_of(asked: Scope) -> bytes:
    return next((_bare(value) for name, value in asked["headers"] if name == b"host"), b"")


def _bare(host: bytes) -> bytes:
    host = host.lower()
    return next((host.removesuffix(port) for port in _DEFAULT_PORTS if host.endswith(port)), host)
