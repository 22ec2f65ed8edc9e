"""Objects in the store, read by ranges with the rights of a caller: signed with their credentials, or by the URL that they signed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from s3proxy.errors import InvalidAddress
from s3proxy.services.addresses import require_key
from s3proxy.services.outgoing import Outgoing
from s3proxy.services.previews.errors import FileArchived, FileChanged, StoreDenied
from shared.aws.process_credentials import Keys
from shared.aws.request_signing import USER_AGENT, sign
from shared.aws.signatures import EMPTY_HASH
from shared.errors import Invalid, NotFound, Unavailable
from shared.settings import AwsSettings

MAX_REFUSAL_BYTES = 4096
STREAM_BYTES = 8192
STORE_SECONDS = 30
"""Longest time for one answer of the store."""
_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
MISSING = frozenset({400, 404, 405})
"""400 is a version id of another form, 405 a delete marker."""
CHANGED = frozenset({412, 416})
"""The ETag is another one, or the object has become shorter."""

Make = Callable[[str, CIMultiDict[str]], Outgoing]
"""A signed request, from its method and further headers."""


@dataclass(frozen=True, slots=True)
class ObjectName:
    bucket: str
    key: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectHead:
    size: int
    etag: str
    version_id: str | None
    content_type: str = ""
    encoding: str = ""
    """`Content-Encoding` of the stored bytes; empty without one."""

    @property
    def identity(self) -> str:
        """A text that no other content of the same key has."""
        return self.version_id if self.version_id and self.version_id != "null" else self.etag


class StoreRefusal(Exception):
    """An answer of the store that is neither the object nor an outage."""

    def __init__(self, status: int, reason: str, text: str) -> None:
        super().__init__(f"The object store answers {status}")
        self.status = status
        self.reason = reason
        self.text = text


class ObjectRequests:
    """Sends requests for objects to the store."""

    def __init__(self, store: aiohttp.ClientSession, aws: AwsSettings) -> None:
        self._store = store
        self._aws = aws

    def signed(self, name: ObjectName, keys: Keys, payload: str = EMPTY_HASH) -> Make:
        """Raises Invalid for a key that no store is asked for."""
        try:
            require_key(name.key)
        except InvalidAddress as error:
            raise Invalid(str(error)) from error
        endpoint, region = self._aws.endpoint_url, self._aws.region
        key = quote(name.key, safe="/~")
        if endpoint:
            address = f"{endpoint.rstrip('/')}/{name.bucket}/{key}"
        elif "." in name.bucket:  # a certificate covers one label
            address = f"https://s3.{region}.amazonaws.com/{name.bucket}/{key}"
        else:
            address = f"https://{name.bucket}.s3.{region}.amazonaws.com/{key}"
        query = f"versionId={quote(name.version_id, safe='')}" if name.version_id else ""
        url = URL(f"{address}{'?' if query else ''}{query}", encoded=True)
        host = address.partition("://")[2].partition("/")[0]

        def make(method: str, more: CIMultiDict[str]) -> Outgoing:
            headers = CIMultiDict(Host=host)
            headers.extend(more)
            sign(headers, method, url.raw_path, query, payload, region, keys)
            headers["User-Agent"] = USER_AGENT
            return Outgoing(url, headers, None)

        return make

    async def head(self, make: Make) -> ObjectHead:
        """Raises NotFound, StoreDenied, FileArchived or Unavailable."""
        try:
            async with self._answer("HEAD", make, CIMultiDict()) as answer:
                return _head_of(answer, int(answer.headers.get("Content-Length", "0")))
        except StoreRefusal as refusal:
            raise _error_of(refusal) from refusal

    async def first_range(self, make: Make, length: int) -> tuple[ObjectHead, bytes]:
        """The answer of `head`, and the first bytes, for URLs that were signed for GET. Raises StoreRefusal or Unavailable."""
        try:
            async with self._answer("GET", make, CIMultiDict(Range=f"bytes=0-{length - 1}")) as answer:
                if answer.status == 200:  # a store without ranges, or an empty object
                    content = await answer.content.read(length)
                    return _head_of(answer, int(answer.headers.get("Content-Length", len(content)))), content
                size = int(answer.headers["Content-Range"].rpartition("/")[2])
                return _head_of(answer, size), await answer.content.read()
        except StoreRefusal as refusal:
            if refusal.status == 416:
                return ObjectHead(0, "", None), b""
            raise

    async def read_range(self, make: Make, head: ObjectHead, offset: int, length: int) -> bytes:
        """Raises FileChanged, NotFound, StoreDenied or Unavailable."""
        more = CIMultiDict(Range=f"bytes={offset}-{offset + length - 1}")
        if head.etag:
            more["If-Match"] = head.etag
        try:
            async with self._answer("GET", make, more) as answer:
                if answer.status == 200 and (offset or length < head.size):
                    raise Unavailable("The object store sends whole objects only")
                content = await answer.content.read(-1)
        except StoreRefusal as refusal:
            raise _error_of(refusal) from refusal
        if len(content) != length:
            raise FileChanged(f"The object is shorter than its {head.size:,} bytes")
        return content

    @asynccontextmanager
    async def stream(self, make: Make) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        """`Content-Encoding`, and the content from its beginning; what is not read is not fetched. Raises StoreRefusal or Unavailable."""
        async with self._answer("GET", make, CIMultiDict()) as answer:
            yield answer.headers.get("Content-Encoding", "").lower(), answer.content.iter_chunked(STREAM_BYTES)
            answer.close()  # the rest is not wanted

    async def read_whole(self, make: Make, max_bytes: int) -> tuple[str, bytes]:
        """Content type and content. Raises NotFound, StoreDenied, FileChanged or Unavailable."""
        try:
            async with self._answer("GET", make, CIMultiDict()) as answer:
                if int(answer.headers.get("Content-Length", "0")) > max_bytes:
                    raise FileChanged("The object is larger than expected")
                return answer.headers.get("Content-Type", ""), await answer.content.read(-1)
        except StoreRefusal as refusal:
            raise _error_of(refusal) from refusal

    async def write_whole(self, name: ObjectName, keys: Keys, content_type: str, content: bytes) -> None:
        """Raises StoreDenied, NotFound or Unavailable."""
        make = self.signed(name, keys, hashlib.sha256(content).hexdigest())
        outgoing = make("PUT", CIMultiDict({"Content-Type": content_type}))
        try:
            async with self._store.put(outgoing.url, headers=outgoing.headers, data=content) as answer:
                if answer.status != 200:
                    raise _error_of(StoreRefusal(answer.status, answer.reason or "", ""))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("The object store is not responding. Try again") from error

    @asynccontextmanager
    async def _answer(self, method: str, make: Make, more: CIMultiDict[str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """A 200 or 206. Raises StoreRefusal, which is not passed on, or Unavailable."""
        outgoing = make(method, more)
        try:
            async with (
                asyncio.timeout(STORE_SECONDS),
                self._store.request(method, outgoing.url, headers=outgoing.headers, allow_redirects=False) as answer,
            ):
                if answer.status in {200, 206}:
                    yield answer
                    return
                text = (await answer.content.read(MAX_REFUSAL_BYTES)).decode(errors="replace")
                if answer.status >= 500:
                    raise Unavailable("The object store does not answer as it should. Try again")
                raise StoreRefusal(answer.status, answer.reason or "", text)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("The object store is not responding. Try again") from error


class RangedObject:
    """The bytes of one version of an object, for the sandbox."""

    def __init__(self, requests: ObjectRequests, make: Make, head: ObjectHead, beginning: bytes = b"") -> None:
        """`beginning`: first bytes that are known already."""
        self._requests = requests
        self._make = make
        self._head = head
        self._beginning = beginning

    @property
    def size(self) -> int:
        return self._head.size

    async def read(self, offset: int, length: int) -> bytes:
        if offset + length <= len(self._beginning):
            return self._beginning[offset : offset + length]
        return await self._requests.read_range(self._make, self._head, offset, length)


def _head_of(answer: aiohttp.ClientResponse, size: int) -> ObjectHead:
    """Raises FileArchived."""
    headers = answer.headers
    storage_class = headers.get("x-amz-storage-class", "")
    restore = headers.get("x-amz-restore", "")
    is_archived = storage_class in _ARCHIVES or "x-amz-archive-status" in headers
    if is_archived and 'ongoing-request="false"' not in restore:
        tier = headers.get("x-amz-archive-status", storage_class)
        raise FileArchived(tier, is_restoring='ongoing-request="true"' in restore)
    return ObjectHead(
        size,
        headers.get("ETag", ""),
        headers.get("x-amz-version-id"),
        headers.get("Content-Type", ""),
        headers.get("Content-Encoding", "").lower(),
    )


def _error_of(refusal: StoreRefusal) -> Exception:
    if refusal.status in CHANGED:
        return FileChanged("The object was changed while it was read. Try again")
    if refusal.status in MISSING:
        return NotFound("There is no such object, or no such version of it")
    if refusal.status == 403:
        return StoreDenied()
    return Unavailable(f"The object store answers {refusal.status}. Try again")
