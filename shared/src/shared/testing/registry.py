"""A fake of the registry for the services that call it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.archives.layout import ArchiveSize
from shared.archives.names import is_unsafe
from shared.archives.tar import BLOCK_BYTES, file_blocks
from shared.errors import AdminOnly, NotFound, Unavailable
from shared.schemas.archive import (
    MAX_LISTED_ENTRIES,
    Archive,
    ArchiveEntries,
    ArchiveEntriesQuestion,
    ArchiveEntry,
    ArchivePlan,
    ArchiveQuestion,
    ArchiveRequest,
)
from shared.schemas.browsing_session import BrowsedRevision
from shared.schemas.bucket import RegisteredBucket
from shared.schemas.gateway import SignedCall
from shared.schemas.principal import Principal
from shared.schemas.ticket import EntryLocation, EntryQuestion
from shared.signed_calls import SignerSource, verified_caller


@dataclass
class FakeRegistry:
    """Implements `shared.clients.registry.Registry` and `InstanceDirectory`, and counts and returns its requests."""

    names: list[str] = field(default_factory=lambda: ["wine"])
    file_extensions_to_index: list[str] | None = None
    """Setting of all buckets."""
    index_content_bytes: int | None = None
    inventory_url: str | None = None
    """Setting of all buckets."""
    name: str = ""
    """The name of the installation in the catalog."""
    down: bool = False
    asked: int = 0
    settings: str | None = None
    """Settings of the web catalog, as JSON."""
    logos: dict[str, bytes] = field(default_factory=dict)
    entries: dict[tuple[str, str], EntryLocation] = field(default_factory=dict)
    """Files by package and path."""
    asked_entries: list[EntryQuestion] = field(default_factory=list)
    archives: dict[str, list[ArchiveEntry]] = field(default_factory=dict)
    """Files of packages in walk order, by package."""
    browsing: dict[str, BrowsedRevision] = field(default_factory=dict)
    """Revisions by the ids of browsing sessions."""
    local_entries: list[str] = field(default_factory=list)
    """Paths of files of all packages that are not in S3."""
    top_hashes: dict[str, str] = field(default_factory=dict)
    """Top hashes of revisions that are named otherwise."""
    selections: dict[str, list[str]] = field(default_factory=dict)
    """Paths by id."""
    asked_archives: list[ArchiveQuestion] = field(default_factory=list)
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
                inventory_url=self.inventory_url,
            )
            for name in self.names
        ]

    async def instance_name(self) -> str:
        self.asked += 1
        self._require_up()
        return self.name

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

    async def browsing_session(self, session_id: str) -> BrowsedRevision:
        self.asked += 1
        self._require_up()
        if session_id not in self.browsing:
            raise NotFound("There is no such browsing session")
        return self.browsing[session_id]

    async def plan_archive(self, question: ArchiveQuestion) -> ArchivePlan:
        entries = self._archived(question)
        size = ArchiveSize(
            len(entries),
            sum(file_blocks(each.path, each.size) for each in entries),
            sum(each.size for each in entries),
            sum(len(each.path.encode()) for each in entries),
        )
        return ArchivePlan(
            top_hash=self.top_hashes.get(question.revision, question.revision),
            entries=size.entries,
            content_bytes=size.content_bytes,
            tar_bytes=size.tar_bytes,
            zip_bytes=size.zip_bytes,
            unsafe=[each.path for each in entries if is_unsafe(each.path)][:MAX_LISTED_ENTRIES],
            local=self.local_entries[:MAX_LISTED_ENTRIES],
            buckets=sorted({each.bucket for each in entries}),
        )

    async def archive_entries(self, question: ArchiveEntriesQuestion) -> ArchiveEntries:
        entries = self._archived(question)
        blocks = [file_blocks(each.path, each.size) for each in entries]
        first = 0
        if question.after is not None:
            first = 1 + [each.path for each in entries].index(question.after)
        elif question.tar_offset is not None:
            while first < len(entries) and sum(blocks[: first + 1]) * BLOCK_BYTES <= question.tar_offset:
                first += 1
        last = first + question.limit
        return ArchiveEntries(sum(blocks[:first]) * BLOCK_BYTES, entries[first:last], last < len(entries))

    async def create_archive(
        self, token: str, bucket: str, package: str, revision: str, request: ArchiveRequest
    ) -> Archive:
        paths = request.paths or [""]
        path, selection = paths[0] or None, None
        if len(paths) > 1:
            path, selection = None, f"selection-{len(self.selections)}"
            self.selections[selection] = paths
        where = {"bucket": bucket, "package": package, "revision": revision, "path": path, "selection": selection}
        plan = await self.plan_archive(ArchiveQuestion.model_validate({"token": token, **where}))
        return Archive(
            url="",
            ticket_url=None,
            shard_urls=None,
            top_hash=plan.top_hash,
            entries=plan.entries,
            content_bytes=plan.content_bytes,
            tar_bytes=plan.tar_bytes,
            zip_bytes=plan.zip_bytes,
            expires_at=datetime.now(UTC),
            path=path,
            selection=selection,
        )

    def _archived(self, question: ArchiveQuestion) -> list[ArchiveEntry]:
        self._require_up()
        self.asked_archives.append(question)
        if question.package not in self.archives:
            raise NotFound(f"There is no package {question.package}")
        path = question.path
        entries = [
            each
            for each in self.archives[question.package]
            if path is None or each.path == path or each.path.startswith(f"{path}/")
        ]
        if path is not None and not entries:
            raise NotFound(f"There is nothing at {path}")
        if question.selection is not None:
            wanted = self.selections[question.selection]
            entries = [each for each in entries if any(f"{each.path}/".startswith(f"{path}/") for path in wanted)]
        part, parts = question.shard or (0, 1)
        return entries[len(entries) * part // parts : len(entries) * (part + 1) // parts]

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
