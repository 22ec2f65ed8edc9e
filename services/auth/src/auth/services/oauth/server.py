"""The OAuth 2 authorization server for tools, such as desktop and MCP clients.

Tools are public clients: they register themselves (RFC 7591), have no secret, and must use PKCE (RFC 7636).
"""

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
from auth.errors import ConnectRefused, GrantRefused
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
    Approval,
    AuthorizationAnswer,
    AuthorizationRequest,
    ConnectMetadata,
    Tool,
    ToolGrant,
    ToolRegistration,
    ToolShown,
)
from shared.schemas.principal import Principal

TOOL_CODE_TTL = timedelta(minutes=5)
TOOL_CODE_RETENTION = timedelta(days=1)
"""Time during which a second use of a code ends the session that the first one started."""
UNUSED_TOOL_RETENTION = timedelta(days=1)
"""Time after which a tool that nobody approved is deleted."""
MAX_UNUSED_TOOLS = 5_000
"""Beyond it, the tool that registered first is forgotten first."""
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

    async def register_tool(self, wanted: ToolRegistration, address: str) -> Tool:
        await self._limiter.count_or_refuse(REGISTRATIONS, "", address)
        hosts = self._settings.connect.allowed_hosts
        if not wanted.redirect_uris or not all(is_allowed(each, hosts) for each in wanted.redirect_uris):
            raise ConnectRefused("invalid_redirect_uri", "This installation does not allow these redirect addresses")
        name = re.sub(r"\s+", " ", wanted.client_name).strip() or "A tool without a name"
        if not name.isprintable():
            raise ConnectRefused("invalid_client_metadata", "The name has characters that cannot be displayed")
        tool = RegisteredTool(secrets.token_urlsafe(18), name, tuple(wanted.redirect_uris))
        await self._stores.oauth.add_tool(tool)
        await self._stores.oauth.remove_unused_beyond(MAX_UNUSED_TOOLS)
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

    async def describe_tool(self, request: AuthorizationRequest) -> ToolShown:
        """The tool of a request, for the consent page. Raises ConnectRefused."""
        tool = await self._validate_request(request)
        parts = urlsplit(request.redirect_uri)
        on_web = parts.scheme in {"http", "https"}
        return ToolShown(client_name=tool.name, redirect_host=parts.netloc if on_web else f"{parts.scheme}://")

    async def authorize(self, viewer: Principal, request: Approval) -> AuthorizationAnswer:
        """Issue a code with which the tool acts for the viewer, under their present role. Raises ConnectRefused."""
        tool = await self._validate_request(request)
        if request.role is not None and request.role != (viewer.role or ""):
            raise ConnectRefused("invalid_request", "Your role has changed since this page was opened; load it again")
        if request.code_challenge_method != "S256" or not CHALLENGE.fullmatch(request.code_challenge):
            raise ConnectRefused("invalid_request", "PKCE with S256 is required")
        code = secrets.token_urlsafe(32)
        kept = ToolCode(
            tool.client_id,
            viewer.session_id,
            request.redirect_uri,
            request.code_challenge,
            viewer.role_id,
            datetime.now(UTC) + TOOL_CODE_TTL,
        )
        await self._stores.oauth.add_code(digest(code), kept)
        await record(self._stores, "Connect.Authorize", f"tool:{tool.client_id}", name=tool.name, role=viewer.role)
        return self._redirect(request, code=code)

    async def refuse(self, request: AuthorizationRequest) -> AuthorizationAnswer:
        """The answer to a tool that the viewer did not approve; raises ConnectRefused."""
        tool = await self._validate_request(request)
        await record(
            self._stores, "Connect.Authorize", f"tool:{tool.client_id}", outcome=Outcome.REFUSED, name=tool.name
        )
        return self._redirect(request, error="access_denied", error_description="The user did not approve the request")

    async def exchange_grant(self, form: Mapping[str, str], address: str) -> ToolGrant:
        await self._limiter.check(TOOL_GRANTS, "", address)
        try:
            self._require_resource(form.get("resource") or None)
            return await self._grant_handler(form.get("grant_type"))(form)
        except ConnectRefused as error:
            await self._limiter.count(TOOL_GRANTS, "", address)
            target = f"tool:{form.get('client_id', '')[:200]}"
            reason = error.code
            await record(self._stores, "Connect.Token", target, outcome=Outcome.FAILED, reason=reason, why=str(error))
            raise

    async def revoke_token(self, token: str, client_id: str) -> None:
        """End the session of a token, if it is that tool's (RFC 7009). Returns nothing in either case."""
        session_id = await self._sessions.find_session_id(token)
        if session_id and client_id and await self._stores.sessions.find_tool(session_id) == client_id:
            await self._sessions.end_tool(session_id)

    def _grant_handler(self, grant_type: str | None) -> Callable[[Mapping[str, str]], Awaitable[ToolGrant]]:
        match grant_type:
            case "authorization_code":
                return self._exchange_code
            case "refresh_token":
                return self._refresh
            case _:
                raise ConnectRefused(
                    "unsupported_grant_type", "The grant type must be authorization_code or refresh_token"
                )

    async def _exchange_code(self, form: Mapping[str, str]) -> ToolGrant:
        presented = digest(form.get("code", ""))
        code = await self._stores.oauth.use_code(presented)
        if code is None or code.client_id != form.get("client_id"):
            raise _invalid_grant("The code was not issued to this tool")
        if code.used_at is not None:
            if code.started:
                await self._sessions.end_tool(code.started)
            raise _invalid_grant("The code was used before, so its session has been ended")
        if code.expires_at < datetime.now(UTC):
            raise _invalid_grant("The code has expired")
        if code.redirect_uri != form.get("redirect_uri"):
            raise _invalid_grant("The code was issued for another redirect address")
        verifier = form.get("code_verifier", "")
        if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(challenge_of(verifier), code.challenge):
            raise _invalid_grant("The code verifier does not match the challenge")
        actor = await self._stores.sessions.find_actor(code.approved_in)
        if actor is None:
            raise _invalid_grant("The user who approved the tool has signed out")
        try:
            grant = await self._sessions.start_tool(
                actor.user_id, code.client_id, self._resource, approved_in=code.approved_in, role_id=code.role_id
            )
        except GrantRefused as error:
            raise _invalid_grant(str(error)) from error
        await self._stores.oauth.note_started(presented, grant.session_id)
        await self._stores.oauth.note_use(code.client_id)
        await self._record_grant(code.client_id, grant.session_id, (actor.user_id, actor.name), "code")
        return _tool_grant(grant.access_token, grant.expires_in, grant.refresh_token)

    async def _refresh(self, form: Mapping[str, str]) -> ToolGrant:
        client_id = form.get("client_id") or "-"
        try:
            grant = await self._sessions.refresh_tool(form.get("refresh_token", ""), client_id, self._resource)
        except (GrantRefused, Unauthenticated) as error:
            raise _invalid_grant(str(error)) from error
        await self._stores.oauth.note_use(client_id)
        await self._record_grant(
            client_id, grant.session_id, await self._stores.sessions.find_owner(grant.session_id), "refresh"
        )
        return _tool_grant(grant.access_token, grant.expires_in, grant.refresh_token)

    def _redirect(self, request: AuthorizationRequest, **answer: str) -> AuthorizationAnswer:
        state = {"state": request.state} if request.state is not None else {}
        return AuthorizationAnswer(
            redirect_uri=with_answer(request.redirect_uri, {**answer, "iss": self._issuer, **state})
        )

    async def _validate_request(self, request: AuthorizationRequest) -> RegisteredTool:
        tool = await self._stores.oauth.find_tool(request.client_id)
        if tool is None:
            raise ConnectRefused("invalid_client", "No tool with this client id has registered here")
        hosts = self._settings.connect.allowed_hosts
        if not is_registered(request.redirect_uri, tool.redirect_uris) or not is_allowed(request.redirect_uri, hosts):
            raise ConnectRefused("invalid_redirect_uri", "The tool did not register this redirect address")
        if request.response_type != "code":
            raise ConnectRefused("unsupported_response_type", "The only response type is code")
        if set((request.scope or SCOPE).split()) != {SCOPE}:
            raise ConnectRefused("invalid_scope", f"The only scope is {SCOPE}")
        self._require_resource(request.resource)
        return tool

    def _require_resource(self, named: str | list[str] | None) -> None:
        """Raises ConnectRefused unless the request names no resource, or ours alone (RFC 8707)."""
        all_named = [named] if isinstance(named, str) else named
        if all_named is not None and (len(all_named) != 1 or _canonical(all_named[0]) != self._resource):
            raise ConnectRefused("invalid_resource", f"The only resource is {self._resource}")

    async def _record_grant(self, client_id: str, session_id: UUID, who: tuple[UUID, str] | None, method: str) -> None:
        await record(
            self._stores, "Connect.Token", f"tool:{client_id}", who=who, method=method, session=str(session_id)
        )

    @property
    def _resource(self) -> str:
        return f"{self._settings.connect_url}/mcp/platform"

    @property
    def _issuer(self) -> str:
        """The issuer, with the port that QuiltSync expects."""
        base = self._settings.connect_url
        return f"{base}:443" if base.startswith("https://") and urlsplit(base).port is None else base


def _canonical(resource: str) -> str:
    path = resource.rstrip("/").removesuffix("/mcp")
    return path.replace(":443/", "/", 1) if path.startswith("https://") else path


def _invalid_grant(why: str) -> ConnectRefused:
    return ConnectRefused("invalid_grant", why)


def _tool_grant(access_token: str, expires_in: int, refresh_token: str) -> ToolGrant:
    return ToolGrant(
        access_token=access_token,
        token_type="Bearer",  # noqa: S106 – the standard's word
        expires_in=expires_in,
        refresh_token=refresh_token,
        scope=SCOPE,
    )
