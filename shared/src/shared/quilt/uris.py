"""Quilt+ URIs: `quilt+s3://BUCKET#package=AUTHOR/NAME[@HASH|:TAG][&path=PATH][&catalog=HOST]`.

Parsed as by web catalogs and QuiltSync: `+` is a space, `%` without two digits is itself, other parameters are ignored.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from typing_extensions import override

from shared.errors import Invalid
from shared.quilt.keys import LATEST
from shared.quilt.names import is_package_name

_SCHEME = "quilt+s3"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class UriRefused(Invalid):
    title = "This is not a Quilt+ URI of a package"
    slug = "uri_refused"


@dataclass(frozen=True, slots=True)
class PackageUri:
    bucket: str
    name: str
    hash: str | None = None
    """Top hash of the revision, or its first digits; never together with a tag."""
    tag: str | None = None
    path: str | None = None
    catalog: str | None = None

    @property
    def reference(self) -> str:
        return self.hash or self.tag or LATEST

    @override
    def __str__(self) -> str:
        revision = f"@{quote(self.hash, safe='')}" if self.hash else f":{quote(self.tag, safe='')}" if self.tag else ""
        path = f"&path={quote(self.path, safe='')}" if self.path else ""
        catalog = f"&catalog={quote(self.catalog, safe='')}" if self.catalog else ""
        return f"{_SCHEME}://{self.bucket}#package={quote(self.name, safe='/')}{revision}{path}{catalog}"


def parse_uri(text: str) -> PackageUri:
    """Raises UriRefused with the reason."""
    place, _, fragment = text.strip().partition("#")
    scheme, slashes, bucket = place.partition("://")
    if scheme.lower() != _SCHEME or not slashes:
        raise UriRefused(f"A Quilt+ URI starts with {_SCHEME}://")
    bucket = bucket.lower().removesuffix("/")
    if "/" in bucket or "?" in bucket:
        raise UriRefused("Packages are at the root of a bucket: nothing may stand between the bucket and the #")
    if not _BUCKET.fullmatch(bucket):
        raise UriRefused(f"{bucket[:80]!r} is not the name of a bucket")
    parameters = _parameters(fragment)
    package, path = _without_old_path(parameters.get("package", ""), parameters.get("path"))
    name, revision_hash, tag = _parse_package(package)
    return PackageUri(bucket, name, revision_hash, tag, path or None, parameters.get("catalog") or None)


def _parameters(fragment: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in fragment.split("&"):
        name, _, value = pair.partition("=")
        try:
            name, value = (unquote(each.replace("+", " "), errors="strict") for each in (name, value))
        except UnicodeDecodeError as error:
            raise UriRefused("The percent-encoding is not UTF-8") from error
        if name in found and name in {"package", "path", "catalog"}:
            raise UriRefused(f"{name}= is given twice")
        found[name] = value
    return found


def _without_old_path(package: str, path: str | None) -> tuple[str, str | None]:
    """Splits the older form `NAME@HASH:path=PATH`."""
    before, old, after = package.partition(":path=")
    return (before, after) if old and path is None else (package, path)


def _parse_package(package: str) -> tuple[str, str | None, str | None]:
    if not package:
        raise UriRefused("package= is missing")
    name, mark, revision = _split_revision(package)
    if mark and not revision:
        raise UriRefused(f"{'The hash' if mark == '@' else 'The tag'} after {mark} is missing")
    if "@" in revision or ":" in revision:
        raise UriRefused("A package has one revision: either @HASH or :TAG")
    if not is_package_name(name):
        raise UriRefused(f"{name[:80]!r} is not the name of a package (AUTHOR/NAME)")
    return name, revision if mark == "@" else None, revision if mark == ":" else None


def _split_revision(package: str) -> tuple[str, str, str]:
    at = re.search("[@:]", package)
    return (package[: at.start()], at.group(), package[at.end() :]) if at else (package, "", "")
