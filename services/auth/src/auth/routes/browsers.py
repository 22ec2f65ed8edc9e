"""Sessions of our own web catalog: a short-lived access token for the page, and a cookie that renews it.

Quilt's catalogs sign in at `/api/login` instead, and store their token themselves.
"""

from fastapi import APIRouter, Request, Response

from auth.errors import ForeignOrigin, GrantRefused, LoginFailed, SecondFactorRequired, TooManyLogins
from auth.routes.cookies import PATH
from auth.routes.deps import Address, AuthRoute, Cookie, Logins, OwnOrigin, SessionWrites
from shared.errors import Unauthenticated
from shared.schemas.session import BrowserLogin, Token
from shared.web.problems import problem_response

router = APIRouter(
    route_class=AuthRoute, prefix=PATH, tags=["browsers"], dependencies=[OwnOrigin], responses=ForeignOrigin.response()
)


@router.post(
    "",
    summary="Sign in with a password, and get the cookie that renews the token",
    description="An account with a second factor also needs a `code`: without one the answer is the problem "
    "`second_factor_required`, with a wrong one `second_factor_refused`.",
    responses={**LoginFailed.response(), **SecondFactorRequired.response(), **TooManyLogins.response()},
)
async def start_session(
    login: BrowserLogin, address: Address, logins: Logins, cookie: Cookie, response: Response
) -> Token:
    grant = await logins.login_browser(login, address)
    cookie.write(response, grant.refresh_token)
    return grant.token


@router.post(
    "/refresh",
    summary="Exchange the cookie for a new access token and a new cookie",
    description="The cookie is cleared if its session has ended.",
    response_model=Token,
    responses=GrantRefused.response(),
)
async def refresh_session(
    request: Request, sessions: SessionWrites, cookie: Cookie, response: Response
) -> Token | Response:
    try:
        grant = await sessions.refresh_browser(cookie.read(request) or "")
    except Unauthenticated as refusal:
        answer = problem_response(refusal.problem(), refusal.headers)
        cookie.clear(answer)
        return answer
    cookie.write(response, grant.refresh_token)
    return grant.token


@router.delete("", status_code=204, summary="Sign out: end the cookie's session and clear it")
async def end_session(request: Request, sessions: SessionWrites, cookie: Cookie, response: Response) -> None:
    await sessions.end_browser(cookie.read(request) or "")
    cookie.clear(response)
