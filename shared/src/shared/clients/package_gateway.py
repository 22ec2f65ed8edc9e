"""Client of the registry for the package gateway of the S3 proxy."""

from typing import Protocol

import httpx
import msgspec

from shared.clients.transport import call
from shared.schemas.package_gateway import BucketsQuestion, KeysQuestion, PageQuestion
from shared.schemas.ticket import Presented


class ListedKey(msgspec.Struct, array_like=True, gc=False):
    key: str
    size: int
    etag: str
    """In quotation marks."""
    pushed_at: int
    """Unix time of the push."""


class KeyListing(msgspec.Struct):
    """Keys and common prefixes in the order of their bytes."""

    contents: list[ListedKey]
    prefixes: list[str]
    next: str | None
    """Where the next page starts, as in `KeysQuestion`; None after the last."""
    top_hash: str | None
    """The revision's, when the prefix names one."""


class GatewayFile(msgspec.Struct, array_like=True, gc=False):
    physical_key: str
    size: int
    hash_type: str
    hash_value: str
    meta: bytes | None
    """JSON object; None when empty."""


class GatewayPage(msgspec.Struct):
    """Files that follow each other in one directory of a revision, encoded for a cache: one is decoded when it is asked for."""

    top_hash: str
    tree: str
    """Names the content with the objects that hold it: revisions of one top hash may be stored in several places."""
    pushed_at: int
    """Unix time of the push."""
    after: str | None
    """There is no file between this name and the first of `names`; None when they are the directory's first."""
    last: str | None
    """There is no file between the last of `names` and this name; None when they are the directory's last."""
    names: list[str]
    files: list[msgspec.Raw]
    """A `GatewayFile` for each name."""


class GatewayBucket(msgspec.Struct, array_like=True):
    name: str
    created_at: int
    """Unix time."""


class PackageGatewaySource(Protocol):
    """The part of the registry that the package gateway needs. Callers are known by what they signed. All raise Unauthenticated,
    NotFound or Unavailable."""

    async def gateway_buckets(self, question: BucketsQuestion) -> list[GatewayBucket]: ...

    async def gateway_keys(self, question: KeysQuestion) -> KeyListing: ...

    async def gateway_page(self, question: PageQuestion) -> GatewayPage:
        """The page with the names around that of a key. It has no names where there is no such directory."""
        ...


_decode_buckets = msgspec.msgpack.Decoder(list[GatewayBucket]).decode
_decode_listing = msgspec.msgpack.Decoder(KeyListing).decode
_decode_page = msgspec.msgpack.Decoder(GatewayPage).decode
decode_file = msgspec.msgpack.Decoder(GatewayFile).decode
encode = msgspec.msgpack.Encoder().encode


class PackageGatewayClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def gateway_buckets(self, question: BucketsQuestion) -> list[GatewayBucket]:
        return _decode_buckets(await self._ask("buckets", question))

    async def gateway_keys(self, question: KeysQuestion) -> KeyListing:
        return _decode_listing(await self._ask("keys", question))

    async def gateway_page(self, question: PageQuestion) -> GatewayPage:
        return _decode_page(await self._ask("pages", question))

    async def _ask(self, what: str, question: Presented) -> bytes:
        headers = {"Content-Type": "application/json"}
        body = question.model_dump_json().encode()
        answer = await call(self._http, "POST", f"/internal/package-gateway/{what}", content=body, headers=headers)
        return answer.content
