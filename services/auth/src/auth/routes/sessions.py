"""Sign-in of Quilt's web catalogs and clients, whose shapes and addresses these are; and lists of sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path
from fastapi.responses import RedirectResponse

from auth.errors import (
    GrantRefused,
    LoginFailed,
    PasswordsOff,
    SessionNotFound,
    TooManyLogins,
    TooManyTries,
    UserNotFound,
)
from auth.routes.deps import Address, AllStores, AuthRoute, Logins, Res, SessionWrites, SsoLogins
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.session import Code, Grant, Login, SessionList, Token
from shared.schemas.sso import ProviderLogin
from shared.schemas.user import Me
from shared.web.auth import Admin, Bearer, Person, Viewer

router = APIRouter(route_class=AuthRoute, tags=["sessions"])

SessionId = Annotated[UUID, Path(examples=["7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"])]
UserName = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$", examples=["amy"])]


@router.get("/login", status_code=302, summary="Redirect a client's user to the page with a one-time code")
async def show_login(res: Res) -> RedirectResponse:
    return RedirectResponse(f"{res.settings.public.catalog_url}/code", 302)


@router.post(
    "/api/login",
    summary="Sign in with a password, or with a code or token of a single sign-on provider",
    responses={**LoginFailed.response(), **PasswordsOff.response(), **TooManyLogins.response()},
)
async def log_in(login: Login | ProviderLogin, address: Address, logins: Logins, sso: SsoLogins) -> Token:
    if isinstance(login, ProviderLogin):
        return await sso.log_in(login, address)
    return await logins.login(login, address)


@router.post("/api/logout", summary="End the session of a token", responses=Unauthenticated.response())
async def log_out(token: Bearer, sessions: SessionWrites) -> dict[str, str]:
    await sessions.end(token)
    return {}


@router.post(
    "/api/refresh",
    summary="Exchange an access token, which may have expired, for a new one",
    responses=Unauthenticated.response(),
)
async def refresh_token(token: Bearer, sessions: SessionWrites) -> Token:
    return await sessions.refresh(token)


@router.get("/api/me", summary="Get the caller, as Quilt's catalogs expect it", responses=Unauthenticated.response())
async def get_me(viewer: Viewer, stores: AllStores) -> Me:
    user = await stores.users.get_by_id(viewer.user_id)
    return Me(current_user=user.name, email=user.email, is_staff=viewer.is_admin, is_active=user.is_active)


@router.get(
    "/api/code",
    summary="Get a one-time code for a client",
    responses={**Unauthenticated.response(), **Forbidden.response()},
)
async def get_code(viewer: Person, sessions: SessionWrites) -> Code:
    return await sessions.new_code(viewer)


@router.post(
    "/api/token",
    summary="Exchange a one-time code or a refresh token for tokens",
    responses={**GrantRefused.response(), **TooManyTries.response()},
)
async def exchange_token(
    refresh_token: Annotated[
        str,
        Form(
            max_length=4096,
            description="A one-time code, or a refresh token.",
            examples=["7q2xk9v4mtb0c8r5hjn3wzd6ys"],
        ),
    ],
    sessions: SessionWrites,
    address: Address,
) -> Grant:
    return await sessions.exchange(refresh_token, address)


@router.get("/api/v1/sessions", summary="List your sessions", responses=Unauthenticated.response())
async def list_sessions(viewer: Viewer, stores: AllStores) -> SessionList:
    return SessionList(items=await stores.sessions.list_live(viewer.user_id, current=viewer.session_id))


@router.delete(
    "/api/v1/sessions",
    status_code=204,
    summary="End your sessions, except this one",
    responses={**Unauthenticated.response(), **Forbidden.response()},
)
async def end_other_sessions(viewer: Person, sessions: SessionWrites) -> None:
    await sessions.end_others(viewer)


@router.delete(
    "/api/v1/sessions/{session_id}",
    status_code=204,
    summary="End one of your sessions",
    description="A connected tool may end its own session only.",
    responses={**Unauthenticated.response(), **Forbidden.response(), **SessionNotFound.response()},
)
async def end_own_session(
    session_id: SessionId,
    viewer: Viewer,
    sessions: SessionWrites,
) -> None:
    await sessions.end_own(viewer, session_id)


_OTHERS = "/api/v1/admin/users/{name}/sessions"
_FOR_ADMINISTRATORS = {**Unauthenticated.response(), **Forbidden.response(), **UserNotFound.response()}


@router.get(_OTHERS, summary="List a user's sessions", responses=_FOR_ADMINISTRATORS)
async def list_user_sessions(name: UserName, viewer: Admin, stores: AllStores) -> SessionList:
    user = await stores.users.get(name)
    return SessionList(items=await stores.sessions.list_live(user.id, current=viewer.session_id))


@router.delete(
    _OTHERS,
    status_code=204,
    summary="End all sessions of a user; their API keys stay valid",
    responses=_FOR_ADMINISTRATORS,
)
async def end_user_sessions(name: UserName, _: Admin, sessions: SessionWrites) -> None:
    await sessions.end_all_for_user(name)


@router.delete(
    f"{_OTHERS}/{{session_id}}",
    status_code=204,
    summary="End one of a user's sessions",
    responses={**_FOR_ADMINISTRATORS, **SessionNotFound.response()},
)
async def end_user_session(name: UserName, session_id: SessionId, _: Admin, sessions: SessionWrites) -> None:
    await sessions.end_for_user(name, session_id)
