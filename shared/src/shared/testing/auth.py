"""A fake of `auth` with real signatures."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk

from shared import signed_reports, tickets, tokens
from shared.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from shared.permissions import allows
from shared.schemas.activity import DELETIONS, PackageEvent, PackageEventQuestion, PackageEvents
from shared.schemas.agreement import Agreement
from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.schemas.letter import PackageLetter
from shared.schemas.principal import CredentialKind, Level, Principal, Resolution, Revocation, Revocations
from shared.schemas.push_author import WrittenPointer
from shared.schemas.query_budgets import RoleQueryBudgets
from shared.schemas.signer import Signer
from shared.schemas.sso import SignInOptions
from shared.schemas.ticket import ReadCredentials, ReadQuestion, SignedTicketSet, TicketSetQuestion
from shared.schemas.user import User
from shared.signed_calls import verified_package_reader
from shared.testing.api_keys import FakeApiKeys

ISSUER = "http://registry.test"
KID = "test-key"


class FakeAuth(FakeApiKeys):
    """Implements `shared.principals.PrincipalAuthority`, `shared.signers.CredentialLedger`, and `UserDirectory` and
    `CredentialVending` of `shared.clients.auth`.

    `token_for` makes a user and a session, `revoke` ends the session. Each user with a role also has the role "another".
    """

    def __init__(self) -> None:
        super().__init__()
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        constructed = jwk.construct(public.decode(), tokens.ALGORITHM).to_dict()
        self._jwk = {**constructed, "kid": KID}
        self._principals: dict[UUID, Principal] = {}
        self._unenrolled: set[UUID] = set()
        self._events: list[Revocation] = []
        self._vended: dict[str, tuple[str, str]] = {}
        self.posted: list[PackageLetter] = []
        self.trail: dict[tuple[str, str], list[PackageEvent]] = {}
        """Events of packages in the audit trail, by bucket and name."""
        self._is_down = False
        self._news = asyncio.Event()
        self.listeners: dict[UUID, int] = {}
        """How far each listener has read the revocation feed."""
        self.resolved = 0
        self.uses: set[str] = set()
        self.role_sessions: dict[str, str] = {}
        """Users by the names of their role sessions in S3."""
        self._authors: dict[tuple[str, str], tuple[str, str]] = {}
        """ETag and author of what is at a bucket and key."""
        self.s3_keys = ("ASIAFAKE", "secret", "session")
        """The S3 credential that all callers get."""
        self.s3_lifetime = timedelta(hours=1)
        self.vended_for: list[UUID] = []
        self.query_budgets: list[RoleQueryBudgets] = []
        """Budgets of every caller's roles."""
        self.reads: list[str] = []
        """Buckets for which credentials that only read were vended."""
        self.options = SignInOptions(password=True, sign_up="off", sso_sign_up=False, providers=[])
        self.agreed: Agreement | None = None
        """Answer of `agreement`; with None, `auth` is too old to have one."""

    @property
    def down(self) -> bool:
        """With True, all calls raise Unavailable, and those that wait do so at once."""
        return self._is_down

    @down.setter
    def down(self, is_down: bool) -> None:
        self._is_down = is_down
        self._wake()

    async def agreement(self) -> Agreement:
        self._require_up()
        if self.agreed is None:
            raise NotFound("No such route")
        return self.agreed

    async def sign_in_options(self) -> SignInOptions:
        if self.down:
            raise Unavailable("auth is down")
        return self.options

    def token_for(
        self,
        name: str = "amy",
        permissions: dict[str, Level] | None = None,
        *,
        is_admin: bool = False,
        kind: CredentialKind = CredentialKind.PERSON,
        apart: Collection[str] = (),
        lifetime: timedelta = timedelta(hours=1),
        role: str | None = None,
    ) -> str:
        """`is_admin`: the credential has administrator's rights, which a tool never has."""
        principal = Principal(
            user_id=uuid4(),
            name=name,
            session_id=uuid4(),
            kind=kind,
            is_admin=is_admin,
            role_id=uuid4(),
            role=role or f"role of {name}",
            permissions=permissions or {},
            apart=frozenset(apart),
        )
        self._principals[principal.session_id] = principal
        now = datetime.now(UTC)
        claims = tokens.Claims(principal.user_id, principal.session_id, uuid4().hex, now, now + lifetime)
        return self.sign(claims)

    def sign(self, claims: tokens.Claims, kid: str = KID) -> str:
        return tokens.sign(claims, issuer=ISSUER, private_key_pem=self._private, kid=kid)

    def publish_key_as(self, kid: str) -> None:
        """Publish the signing key with another id."""
        self._jwk["kid"] = kid

    def principal_of(self, token: str, *, begun: bool = False) -> Principal:
        claims = tokens.verify(token, self._jwk, issuer=ISSUER, allow_expired=begun)
        tokens.require_recent(claims.expires_at)
        if claims.session_id in self._unenrolled:
            refusal = Forbidden("Your account must have a second factor")
            refusal.peer_slug = "second_factor_missing"
            raise refusal
        try:
            return self._principals[claims.session_id]
        except KeyError:
            raise Unauthenticated("Token invalid.") from None

    def revoke(self, token: str) -> None:
        session = self.principal_of(token, begun=True).session_id
        del self._principals[session]
        self.revoke_subject(f"session:{session}")

    def permit(self, token: str, permissions: dict[str, Level]) -> None:
        """Change the role of the token's user."""
        principal = self.principal_of(token)
        self._principals[principal.session_id] = principal.model_copy(update={"permissions": permissions})
        self.revoke_subject(f"role:{principal.role_id}")

    def demand_second_factor(self, token: str) -> None:
        """Refuse the token from now on, since its user must have a second factor and has none."""
        session = self.principal_of(token).session_id
        self._unenrolled.add(session)
        self.revoke_subject(f"session:{session}")

    @property
    def head(self) -> int:
        """Number of the last event of the revocation feed."""
        return len(self._events)

    def revoke_subject(self, subject: str) -> None:
        """Add an event to the revocation feed."""
        self._events.append(Revocation(seq=len(self._events) + 1, subject=subject))
        self._wake()

    async def keys(self) -> list[tokens.Jwk]:
        self._require_up()
        return [self._jwk]

    async def resolve(self, token: str, *, begun: bool = False) -> Resolution:
        self._require_up()
        self.resolved += 1
        principal = self.principal_of(token, begun=begun)
        claims = tokens.verify(token, self._jwk, issuer=ISSUER, allow_expired=begun)
        expires_at = claims.expires_at + tokens.MAX_EXPIRED if begun else claims.expires_at
        return Resolution(principal=principal, expires_at=expires_at, seq=len(self._events))

    def ticket_for(
        self, token: str, path: str, query: Mapping[str, str], lifetime: timedelta = timedelta(minutes=5)
    ) -> str:
        """A ticket of the token's session for one address."""
        maker = self.principal_of(token)
        address = tickets.address_digest(path, query.items())
        claims = tickets.TicketClaims(maker.user_id, maker.session_id, address, datetime.now(UTC) + lifetime)
        return tickets.sign(claims, issuer=ISSUER, private_key_pem=self._private, kid=KID)

    async def resolve_ticket(self, ticket: str, *, begun: bool = False) -> Resolution:
        self._require_up()
        self.resolved += 1
        claims = tickets.verify(ticket, self._jwk, issuer=ISSUER, allow_expired=begun)
        tokens.require_recent(claims.expires_at)
        principal = self._principals.get(claims.session_id)
        if principal is None:
            raise Unauthenticated("This session has ended; log in again")
        ends = datetime.now(UTC) + timedelta(hours=1)
        return Resolution(principal=principal, expires_at=ends, seq=len(self._events))

    async def sign_report(self, digest: str) -> str:
        self._require_up()
        return signed_reports.sign_digest(digest, issuer=ISSUER, private_key_pem=self._private, kid=KID)

    async def sign_ticket_set(self, question: TicketSetQuestion) -> SignedTicketSet:
        self._require_up()
        if question.session_id not in self._principals:
            raise Unauthenticated("This session has ended; log in again")
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=question.seconds)
        claims = tickets.TicketClaims(question.user_id, question.session_id, question.root, expires_at, is_set=True)
        signed = tickets.sign(claims, issuer=ISSUER, private_key_pem=self._private, kid=KID)
        return SignedTicketSet(ticket=signed, expires_at=expires_at)

    async def reading_credentials(self, question: ReadQuestion) -> ReadCredentials:
        found: Resolution
        if question.signed is not None:
            found = await verified_package_reader(question.signed, self.signer)
        else:
            resolve = self.resolve if question.token else self.resolve_ticket
            found = await resolve(question.token or question.ticket or "", begun=question.begun)
        if not allows(found.principal, question.bucket):
            raise NotFound(f"No bucket {question.bucket}")
        self.vended_for.append(found.principal.session_id)
        self.reads.append(question.bucket)
        access_key_id, secret_access_key, session_token = self.s3_keys
        return ReadCredentials(
            principal=found.principal,
            expires_at=datetime.now(UTC) + self.s3_lifetime,
            seq=found.seq,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            session_token=session_token,
        )

    def vend(self, token: str, access_key_id: str, secret_access_key: str) -> None:
        """Give the user of the token an S3 credential."""
        self._vended[access_key_id] = (token, secret_access_key)

    async def push_authors(self, written: Sequence[WrittenPointer]) -> list[str | None]:
        self._require_up()
        for each in written:
            if name := self.role_sessions.get(each.session or ""):
                self._authors[each.bucket, each.key] = (each.etag, name)
        found = [(each.etag, *self._authors.get((each.bucket, each.key), ("", ""))) for each in written]
        return [name if kept == etag and name else None for etag, kept, name in found]

    async def signer(self, access_key_id: str) -> Signer:
        self._require_up()
        if access_key_id not in self._vended:
            raise Unauthenticated("Unknown access key")
        token, secret = self._vended[access_key_id]
        resolution = await self.resolve(token)
        return Signer(**resolution.model_dump(), secret_access_key=secret)

    async def credentials(self, question: CallerQuestion) -> CallerCredentials:
        self._require_up()
        principal = self._principals.get(question.session_id)
        if principal is None or principal.user_id != question.user_id:
            raise Unauthenticated("This session has ended; log in again")
        self.vended_for.append(question.session_id)
        access_key_id, secret_access_key, session_token = self.s3_keys
        return CallerCredentials(
            principal=principal,
            expires_at=datetime.now(UTC) + self.s3_lifetime,
            seq=len(self._events),
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            session_token=session_token,
            query_budgets=self.query_budgets,
        )

    async def revocations(self, since: int | None, *, wait: float = 0, listener: UUID | None = None) -> Revocations:
        self._require_up()
        if listener:
            self.listeners[listener] = since or 0
        start = len(self._events) if since is None else since
        if wait and start == len(self._events) and since is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._news.wait()
            self._require_up()
        return Revocations(events=self._events[start:], seq=len(self._events), reset=False, waits=wait > 0)

    async def forget_listener(self, listener: UUID) -> None:
        self._require_up()
        self.listeners.pop(listener, None)

    async def note_uses(self, credentials: Collection[str]) -> None:
        self._require_up()
        self.uses |= set(credentials)

    async def user(self, user_id: UUID) -> User:
        self._require_up()
        principal = next(each for each in self._principals.values() if each.user_id == user_id)
        return User(
            id=user_id,
            name=principal.name,
            email=f"{principal.name}@example.com",
            is_admin=principal.is_admin,
            is_active=True,
            role=principal.role,
            roles=sorted({"another", principal.role}) if principal.role else [],
            is_sso_only=False,
            is_governed=False,
            created_at=datetime.now(UTC),
            last_login=None,
        )

    async def user_named(self, name: str) -> User:
        for principal in self._principals.values():
            if principal.name == name:
                return await self.user(principal.user_id)
        raise NotFound(f"No user {name}")

    async def post(self, letter: PackageLetter) -> None:
        self._require_up()
        self.posted.append(letter)

    async def package_events(self, question: PackageEventQuestion) -> PackageEvents:
        self._require_up()
        found = sorted(self.trail.get((question.bucket, question.name), ()), key=lambda each: -each.id)
        before = [each for each in found if question.before is None or each.id < question.before]
        makers = [
            each
            for each in found
            if each.action not in DELETIONS and (each.top_hash in question.top_hashes or each.key in question.keys)
        ]
        return PackageEvents(events=before[: question.limit], makers=makers)

    async def switch_role(self, user_id: UUID, role: str) -> User:
        self._require_up()
        for session_id, principal in self._principals.items():
            if principal.user_id == user_id:
                self._principals[session_id] = principal.model_copy(update={"role": role})
        self.revoke_subject(f"user:{user_id}")
        return await self.user(user_id)

    def _wake(self) -> None:
        """End the waiting of all readers of the feed."""
        self._news.set()
        self._news = asyncio.Event()

    def _require_up(self) -> None:
        if self.down:
            raise Unavailable("auth is down")
