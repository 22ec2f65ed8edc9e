"""The request that the store is sent.

Four strategies make one: `unchanged` here keeps the caller's signature, `MintedRequestSigner.resign` signs again what was signed with
credentials of `auth`, `SignedObjects.sign` signs what came to an address of the registry, and `PackageGateway.answer` asks for the object
of a package's file.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import aiohttp
from multidict import CIMultiDict
from starlette.types import Scope
from yarl import URL

from s3proxy.services import headers
from s3proxy.services.addresses import Address
from s3proxy.services.bodies import CallerBody

Present = Callable[[aiohttp.ClientResponse], Awaitable[tuple[int, list[tuple[bytes, bytes]]]]]
"""The status and the headers that the caller gets for an answer of the store. Raises S3Error."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    url: URL
    headers: CIMultiDict[str]
    body: AsyncIterator[bytes] | bytes | None
    pushes: str = ""
    """`package:BUCKET/AUTHOR/NAME`, if the request completes a client's push of that package."""
    present: Present | None = None
    """Makes the caller's status and headers; without it they are the store's own."""

    @property
    def host(self) -> str:
        return self.headers["Host"]


def unchanged(scope: Scope, address: Address, endpoint: str | None, body: CallerBody) -> Outgoing:
    """The request as its caller signed it; raises S3Error."""
    query = scope["query_string"].decode("ascii")
    base = endpoint or f"https://{address.host}"
    url = URL(f"{base}{address.path}{'?' if query else ''}{query}", encoded=True)
    return Outgoing(url, headers.sent_on(scope["headers"], address.host), body.stream())
