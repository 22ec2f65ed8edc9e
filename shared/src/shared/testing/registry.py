"""A fake of the registry for the services that call it."""

import json
from dataclasses import dataclass, field

from shared.errors import AdminOnly, NotFound, Unavailable
from shared.schemas.bucket import RegisteredBucket
from shared.schemas.gateway import SignedCall
from shared.schemas.principal import Principal
from shared.schemas.ticket import EntryLocation, EntryQuestion
from shared.signed_calls import SignerSource, verified_caller


@dataclass
class FakeRegistry:
    """Implements `shared.clients.registry.Registry`, and counts and returns its requests."""

    names: list[str] = field(default_factory=lambda: ["wine"])
    file_extensions_to_index: list[str] | None = None
    """Setting of all buckets."""
    index_content_bytes: int | None = None
    down: bool = False
    asked: int = 0
    settings: str | None = None
    """Settings of the web catalog, as JSON."""
    logos: dict[str, bytes] = field(default_factory=dict)
    entries: dict[tuple[str, str], EntryLocation] = field(default_factory=dict)
    """Files by package and path."""
    asked_entries: list[EntryQuestion] = field(default_factory=list)
    signers: SignerSource | None = None
    """Where signatures of requests that are passed on are verified."""

    async def buckets(self) -> list[RegisteredBucket]:
        self.asked += 1
        self._require_up()
        return [
            RegisteredBucket(
                name=name,
                region="us-east-1",
                file_extensions_to_index=self.file_extensions_to_index,
                index_content_bytes=self.index_content_bytes,
            )
            for name in self.names
        ]

    async def search(self, signed: SignedCall) -> bytes:
        self._require_up()
        caller = await self._caller_of(signed, "execute-api")
        return json.dumps({"caller": caller.name, "asked": signed.search_parameters()}).encode()

    async def locate_entry(self, question: EntryQuestion) -> EntryLocation:
        self._require_up()
        self.asked_entries.append(question)
        found = self.entries.get((question.package, question.path))
        if found is None:
            raise NotFound(f"There is no file at {question.path}")
        return found

    async def catalog_settings(self) -> bytes:
        self._require_up()
        if self.settings is None:
            raise NotFound
        return self.settings.encode()

    async def change_catalog_settings(self, signed: SignedCall, text: str) -> None:
        self._require_up()
        await self._require_admin(signed)
        self.settings = text

    async def catalog_logo(self, name: str) -> bytes:
        self._require_up()
        if name not in self.logos:
            raise NotFound
        return self.logos[name]

    async def change_catalog_logo(self, signed: SignedCall, name: str, content: bytes) -> None:
        self._require_up()
        await self._require_admin(signed)
        self.logos[name] = content

    async def _require_admin(self, signed: SignedCall) -> None:
        if not (await self._caller_of(signed, "s3")).is_admin:
            raise AdminOnly("Only administrators may change the catalog")

    async def _caller_of(self, signed: SignedCall, service: str) -> Principal:
        if self.signers is None:
            raise Unavailable("auth is down")
        return await verified_caller(signed, service, self.signers)

    def _require_up(self) -> None:
        if self.down:
            raise Unavailable("registry is down")
