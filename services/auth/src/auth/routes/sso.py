"""Single sign-on: our own catalog uses redirects and a cookie, Quilt's catalogs use a popup."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import RedirectResponse

from auth.errors import ProviderFailed, ProviderNotFound, TooManyTries
from auth.resources import AuthResources
from auth.routes.cookies import BrowserCookie, RefreshCookie
from auth.routes.deps import Address, Res, SsoLogins
from auth.services.sso.sign_in import ProviderAnswer, SsoService
from shared.errors import AppError
from shared.schemas.sso import SignInOptions

router = APIRouter(tags=["single sign-on"])

Name = Annotated[str, Path(max_length=32, examples=["okta"])]
Text = Annotated[str, Query(max_length=4096)]
OptionalText = Annotated[str | None, Query(max_length=2048)]
_IN_ADDRESSES = "/?&=#%:@+,;~"


def provider_answer(
    request: Request,
    res: Res,
    state: Text = "",
    code: Text = "",
    *,
    iss: OptionalText = None,
    error: OptionalText = None,
) -> ProviderAnswer:
    return ProviderAnswer(state, code, iss, error, BrowserCookie.of(res.settings).read(request) or "")


Answer = Annotated[ProviderAnswer, Depends(provider_answer)]


@router.get("/api/v1/sso", summary="Get the ways to sign in here")
async def get_sign_in_options(sso: SsoLogins) -> SignInOptions:
    return sso.options()


@router.get(
    "/api/v1/sso/{provider}/start",
    status_code=302,
    response_class=RedirectResponse,
    summary="Begin a sign-in with a provider",
    description="Redirects to the provider. In the end the browser is redirected to `next`, a path of the catalog, with the "
    "session's cookie; or to `/signin?error=`.",
    responses={**ProviderNotFound.response(), **ProviderFailed.response(), **TooManyTries.response()},
)
async def start_sso(
    provider: Name,
    sso: SsoLogins,
    address: Address,
    res: Res,
    page: Annotated[str, Query(alias="next", max_length=2000)] = "/",
) -> RedirectResponse:
    begun = await sso.begin(provider, page, address)
    answer = RedirectResponse(begun.address, 302)
    BrowserCookie.of(res.settings).write(answer, begun.browser)
    return answer


@router.get(
    "/api/v1/sso/{provider}/callback",
    status_code=302,
    response_class=RedirectResponse,
    summary="Finish a sign-in, redirected from the provider",
)
async def finish_sso(provider: Name, answer: Answer, sso: SsoLogins, address: Address, res: Res) -> RedirectResponse:
    return await _redirect_to_catalog(provider, answer, sso, address, res)


@router.get(
    "/oauth_callback",
    status_code=302,
    response_class=RedirectResponse,
    summary="Finish a sign-in, redirected from GitHub",
)
async def finish_sso_of_github(answer: Answer, sso: SsoLogins, address: Address, res: Res) -> RedirectResponse:
    return await _redirect_to_catalog(None, answer, sso, address, res)


async def _redirect_to_catalog(
    provider: str | None, answer: ProviderAnswer, sso: SsoService, address: str, res: AuthResources
) -> RedirectResponse:
    catalog, browser = res.settings.public.catalog_url, BrowserCookie.of(res.settings)
    try:
        finished = await sso.finish(provider, answer, address)
    except AppError as refusal:
        failed = RedirectResponse(f"{catalog}/signin?{urlencode({'error': refusal.slug})}", 302)
        browser.clear(failed)
        return failed
    landing = RedirectResponse(f"{catalog}{quote(finished.next, safe=_IN_ADDRESSES)}", 302)
    browser.clear(landing)
    RefreshCookie.of(res.settings).write(landing, finished.grant.refresh_token)
    return landing


@router.get(
    "/oidc-authorize/{provider}",
    status_code=302,
    response_class=RedirectResponse,
    summary="Redirect the popup of a Quilt catalog to the provider",
    responses={**ProviderNotFound.response(), **ProviderFailed.response(), **TooManyTries.response()},
)
async def start_sso_popup(provider: Name, state: Text, sso: SsoLogins, address: Address) -> RedirectResponse:
    where = await sso.begin_popup(provider, state, address)
    return RedirectResponse(where, 302)
