"""Client of the services for the registry. Its fake is `shared.testing.registry.FakeRegistry`."""

from base64 import b64encode
from typing import Protocol
from urllib.parse import quote

import httpx
import msgspec

from shared.clients.transport import call, parsed, readable
from shared.schemas.archive import (
    Archive,
    ArchiveEntries,
    ArchiveEntriesQuestion,
    ArchivePlan,
    ArchiveQuestion,
    ArchiveRequest,
)
from shared.schemas.browsing_session import BrowsedRevision, BrowsingQuestion
from shared.schemas.bucket import RegisteredBucket, RegisteredBuckets
from shared.schemas.catalog import InstallationAddresses
from shared.schemas.gateway import LogoChange, SettingsChange, SignedCall
from shared.schemas.ticket import EntryLocation, EntryQuestion

_SEARCH_TIMEOUT_SECONDS = 15
"""Longer than the registry's own limit for a search."""
_ARCHIVE_TIMEOUT_SECONDS = 60
"""The layout of an older revision is made when it is first asked for."""

_decode_entries = msgspec.msgpack.Decoder(ArchiveEntries).decode


class BucketSource(Protocol):
    """The part of the registry that lists registered buckets."""

    async def buckets(self) -> list[RegisteredBucket]: ...


class InstanceDirectory(BucketSource, Protocol):
    """The part of the registry that `auth` needs."""

    async def instance_name(self) -> str:
        """The name of the installation in the catalog; empty when the registry is too old to tell."""
        ...


class Registry(BucketSource, Protocol):
    """The part of the registry that the S3 proxy needs."""

    async def search(self, signed: SignedCall) -> bytes:
        """The answer of `/api/search` to whoever signed the request, as JSON."""
        ...

    async def locate_entry(self, question: EntryQuestion) -> EntryLocation:
        """The object of a package's file. Raises Unauthenticated or NotFound."""
        ...

    async def browsing_session(self, session_id: str) -> BrowsedRevision:
        """The revision of a browsing session. Raises NotFound."""
        ...

    async def plan_archive(self, question: ArchiveQuestion) -> ArchivePlan:
        """Raises Unauthenticated, NotFound, Conflict or Unavailable."""
        ...

    async def archive_entries(self, question: ArchiveEntriesQuestion) -> ArchiveEntries:
        """Raises Unauthenticated, NotFound, Conflict or Unavailable."""
        ...

    async def create_archive(
        self, token: str, bucket: str, package: str, revision: str, request: ArchiveRequest
    ) -> Archive:
        """A selection of the revision, for the user with this token. Raises Unauthenticated, NotFound, Conflict or Invalid."""
        ...

    async def catalog_settings(self) -> bytes:
        """The settings as JSON. Raises NotFound."""
        ...

    async def change_catalog_settings(self, signed: SignedCall, text: str) -> None:
        """Raises Forbidden or Invalid."""

    async def catalog_logo(self, name: str) -> bytes:
        """The picture of this name, `logo.png` for example. Raises NotFound."""
        ...

    async def change_catalog_logo(self, signed: SignedCall, name: str, content: bytes) -> None:
        """Raises Forbidden or Invalid."""


class RegistryClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def buckets(self) -> list[RegisteredBucket]:
        """All registered buckets in order of name."""
        answer = await call(self._http, "GET", "/internal/buckets")
        return parsed(RegisteredBuckets, answer).buckets

    async def instance_name(self) -> str:
        answer = await call(self._http, "GET", "/api/v1/config")
        return parsed(InstallationAddresses, answer).name

    async def search(self, signed: SignedCall) -> bytes:
        params, body = signed.search_parameters(), signed.model_dump()
        answer = await call(
            self._http, "POST", "/internal/search", params=params, json=body, timeout=_SEARCH_TIMEOUT_SECONDS
        )
        return answer.content

    async def locate_entry(self, question: EntryQuestion) -> EntryLocation:
        answer = await call(self._http, "POST", "/internal/entries", json=question.model_dump())
        return parsed(EntryLocation, answer)

    async def browsing_session(self, session_id: str) -> BrowsedRevision:
        body = BrowsingQuestion(id=session_id).model_dump()
        answer = await call(self._http, "POST", "/internal/browsing-sessions", json=body)
        return parsed(BrowsedRevision, answer)

    async def plan_archive(self, question: ArchiveQuestion) -> ArchivePlan:
        body = question.model_dump(mode="json")
        answer = await call(self._http, "POST", "/internal/archives", json=body, timeout=_ARCHIVE_TIMEOUT_SECONDS)
        return parsed(ArchivePlan, answer)

    async def archive_entries(self, question: ArchiveEntriesQuestion) -> ArchiveEntries:
        body = question.model_dump(mode="json")
        answer = await call(
            self._http, "POST", "/internal/archives/entries", json=body, timeout=_ARCHIVE_TIMEOUT_SECONDS
        )
        with readable(answer):
            return _decode_entries(answer.content)

    async def create_archive(
        self, token: str, bucket: str, package: str, revision: str, request: ArchiveRequest
    ) -> Archive:
        path = f"/api/v1/buckets/{quote(bucket)}/packages/{quote(package)}/revisions/{quote(revision)}/archives"
        body, headers = request.model_dump(mode="json"), {"Authorization": f"Bearer {token}"}
        answer = await call(self._http, "POST", path, json=body, headers=headers, timeout=_ARCHIVE_TIMEOUT_SECONDS)
        return parsed(Archive, answer)

    async def catalog_settings(self) -> bytes:
        return (await call(self._http, "GET", "/internal/catalog/settings")).content

    async def change_catalog_settings(self, signed: SignedCall, text: str) -> None:
        change = SettingsChange(signed=signed, text=text)
        await call(self._http, "PUT", "/internal/catalog/settings", json=change.model_dump(mode="json"))

    async def catalog_logo(self, name: str) -> bytes:
        return (await call(self._http, "GET", f"/internal/catalog/logos/{name}")).content

    async def change_catalog_logo(self, signed: SignedCall, name: str, content: bytes) -> None:
        change = LogoChange(signed=signed, content=b64encode(content))
        await call(self._http, "PUT", f"/internal/catalog/logos/{name}", json=change.model_dump(mode="json"))
