"""Client of the services for `auth`. Its fake is `shared.testing.auth.FakeAuth`."""

from collections.abc import Collection, Sequence
from typing import Protocol
from urllib.parse import quote
from uuid import UUID

import httpx
from typing_extensions import override

from shared import tokens
from shared.clients.api_keys import ApiKeyClient, ApiKeys
from shared.clients.transport import call, parsed, readable
from shared.errors import NotFound
from shared.principals import PrincipalAuthority
from shared.schemas.activity import PackageEventQuestion, PackageEvents
from shared.schemas.agreement import Agreement
from shared.schemas.api_key import MAX_USES, CredentialsUsed
from shared.schemas.audit import AuditEvent, AuditEvents
from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.schemas.canary import ReportDigest, ReportSignature
from shared.schemas.letter import PackageLetter
from shared.schemas.principal import Resolution, Revocations
from shared.schemas.push_author import MAX_WRITTEN, PushAuthors, WrittenPointer, WrittenPointers
from shared.schemas.signer import Signer
from shared.schemas.sso import SignInOptions
from shared.schemas.ticket import ReadCredentials, ReadQuestion, SignedTicketSet, TicketSetQuestion
from shared.schemas.user import RoleSwitch, User


class UserDirectory(ApiKeys, Protocol):
    """The part of `auth` that has users, their API keys, and the ledger of their S3 credentials."""

    async def user(self, user_id: UUID) -> User: ...

    async def user_named(self, name: str) -> User:
        """Raises NotFound."""
        ...

    async def switch_role(self, user_id: UUID, role: str) -> User:
        """Make another role of the user the active one."""
        ...

    async def post(self, letter: PackageLetter) -> None: ...

    async def resolve(self, token: str, *, begun: bool = False) -> Resolution:
        """The principal of a token. Raises Unauthenticated.

        `begun`: for an answer that has begun, which goes on for a day after the expiry of the token while its session lasts.
        """
        ...

    async def resolve_ticket(self, ticket: str, *, begun: bool = False) -> Resolution:
        """The principal who made the ticket. Raises Unauthenticated."""
        ...

    async def sign_ticket_set(self, question: TicketSetQuestion) -> SignedTicketSet:
        """Raises Unauthenticated when the session has ended."""
        ...

    async def credentials(self, question: CallerQuestion) -> CallerCredentials:
        """Raises Unauthenticated when the session has ended, and Forbidden when the user has no rights in S3."""
        ...

    async def signer(self, access_key_id: str) -> Signer:
        """The principal with an S3 credential, and its secret. Raises Unauthenticated."""
        ...

    async def package_events(self, question: PackageEventQuestion) -> PackageEvents:
        """Events of a package in the audit trail; none when `auth` is too old to tell."""
        ...

    async def sign_in_options(self) -> SignInOptions: ...

    async def agreement(self) -> Agreement:
        """Settings that both services must share. Raises NotFound when `auth` is too old to report them."""
        ...

    async def sign_report(self, digest: str) -> str:
        """The signature of a report with this SHA-256 digest."""
        ...


class TicketAuthority(PrincipalAuthority, Protocol):
    """The part of `auth` that the S3 proxy asks for callers with a token or a ticket."""

    @override
    async def resolve(self, token: str, *, begun: bool = False) -> Resolution: ...

    async def resolve_ticket(self, ticket: str, *, begun: bool = False) -> Resolution: ...

    async def reading_credentials(self, question: ReadQuestion) -> ReadCredentials:
        """S3 credentials that read one bucket. Raises Unauthenticated, NotFound or Forbidden."""
        ...


class CredentialVending(Protocol):
    """The part of `auth` that vends S3 credentials of users to services."""

    async def credentials(self, question: CallerQuestion) -> CallerCredentials:
        """Raises Unauthenticated when the session has ended, and Forbidden when the user has no rights in S3."""
        ...

    async def revocations(self, since: int | None, *, wait: float = 0, listener: UUID | None = None) -> Revocations: ...

    async def forget_listener(self, listener: UUID) -> None: ...


class PushAuthority(Protocol):
    """The part of `auth` that knows who wrote straight to S3."""

    async def push_authors(self, written: Sequence[WrittenPointer]) -> list[str | None]:
        """Names of users, in the order of the question; None where they are unknown."""
        ...

    async def keys(self) -> list[tokens.Jwk]:
        """Keys of access tokens, for which anybody may ask. Raises Unavailable when `auth` does not respond."""
        ...


