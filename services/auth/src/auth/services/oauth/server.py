"""OAuth 2 for tools, such as desktop and MCP clients: public clients that register themselves, and PKCE."""

import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from auth.clients.providers import challenge_of
from auth.db.oauth import RegisteredTool, ToolCode
from auth.db.stores import Stores
from auth.errors import ConnectRefused, GrantRefused, PeopleOnly
from auth.services.audit import record
from auth.services.limits import REGISTRATIONS, TOOL_GRANTS, Limiter
from auth.services.oauth.redirects import is_allowed, is_registered, with_answer
from auth.services.sessions import SessionService
from auth.settings import AuthSettings
from auth.tokens import digest
from shared.errors import Unauthenticated
from shared.schemas.audit import Outcome
from shared.schemas.connect import (
    SCOPE,
    AuthorizationAnswer,
    AuthorizationRequest,
    ConnectMetadata,
    Tool,
    ToolGrant,
    ToolRegistration,
    ToolShown,
)
from shared.schemas.principal import Principal

CODE_LIFE = timedelta(minutes=5)
CODES_KEPT = timedelta(days=1)
"""So long a code that is shown again ends what it started."""
UNUSED_KEPT = timedelta(days=1)
"""A tool that nobody let in is forgotten then."""
MAX_UNUSED = 5_000
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
GRANTS = ["authorization_code", "refresh_token"]


