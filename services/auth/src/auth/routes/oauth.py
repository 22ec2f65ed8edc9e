"""OAuth 2 for tools: on a host of its own, or the registry's where there is only one."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from auth.errors import ConnectRefused, TooManyTools, TooManyTries
from auth.routes.deps import Address, AllStores, Connections
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.connect import (
    AuthorizationAnswer,
    AuthorizationRequest,
    ConnectMetadata,
    Tool,
    ToolGrant,
    ToolRegistration,
    ToolShown,
)
from shared.schemas.session import KeySet
from shared.web.auth import Viewer

router = APIRouter(tags=["tools"])

MAX_FORM_BYTES = 4096
TOOL, CODE, VERIFIER, TOKEN = "tool_1fJ0YtqQ", "q8dYp0s3", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "rt_Xn2w7c"
BACK = "http://127.0.0.1:8765/callback"
RESOURCE = "https://quilt-connect.example.com/mcp/platform"

ToolId = Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[TOOL])]


@router.get("/.well-known/oauth-authorization-server", summary="Where tools find what they need")
async def get_connect_metadata(connections: Connections) -> ConnectMetadata:
    return connections.metadata()


@router.get("/.well-known/openid-configuration", summary="The same, where some tools look for it")
async def get_openid_configuration(connections: Connections) -> ConnectMetadata:
    return connections.metadata()


@router.get("/auth/.well-known/jwks.json", summary="Keys to verify tools' access tokens with")
async def list_connect_keys(stores: AllStores) -> KeySet:
    return KeySet(keys=await stores.keys.all_public())


@router.post(
    "/auth/register",
    status_code=201,
    summary="Register a tool",
    description="One that nobody lets in is forgotten after a day.",
    responses={**ConnectRefused.response(), **TooManyTools.response()},
)
async def register_tool(wanted: ToolRegistration, address: Address, connections: Connections) -> Tool:
    return await connections.register(wanted, address)


@router.post(
    "/api/connect/validate",
    summary="Whom a consent page is about to let in",
    responses=ConnectRefused.response(),
)
async def validate_authorization(request: AuthorizationRequest, connections: Connections) -> ToolShown:
    return await connections.show(request)


@router.post(
    "/api/connect/authorize",
    summary="Let a tool act for you",
    responses={**ConnectRefused.response(), **Unauthenticated.response(), **Forbidden.response()},
)
async def authorize_tool(
    request: AuthorizationRequest, viewer: Viewer, connections: Connections
) -> AuthorizationAnswer:
    return await connections.authorize(viewer, request)


@router.post(
    "/api/connect/refuse",
    summary="Do not let a tool act for you: what to tell it",
    responses={**ConnectRefused.response(), **Unauthenticated.response()},
)
async def refuse_tool(request: AuthorizationRequest, _: Viewer, connections: Connections) -> AuthorizationAnswer:
    return await connections.refuse(request)


@router.post(
    "/auth/token",
    summary="Tokens for a tool's code or refresh token",
    responses={**ConnectRefused.response(), **TooManyTries.response()},
)
async def exchange_tool_token(
    response: Response,
    address: Address,
    connections: Connections,
    grant_type: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=["authorization_code"])] = "",
    *,
    client_id: ToolId = "",
    code: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[CODE])] = "",
    code_verifier: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[VERIFIER])] = "",
    redirect_uri: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[BACK])] = "",
    refresh_token: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[TOKEN])] = "",
    resource: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[RESOURCE])] = "",
) -> ToolGrant:
    response.headers["Cache-Control"] = "no-store"
    form = {
        "grant_type": grant_type,
        "client_id": client_id,
        "code": code,
        "code_verifier": code_verifier,
        "redirect_uri": redirect_uri,
        "refresh_token": refresh_token,
        "resource": resource,
    }
    return await connections.exchange(form, address)


@router.post("/auth/revoke", summary="End a tool's session, by any of its tokens (RFC 7009)")
async def revoke_tool_token(
    connections: Connections,
    token: Annotated[str, Form(max_length=MAX_FORM_BYTES, examples=[TOKEN])] = "",
    client_id: ToolId = "",
) -> dict[str, str]:
    await connections.revoke(token, client_id)
    return {}