class AuthClient(ApiKeyClient):
    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__(http)
        self._http = http

    async def keys(self) -> list[tokens.Jwk]:
        answer = await call(self._http, "GET", "/.well-known/jwks.json")
        with readable(answer):
            keys: list[tokens.Jwk] = answer.json()["keys"]
        return keys

    async def resolve(self, token: str, *, begun: bool = False) -> Resolution:
        answer = await call(self._http, "POST", "/internal/principal", json={"token": token, "begun": begun})
        return parsed(Resolution, answer)

    async def resolve_ticket(self, ticket: str, *, begun: bool = False) -> Resolution:
        answer = await call(self._http, "POST", "/internal/tickets", json={"ticket": ticket, "begun": begun})
        return parsed(Resolution, answer)

    async def sign_ticket_set(self, question: TicketSetQuestion) -> SignedTicketSet:
        answer = await call(self._http, "POST", "/internal/ticket-sets", json=question.model_dump(mode="json"))
        return parsed(SignedTicketSet, answer)

    async def reading_credentials(self, question: ReadQuestion) -> ReadCredentials:
        # STS may take long.
        answer = await call(self._http, "POST", "/internal/reads", json=question.model_dump(), timeout=20)
        return parsed(ReadCredentials, answer)

    async def signer(self, access_key_id: str) -> Signer:
        answer = await call(self._http, "GET", f"/internal/signers/{quote(access_key_id, safe='')}")
        return parsed(Signer, answer)

    async def push_authors(self, written: Sequence[WrittenPointer]) -> list[str | None]:
        names: list[str | None] = []
        for start in range(0, len(written), MAX_WRITTEN):
            body = WrittenPointers(written=list(written[start : start + MAX_WRITTEN])).model_dump()
            answer = await call(self._http, "POST", "/internal/pushes", json=body)
            names += parsed(PushAuthors, answer).names
        return names

    async def credentials(self, question: CallerQuestion) -> CallerCredentials:
        # STS may take long.
        answer = await call(
            self._http, "POST", "/internal/credentials", json=question.model_dump(mode="json"), timeout=20
        )
        return parsed(CallerCredentials, answer)

    async def revocations(self, since: int | None, *, wait: float = 0, listener: UUID | None = None) -> Revocations:
        given = {"since": since, "wait": wait or None, "listener": listener and str(listener)}
        params = {name: value for name, value in given.items() if value is not None}
        answer = await call(
            self._http, "GET", "/internal/revocations", params=params, timeout=httpx.Timeout(wait + 5, connect=2)
        )
        return parsed(Revocations, answer)

    async def forget_listener(self, listener: UUID) -> None:
        await call(self._http, "DELETE", f"/internal/revocations/listeners/{listener}")

    async def note_uses(self, credentials: Collection[str]) -> None:
        used = sorted(credentials)
        for start in range(0, len(used), MAX_USES):
            body = CredentialsUsed(credentials=used[start : start + MAX_USES]).model_dump()
            await call(self._http, "POST", "/internal/uses", json=body)

    async def sign_report(self, digest: str) -> str:
        body = ReportDigest(sha256=digest).model_dump()
        answer = await call(self._http, "POST", "/internal/report-signatures", json=body)
        return parsed(ReportSignature, answer).signature

    async def add_audit_events(self, events: list[AuditEvent]) -> None:
        await call(self._http, "POST", "/internal/audit", json=AuditEvents(events=events).model_dump(mode="json"))

    async def package_events(self, question: PackageEventQuestion) -> PackageEvents:
        try:
            answer = await call(self._http, "POST", "/internal/package-events", json=question.model_dump())
        except NotFound:
            return PackageEvents(events=[], makers=[])
        return parsed(PackageEvents, answer)

    async def sign_in_options(self) -> SignInOptions:
        answer = await call(self._http, "GET", "/api/v1/sso")
        return parsed(SignInOptions, answer)

    async def agreement(self) -> Agreement:
        answer = await call(self._http, "GET", "/internal/agreement")
        return parsed(Agreement, answer)

    async def user(self, user_id: UUID) -> User:
        answer = await call(self._http, "GET", f"/internal/users/{user_id}")
        return parsed(User, answer)

    async def user_named(self, name: str) -> User:
        answer = await call(self._http, "GET", f"/internal/names/{quote(name, safe='')}")
        return parsed(User, answer)

    async def post(self, letter: PackageLetter) -> None:
        await call(self._http, "POST", "/internal/letters", json=letter.model_dump())

    async def switch_role(self, user_id: UUID, role: str) -> User:
        wanted = RoleSwitch(role=role).model_dump()
        answer = await call(self._http, "PUT", f"/internal/users/{user_id}/role", json=wanted)
        return parsed(User, answer)