class OAuthService:
    def __init__(self, stores: Stores, sessions: SessionService, settings: AuthSettings) -> None:
        self._stores = stores
        self._sessions = sessions
        self._settings = settings
        self._limiter = Limiter(stores)

    def metadata(self) -> ConnectMetadata:
        base = self._settings.connect_url
        return ConnectMetadata(
            issuer=self._issuer,
            authorization_endpoint=f"{self._settings.public.catalog_url}/connect/authorize",
            token_endpoint=f"{base}/auth/token",
            registration_endpoint=f"{base}/auth/register",
            revocation_endpoint=f"{base}/auth/revoke",
            jwks_uri=f"{base}/auth/.well-known/jwks.json",
            response_types_supported=["code"],
            response_modes_supported=["query"],
            grant_types_supported=GRANTS,
            code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=["none"],
            revocation_endpoint_auth_methods_supported=["none"],
            scopes_supported=[SCOPE],
            authorization_response_iss_parameter_supported=True,
            protected_resources=[self._resource],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
        )

    async def register(self, wanted: ToolRegistration, address: str) -> Tool:
        await self._limiter.count_or_refuse(REGISTRATIONS, "", address)
        hosts = self._settings.connect.allowed_hosts
        if not wanted.redirect_uris or not all(is_allowed(each, hosts) for each in wanted.redirect_uris):
            raise ConnectRefused("invalid_redirect_uri", "Browsers are not sent to these addresses from here")
        name = re.sub(r"\s+", " ", wanted.client_name).strip() or "A tool without a name"
        if not name.isprintable():
            raise ConnectRefused("invalid_client_metadata", "The name cannot be shown to people")
        if await self._stores.connect.count_unused() >= MAX_UNUSED:
            raise ConnectRefused("temporarily_unavailable", "Too many tools have registered of late")
        tool = RegisteredTool(secrets.token_urlsafe(18), name, tuple(wanted.redirect_uris))
        await self._stores.connect.add_tool(tool)
        await record(self._stores, "Connect.Register", f"tool:{tool.client_id}", name=name)
        return Tool(
            client_id=tool.client_id,
            client_id_issued_at=int(datetime.now(UTC).timestamp()),
            client_name=name,
            redirect_uris=list(tool.redirect_uris),
            grant_types=GRANTS,
            response_types=["code"],
            token_endpoint_auth_method="none",  # noqa: S106 – the standard's word
            scope=SCOPE,
        )

    async def show(self, request: AuthorizationRequest) -> ToolShown:
        """Raises ConnectRefused; nothing is sent to an address that is not known to be the tool's."""
        tool = await self._checked(request)
        parts = urlsplit(request.redirect_uri)
        on_web = parts.scheme in {"http", "https"}
        return ToolShown(client_name=tool.name, redirect_host=parts.netloc if on_web else f"{parts.scheme}://")

    async def authorize(self, viewer: Principal, request: AuthorizationRequest) -> AuthorizationAnswer:
        """The viewer lets the tool act for them."""
        tool = await self._checked(request)
        if viewer.is_api_key or await self._stores.sessions.tool_of(viewer.session_id):
            raise PeopleOnly("Only people let tools act for them")
        if request.code_challenge_method != "S256" or not CHALLENGE.fullmatch(request.code_challenge):
            raise ConnectRefused("invalid_request", "PKCE with S256 is required")
        code = secrets.token_urlsafe(32)
        kept = ToolCode(
            tool.client_id,
            viewer.session_id,
            request.redirect_uri,
            request.code_challenge,
            datetime.now(UTC) + CODE_LIFE,
        )
        await self._stores.connect.add_code(digest(code), kept)
        await record(self._stores, "Connect.Authorize", f"tool:{tool.client_id}", name=tool.name)
        return self._answer(request, code=code)

    async def refuse(self, request: AuthorizationRequest) -> AuthorizationAnswer:
        """Whoever was asked does not let the tool act for them."""
        tool = await self._checked(request)
        await record(
            self._stores, "Connect.Authorize", f"tool:{tool.client_id}", outcome=Outcome.REFUSED, name=tool.name
        )
        return self._answer(request, error="access_denied", error_description="They did not let you act for them")

    async def exchange(self, form: Mapping[str, str], address: str) -> ToolGrant:
        await self._limiter.check(TOOL_GRANTS, "", address)
        try:
            self._require_resource(form.get("resource") or None)
            return await self._granting(form.get("grant_type"))(form)
        except ConnectRefused as error:
            await self._limiter.count(TOOL_GRANTS, "", address)
            target = f"tool:{form.get('client_id', '')[:200]}"
            reason = error.code
            await record(self._stores, "Connect.Token", target, outcome=Outcome.FAILED, reason=reason, why=str(error))
            raise

    async def revoke(self, token: str, client_id: str) -> None:
        """The session of a token, if it is that tool's; says the same whatever it was."""
        session_id = await self._sessions.session_of(token)
        if session_id and client_id and await self._stores.sessions.tool_of(session_id) == client_id:
            await self._sessions.end_tool(session_id)

    def _granting(self, grant_type: str | None) -> Callable[[Mapping[str, str]], Awaitable[ToolGrant]]:
        match grant_type:
            case "authorization_code":
                return self._exchange_code
            case "refresh_token":
                return self._refresh
            case _:
                raise ConnectRefused("unsupported_grant_type", "authorization_code or refresh_token is wanted")

    async def _exchange_code(self, form: Mapping[str, str]) -> ToolGrant:
        presented = digest(form.get("code", ""))
        code = await self._stores.connect.use_code(presented)
        if code is None or code.client_id != form.get("client_id"):
            raise _no_grant("The code is not one of this tool's")
        if code.used_at is not None:
            if code.started:
                await self._sessions.end_tool(code.started)
            raise _no_grant("The code was used before; what it started has been ended")
        if code.expires_at < datetime.now(UTC):
            raise _no_grant("The code is too old")
        if code.redirect_uri != form.get("redirect_uri"):
            raise _no_grant("The code was for another address")
        verifier = form.get("code_verifier", "")
        if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(challenge_of(verifier), code.challenge):
            raise _no_grant("The verifier does not fit")
        actor = await self._stores.sessions.find_actor(code.approved_in)
        if actor is None:
            raise _no_grant("Whoever let the tool in has signed out since")
        try:
            grant = await self._sessions.start_tool(
                actor.user_id, code.client_id, self._resource, approved_in=code.approved_in
            )
        except GrantRefused as error:
            raise _no_grant(str(error)) from error
        await self._stores.connect.note_started(presented, grant.session_id)
        await self._stores.connect.note_use(code.client_id)
        await self._note(code.client_id, grant.session_id, (actor.user_id, actor.name), "code")
        return _shown(grant.access_token, grant.expires_in, grant.refresh_token)

    async def _refresh(self, form: Mapping[str, str]) -> ToolGrant:
        client_id = form.get("client_id") or "-"
        try:
            grant = await self._sessions.refresh_tool(form.get("refresh_token", ""), client_id, self._resource)
        except (GrantRefused, Unauthenticated) as error:
            raise _no_grant(str(error)) from error
        await self._stores.connect.note_use(client_id)
        await self._note(client_id, grant.session_id, await self._stores.sessions.owner(grant.session_id), "refresh")
        return _shown(grant.access_token, grant.expires_in, grant.refresh_token)

    def _answer(self, request: AuthorizationRequest, **answer: str) -> AuthorizationAnswer:
        state = {"state": request.state} if request.state is not None else {}
        return AuthorizationAnswer(
            redirect_uri=with_answer(request.redirect_uri, {**answer, "iss": self._issuer, **state})
        )

    async def _checked(self, request: AuthorizationRequest) -> RegisteredTool:
        tool = await self._stores.connect.find_tool(request.client_id)
        if tool is None:
            raise ConnectRefused("invalid_client", "No such tool has registered here")
        hosts = self._settings.connect.allowed_hosts
        if not is_registered(request.redirect_uri, tool.redirect_uris) or not is_allowed(request.redirect_uri, hosts):
            raise ConnectRefused("invalid_redirect_uri", "The tool did not register this address")
        if request.response_type != "code":
            raise ConnectRefused("unsupported_response_type", "Only codes are given")
        if set((request.scope or SCOPE).split()) != {SCOPE}:
            raise ConnectRefused("invalid_scope", f"The only scope is {SCOPE}")
        self._require_resource(request.resource)
        return tool

    def _require_resource(self, named: str | list[str] | None) -> None:
        """Exactly one, if any: ours."""
        all_named = [named] if isinstance(named, str) else named
        if all_named is not None and (len(all_named) != 1 or _canonical(all_named[0]) != self._resource):
            raise ConnectRefused("invalid_resource", f"The only resource is {self._resource}")

    async def _note(self, client_id: str, session_id: UUID, who: tuple[UUID, str] | None, method: str) -> None:
        await record(
            self._stores, "Connect.Token", f"tool:{client_id}", who=who, method=method, session=str(session_id)
        )

    @property
    def _resource(self) -> str:
        return f"{self._settings.connect_url}/mcp/platform"

    @property
    def _issuer(self) -> str:
        """With its port, as QuiltSync knows it."""
        base = self._settings.connect_url
        return f"{base}:443" if base.startswith("https://") and urlsplit(base).port is None else base


def _canonical(resource: str) -> str:
    path = resource.rstrip("/").removesuffix("/mcp")
    return path.replace(":443/", "/", 1) if path.startswith("https://") else path


def _no_grant(why: str) -> ConnectRefused:
    return ConnectRefused("invalid_grant", why)


def _shown(access_token: str, expires_in: int, refresh_token: str) -> ToolGrant:
    return ToolGrant(
        access_token=access_token,
        token_type="Bearer",  # noqa: S106 – the standard's word
        expires_in=expires_in,
        refresh_token=refresh_token,
        scope=SCOPE,
    )
