"""All stores, on one transaction."""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.api_keys import ApiKeyStore
from auth.db.attempts import AttemptStore
from auth.db.audit import AuditStore
from auth.db.credentials import CredentialStore
from auth.db.grants import GrantStore
from auth.db.iam import IamStore
from auth.db.identities import IdentityStore
from auth.db.invitations import SignUpInvitationStore
from auth.db.keys import KeyStore
from auth.db.links import LinkStore
from auth.db.mails import MailStore
from auth.db.oauth import OAuthStore
from auth.db.policies import PolicyStore
from auth.db.push_authors import PushAuthorStore
from auth.db.revocations import RevocationListenerStore, RevocationStore
from auth.db.roles import RoleStore
from auth.db.s3_key_pairs import S3KeyPairStore
from auth.db.sealed import SealedStore
from auth.db.second_factors import SecondFactorStore
from auth.db.sessions import SessionStore
from auth.db.sign_ins import SignInStore
from auth.db.sso import SsoConfigStore
from auth.db.sso_requests import SsoRequestStore
from auth.db.users import UserStore
from shared.schemas.signer import is_key_pair

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class Stores:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.audit = AuditStore(session)
        self.users = UserStore(session)
        self.sign_ins = SignInStore(session)
        self.roles = RoleStore(session)
        self.iam = IamStore(session)
        self.policies = PolicyStore(session)
        self.sso_config = SsoConfigStore(session)
        self.sso_requests = SsoRequestStore(session)
        self.oauth = OAuthStore(session)
        self.identities = IdentityStore(session)
        self.sealed = SealedStore(session)
        self.second_factors = SecondFactorStore(session)
        self.sessions = SessionStore(session)
        self.grants = GrantStore(session)
        self.keys = KeyStore(session)
        self.credentials = CredentialStore(session)
        self.revocations = RevocationStore(session)
        self.listeners = RevocationListenerStore(session)
        self.attempts = AttemptStore(session)
        self.api_keys = ApiKeyStore(session)
        self.s3_key_pairs = S3KeyPairStore(session)
        self.invitations = SignUpInvitationStore(session)
        self.links = LinkStore(session)
        self.push_authors = PushAuthorStore(session)
        self.mails = MailStore(session)

    async def lock(self, name: str) -> None:
        """Hold the advisory lock `name` until the transaction ends; it excludes all other transactions and replicas."""
        await self._session.execute(_LOCK, {"name": f"auth:{name}"})

    async def release_connection(self) -> None:
        """Give the connection back to the pool until the next statement. Rolls back whatever was written."""
        await self._session.rollback()

    async def note_uses(self, credentials: Iterable[str]) -> None:
        """`credentials`: `session:<id>` and `key:<id>`, as in `Principal.credential`, and `pair:<access key id>`; others are ignored."""
        ids: dict[str, set[UUID]] = {"session": set(), "key": set()}
        pairs = set()
        for credential in credentials:
            kind, _, given = credential.partition(":")
            if kind == "pair" and is_key_pair(given):
                pairs.add(given)
            with suppress(ValueError):
                ids.get(kind, set()).add(UUID(given))
        if ids["session"]:
            await self.sessions.note_uses(ids["session"])
        if ids["key"]:
            await self.api_keys.note_uses(ids["key"])
        if pairs:
            await self.s3_key_pairs.note_uses(pairs)
