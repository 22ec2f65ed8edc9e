"""Single requests for objects that are sent without boto, which takes several times as much processor time for one of them.

Whatever is unusual is left to boto: it follows a bucket to another region, waits and tries again, renews credentials, and gives
errors their names. Each method raises Unanswered where its caller is to ask again through boto.
"""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from shared.aws.direct_http import open_direct_http
from shared.aws.object_info import ObjectInfo
from shared.aws.process_credentials import ChainedKeys
from shared.aws.request_signing import USER_AGENT, sign
from shared.aws.signatures import EMPTY_HASH
from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from types_aiobotocore_s3 import S3Client

    from shared.settings import AwsSettings

MAX_BODY_BYTES = 1 << 20
"""Bytes of an object that is written. Boto sends larger ones, piece by piece."""
MAX_FOREIGN_BUCKETS = 10_000
_META = "x-amz-meta-"


class Unanswered(Exception):
    """The store did not answer, or not as usual. Boto may know what to do."""


class DirectObjectRequests:
    def __init__(self, http: aiohttp.ClientSession, s3: S3Client, settings: AwsSettings) -> None:
        self._http = http
        self._region = settings.region
        self._keys = ChainedKeys(settings)
        self._scheme, _, self._host = s3.meta.endpoint_url.rstrip("/").partition("://")
        self._is_named_by_host = not settings.endpoint_url
        self._foreign_buckets: set[str] = set()
        """Buckets of other regions, which boto finds."""

    async def head(self, bucket: str, key: str, version_id: str | None) -> ObjectInfo | None:
        """The object as the store describes it; None when there is none."""
        found = await self._read("HEAD", bucket, key, version_id, 0)
        return found[0] if found else None

    async def get(
        self, bucket: str, key: str, version_id: str | None, *, limit: int
    ) -> tuple[ObjectInfo, bytes] | None:
        """The object with its first bytes; None when there is none."""
        return await self._read("GET", bucket, key, version_id, limit)

    async def put(
        self, bucket: str, key: str, body: bytes, meta: Mapping[str, str], condition: Mapping[str, str]
    ) -> str | None:
        """Write an object, and return the id of its version. The body's hash is signed, so the store checks what arrives."""
        if len(body) > MAX_BODY_BYTES or not all(value.isascii() and value.isprintable() for value in meta.values()):
            raise Unanswered
        headers = CIMultiDict(condition)
        for name, value in meta.items():
            headers[_META + name] = value
        status, answered, _ = await self._send("PUT", bucket, key, "", headers, body)
        if status != 200:
            raise Unanswered
        return answered.get("x-amz-version-id")

    async def _read(
        self, method: str, bucket: str, key: str, version_id: str | None, limit: int
    ) -> tuple[ObjectInfo, bytes] | None:
        query = f"versionId={quote(version_id, safe='')}" if version_id else ""
        headers = CIMultiDict({"Range": f"bytes=0-{limit - 1}"} if limit else {})
        status, answered, body = await self._send(method, bucket, key, query, headers, b"", limit=limit)
        if status == 404:
            return None
        if status not in {200, 206}:
            raise Unanswered
        try:
            return _described(key, answered), body
        except (KeyError, ValueError, TypeError) as error:
            raise Unanswered from error

    async def _send(  # noqa: PLR0917 – the parts of a request in their order
        self,
        method: str,
        bucket: str,
        key: str,
        query: str,
        headers: CIMultiDict[str],
        body: bytes,
        *,
        limit: int = 0,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers, and at most `limit` bytes of the answer."""
        host, path = self._address(bucket, key)
        headers["Host"] = host
        try:
            hashed = hashlib.sha256(body).hexdigest() if body else EMPTY_HASH
            sign(headers, method, path, query, hashed, self._region, await self._keys.current())
            headers["Accept-Encoding"] = "identity"
            headers["User-Agent"] = USER_AGENT
            url = URL(f"{self._scheme}://{host}{path}{'?' if query else ''}{query}", encoded=True)
            async with self._http.request(
                method, url, headers=headers, data=body or None, allow_redirects=False
            ) as answer:
                if answer.headers.get("x-amz-bucket-region", self._region) != self._region:
                    self._note_foreign(bucket)
                wanted = min(limit, int(answer.headers.get("Content-Length", limit)))
                read = answer.status in {200, 206} and wanted
                return answer.status, answer.headers, await answer.content.readexactly(wanted) if read else b""
        except (aiohttp.ClientError, OSError, EOFError, ValueError, Unavailable) as error:
            raise Unanswered from error

    def _address(self, bucket: str, key: str) -> tuple[str, str]:
        """Host and quoted path of an object."""
        # Clients of HTTP, and stores that keep objects as files, resolve segments of dots.
        if not bucket or not key or bucket in self._foreign_buckets or not {".", ".."}.isdisjoint(key.split("/")):
            raise Unanswered
        quoted = quote(key, safe="/~")
        if self._is_named_by_host and "." not in bucket:  # a certificate covers one label
            return f"{bucket}.{self._host}", f"/{quoted}"
        host, slash, below = self._host.partition("/")
        return host, f"{slash}{below}/{bucket}/{quoted}"

    def _note_foreign(self, bucket: str) -> None:
        if len(self._foreign_buckets) >= MAX_FOREIGN_BUCKETS:
            self._foreign_buckets.clear()
        self._foreign_buckets.add(bucket)


def _described(key: str, headers: Mapping[str, str]) -> ObjectInfo:
    """Raises KeyError or ValueError when the answer lacks a header, or has one that cannot be read."""
    size = int(headers.get("Content-Range", "").rpartition("/")[2] or headers["Content-Length"])
    if size < 0:
        raise ValueError(size)
    return ObjectInfo(
        key=key,
        size=size,
        etag=headers["ETag"].strip('"'),
        modified=parsedate_to_datetime(headers["Last-Modified"]),
        version_id=known_version(headers.get("x-amz-version-id")),
        meta={name[len(_META) :]: _text(value) for name, value in headers.items() if name.lower().startswith(_META)},
        encoding=_text(headers.get("Content-Encoding", "")),
    )


def known_version(version_id: str | None) -> str | None:
    """Buckets that were never versioned have no id or "null"."""
    return None if version_id in {"", "null"} else version_id


def _text(header: str) -> str:
    """The header as a text: S3 sends the headers of an object as they were stored, mostly in Latin-1."""
    try:
        header.encode()
    except UnicodeEncodeError:
        return header.encode(errors="surrogateescape").decode("latin-1")
    return header


@asynccontextmanager
async def open_object_requests(s3: S3Client, settings: AwsSettings) -> AsyncIterator[DirectObjectRequests | None]:
    """With the credentials of the process; `s3` knows the address of its region. None where only boto finds the way to the store."""
    async with open_direct_http(s3.meta.endpoint_url, "S3") as http:
        yield DirectObjectRequests(http, s3, settings) if http else None
