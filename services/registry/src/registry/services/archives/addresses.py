"""Addresses of archives at the S3 proxy, with and without tickets."""

from urllib.parse import quote, urlencode

from registry.services.archives.service import ArchiveChoice
from registry.services.archives.sources import ArchivedRevision
from shared import tickets
from shared.audit import AuditQueue
from shared.clients.auth import UserDirectory
from shared.schemas.archive import Archive, ArchivePlan, ArchiveRequest
from shared.schemas.principal import Principal
from shared.schemas.ticket import MAX_TICKET_SECONDS, TicketSetQuestion


class ArchiveAddresses:
    def __init__(self, directory: UserDirectory, s3proxy_url: str, trail: AuditQueue | None) -> None:
        self._directory = directory
        self._trail = trail
        self._s3proxy_url = s3proxy_url.rstrip("/")

    async def describe(
        self,
        viewer: Principal,
        revision: ArchivedRevision,
        wanted: ArchiveRequest,
        plan: ArchivePlan,
        choice: ArchiveChoice,
    ) -> Archive:
        """Raises Unauthenticated when the caller's session has ended."""
        where = quote(f"{revision.bucket}/{revision.package}/{revision.top_hash}", safe="/~")
        path = f"/-/archive/{where}.{wanted.format}"
        chosen = {"path": choice.path} if choice.path else {}
        if choice.selection is not None:
            chosen = {"selection": choice.selection}
        parts = (
            [{}] if wanted.shards is None else [{"shard": f"{part}/{wanted.shards}"} for part in range(wanted.shards)]
        )
        parameters = [{**chosen, **part} for part in parts]
        members = tickets.AddressTree([tickets.address_digest(path, each.items()) for each in parameters])
        question = TicketSetQuestion(
            user_id=viewer.user_id, session_id=viewer.session_id, root=members.root, seconds=MAX_TICKET_SECONDS
        )
        signed = await self._directory.sign_ticket_set(question)
        if self._trail:
            self._trail.put(
                "Packages.Archive",
                f"package:{revision.bucket}/{revision.package}@{revision.top_hash}",
                format=wanted.format,
                files=plan.entries,
                bytes=plan.content_bytes,
                tickets=len(parameters),
                expires_at=signed.expires_at.isoformat(),
            )
        ticketed = [
            self._url(path, {**each, tickets.PARAMETER: members.ticket(signed.ticket, at)})
            for at, each in enumerate(parameters)
        ]
        return Archive(
            url=self._url(path, chosen),
            ticket_url=ticketed[0] if wanted.shards is None else None,
            shard_urls=None if wanted.shards is None else ticketed,
            top_hash=plan.top_hash,
            entries=plan.entries,
            content_bytes=plan.content_bytes,
            tar_bytes=plan.tar_bytes,
            zip_bytes=plan.zip_bytes,
            expires_at=signed.expires_at,
            path=choice.path or None,
            selection=choice.selection,
        )

    def _url(self, path: str, parameters: dict[str, str]) -> str:
        return f"{self._s3proxy_url}{path}" + (
            f"?{urlencode(parameters, quote_via=quote, safe='')}" if parameters else ""
        )
