"""OAuth 2 for tools, on its own host or on the registry's."""

from typing import Annotated

from fastapi import APIRouter, Form

from auth.errors import ConnectRefused, TooManyTools, TooManyTries
from auth.routes.deps import Address, AllStores, AuthRoute, OAuth
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.connect import (
    Approval,
    AuthorizationAnswer,
    AuthorizationRequest,
    ConnectMetadata,
    Tool,
    ToolGrant,
    ToolRegistration,
    ToolShown,
)
from shared.schemas.session import KeySet
from shared.web.auth import Person

router = APIRouter(route_class=AuthRoute, tags=["tools"])

MAX_FORM_BYTES = 4096
TOOL, CODE, VERIFIER, TOKEN = "tool_1fJ0YtqQ", "q8dYp0s3", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "rt_Xn2w7c"
BACK = "http://127.0.0.1:8765/callback"
RESOURCE = "https://quilt-connect.example.com/mcp/platform"

ToolId = Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[TOOL])]


@router.get(
    "/.well-known/oauth-authorization-server", summary="Get the metadata of the authorization server (RFC 8414)"
)
async def get_connect_metadata(oauth: OAuth) -> ConnectMetadata:
    return oauth.metadata()


@router.get(
    "/.well-known/openid-configuration", summary="Get the same metadata, where OpenID Connect clients look for it"
)
async def get_openid_configuration(oauth: OAuth) -> ConnectMetadata:
    return oauth.metadata()


@router.get("/auth/.well-known/jwks.json", summary="List the keys that verify tools' access tokens")
async def list_connect_keys(stores: AllStores) -> KeySet:
    return KeySet(keys=await stores.keys.all_public())


@router.post(
    "/auth/register",
    status_code=201,
    summary="Register a tool (RFC 7591)",
    description="A tool that nobody approves is deleted after a day.",
    responses={**ConnectRefused.response(), **TooManyTools.response()},
)
async def register_tool(wanted: ToolRegistration, address: Address, oauth: OAuth) -> Tool:
    return await oauth.register_tool(wanted, address)


@router.post(
    "/api/connect/validate",
    summary="Describe the tool of an authorization request, for the consent page",
    responses=ConnectRefused.response(),
)
async def validate_authorization(request: AuthorizationRequest, oauth: OAuth) -> ToolShown:
    return await oauth.describe_tool(request)


@router.post(
    "/api/connect/authorize",
    summary="Approve a tool, which then acts for you under your present role",
    responses={**ConnectRefused.response(), **Unauthenticated.response(), **Forbidden.response()},
)
async def authorize_tool(request: Approval, viewer: Person, oauth: OAuth) -> AuthorizationAnswer:
    return await oauth.authorize(viewer, request)


@router.post(
    "/api/connect/refuse",
    summary="Refuse a tool; returns the redirect that tells it",
    responses={**ConnectRefused.response(), **Unauthenticated.response(), **Forbidden.response()},
)
async def refuse_tool(request: AuthorizationRequest, _: Person, oauth: OAuth) -> AuthorizationAnswer:
    return await oauth.refuse(request)


@router.post(
    "/auth/token",
    summary="Exchange a tool's code or refresh token for tokens",
    responses={**ConnectRefused.response(), **TooManyTries.response()},
)
async def exchange_tool_token(
    address: Address,
    oauth: OAuth,
    grant_type: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=["authorization_code"])] = "",
    *,
    client_id: ToolId = "",
    code: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[CODE])] = "",
    code_verifier: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[VERIFIER])] = "",
    redirect_uri: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[BACK])] = "",
    refresh_token: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[TOKEN])] = "",
    resource: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[RESOURCE])] = "",
) -> ToolGrant:
    form = {
        "grant_type": grant_type,
        "client_id": client_id,
        "code": code,
        "code_verifier": code_verifier,
        "redirect_uri": redirect_uri,
        "refresh_token": refresh_token,
        "resource": resource,
    }
    return await oauth.exchange_grant(form, address)


@router.post("/auth/revoke", summary="End a tool's session with any of its tokens (RFC 7009)")
async def revoke_tool_token(
    oauth: OAuth,
    token: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[TOKEN])] = "",
    client_id: ToolId = "",
) -> dict[str, str]:
    await oauth.revoke_token(token, client_id)
    return {}
