"""Sign-up and passwords for Quilt's web catalogs, whose shapes and addresses these are."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse

from auth.errors import (
    DomainRefused,
    EmailTaken,
    InvalidUserName,
    MailNotConfigured,
    ResetLinkInvalid,
    SignUpDisabled,
    TooManyMails,
    TooManyTries,
    WeakPassword,
)
from auth.routes.deps import Accounts, Address, AuthRoute, Res, SsoLogins
from shared.schemas.account import PasswordReset, ResetRequest, SignUp
from shared.schemas.sso import ProviderSignUp

router = APIRouter(route_class=AuthRoute, tags=["accounts"])


@router.post(
    "/api/register",
    summary="Sign up from a Quilt web catalog",
    responses={
        **InvalidUserName.response(),
        **DomainRefused.response(),
        **SignUpDisabled.response(),
        **EmailTaken.response(),
        **TooManyMails.response(),
        **MailNotConfigured.response(),
    },
)
async def register(
    wanted: ProviderSignUp | SignUp, address: Address, accounts: Accounts, sso: SsoLogins
) -> dict[str, str]:
    if isinstance(wanted, ProviderSignUp):
        await sso.register(wanted, address)
    else:
        await accounts.sign_up(wanted, address)
    return {}


@router.post(
    "/api/reset_password",
    summary="Ask for a link to set a new password, from a Quilt web catalog",
    responses={**TooManyMails.response(), **MailNotConfigured.response()},
)
async def send_password_reset(wanted: ResetRequest, address: Address, accounts: Accounts) -> dict[str, str]:
    await accounts.request_reset(wanted.email, address)
    return {}


@router.post(
    "/api/change_password",
    summary="Set a new password with a link, from a Quilt web catalog",
    responses={**WeakPassword.response(), **ResetLinkInvalid.response(), **TooManyTries.response()},
)
async def change_forgotten_password(wanted: PasswordReset, address: Address, accounts: Accounts) -> dict[str, str]:
    await accounts.reset_password(wanted.link, wanted.password, address)
    return {}


@router.get(
    "/activate/{link}",
    status_code=302,
    response_class=RedirectResponse,
    summary="Redirect from the link in a mail to the page that confirms the address",
    description="This changes nothing, since programs that scan mails follow links. The page posts to "
    "`/api/v1/accounts/activate`.",
)
async def follow_activation_link(
    link: Annotated[str, Path(max_length=200, examples=["7q2xk9v4mtb0c8r5hjn3wzd6ys"])], res: Res
) -> RedirectResponse:
    # Not `/activate/`: that is this route where catalog and registry have one host, and older catalogs lead back here.
    return RedirectResponse(f"{res.settings.public.catalog_url}/confirm/{quote(link, safe='')}", 302)
