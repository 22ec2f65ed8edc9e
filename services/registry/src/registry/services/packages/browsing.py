"""Browsing sessions: for a while, the files of one revision are read below one address, with the rights of its maker."""

import secrets
from datetime import datetime

from registry.db.browsing_sessions import BrowsingOwner, BrowsingSessionStore
from registry.errors import BrowsingSessionNotFound
from registry.services.packages.reader import PackageReader
from shared import tickets
from shared.audit import AuditQueue
from shared.clients.auth import UserDirectory
from shared.db.engine import Sessions, transaction
from shared.schemas.browsing_session import BrowsedRevision, BrowsingSession, browsing_path
from shared.schemas.principal import Principal
from shared.schemas.ticket import TicketSetQuestion

_ID_BYTES = 32


class BrowsingService:
    def __init__(
        self,
        sessions: Sessions,
        packages: PackageReader,
        directory: UserDirectory,
        s3proxy_url: str,
        trail: AuditQueue | None,
    ) -> None:
        self._sessions = sessions
        self._packages = packages
        self._directory = directory
        self._s3proxy_url = s3proxy_url.rstrip("/")
        self._trail = trail

    async def create(self, viewer: Principal, bucket: str, name: str, reference: str, seconds: int) -> BrowsingSession:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable or Unauthenticated."""
        found = await self._packages.find_revision(viewer, bucket, name, reference)
        made = BrowsingOwner(secrets.token_urlsafe(_ID_BYTES), viewer.user_id)
        ticket, expires_at = await self._sign(viewer, made.session_id, seconds)
        revision = BrowsedRevision(
            ticket=ticket, bucket=bucket, package=name, top_hash=found.top_hash, expires_at=expires_at
        )
        async with transaction(self._sessions) as session:
            await BrowsingSessionStore(session).add(made, revision)
        if self._trail:
            self._trail.put("Packages.Browse", f"package:{bucket}/{name}@{found.top_hash}", seconds=seconds)
        return self._shown(made.session_id, revision)

    async def refresh(self, viewer: Principal, session_id: str, seconds: int) -> BrowsingSession:
        """Raises BrowsingSessionNotFound or Unauthenticated."""
        ticket, expires_at = await self._sign(viewer, session_id, seconds)
        async with transaction(self._sessions) as session:
            made = BrowsingOwner(session_id, viewer.user_id)
            revision = await BrowsingSessionStore(session).renew(made, ticket, expires_at)
        if revision is None:
            raise BrowsingSessionNotFound
        return self._shown(session_id, revision)

    async def dispose(self, viewer: Principal, session_id: str) -> None:
        """Raises BrowsingSessionNotFound."""
        async with transaction(self._sessions) as session:
            if not await BrowsingSessionStore(session).remove(BrowsingOwner(session_id, viewer.user_id)):
                raise BrowsingSessionNotFound

    async def find(self, session_id: str) -> BrowsedRevision:
        """Raises BrowsingSessionNotFound."""
        async with transaction(self._sessions) as session:
            found = await BrowsingSessionStore(session).find(session_id)
        if found is None:
            raise BrowsingSessionNotFound
        return found

    async def _sign(self, viewer: Principal, session_id: str, seconds: int) -> tuple[str, datetime]:
        """The ticket for the session's address, and its expiry."""
        address = tickets.AddressTree([tickets.address_digest(browsing_path(session_id), ())])
        signed = await self._directory.sign_ticket_set(
            TicketSetQuestion(user_id=viewer.user_id, session_id=viewer.session_id, root=address.root, seconds=seconds)
        )
        return address.ticket(signed.ticket, 0), signed.expires_at

    def _shown(self, session_id: str, revision: BrowsedRevision) -> BrowsingSession:
        return BrowsingSession(
            id=session_id,
            url=f"{self._s3proxy_url}{browsing_path(session_id)}/",
            top_hash=revision.top_hash,
            expires_at=revision.expires_at,
        )
