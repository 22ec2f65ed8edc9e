"""People's own accounts: sign-up, confirmation of an address, passwords."""

from fastapi import APIRouter

from auth.errors import (
    ActivationFailed,
    EmailTaken,
    InvalidUserName,
    NotInvited,
    ResetLinkInvalid,
    TooManyLogins,
    TooManyMails,
    TooManyTries,
    UnknownRole,
    WeakPassword,
    WrongPassword,
)
from auth.routes.deps import Accounts, Address, AllStores, AuthRoute, EnrollingViewer, UserWrites
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.account import (
    Activation,
    PasswordChange,
    PasswordReset,
    ResetRequest,
    SignedUp,
    SignUp,
)
from shared.schemas.user import RoleSwitch, User
from shared.web.auth import Person

router = APIRouter(route_class=AuthRoute, prefix="/api/v1/accounts", tags=["accounts"])


@router.post(
    "",
    status_code=201,
    summary="Sign up",
    responses={
        **InvalidUserName.response(),
        **NotInvited.response(),
        **EmailTaken.response(),
        **TooManyMails.response(),
    },
)
async def sign_up(wanted: SignUp, address: Address, accounts: Accounts) -> SignedUp:
    return await accounts.sign_up(wanted, address)


@router.post(
    "/activate",
    status_code=204,
    summary="Confirm an address, with the link that was sent there",
    responses={**ActivationFailed.response(), **TooManyTries.response()},
)
async def activate_account(shown: Activation, address: Address, accounts: Accounts) -> None:
    await accounts.activate(shown.link, address)


@router.post(
    "/reset",
    status_code=202,
    summary="Ask for a link to set a new password",
    description="The answer is the same whether the account exists or not.",
    responses=TooManyMails.response(),
)
async def request_password_reset(wanted: ResetRequest, address: Address, accounts: Accounts) -> dict[str, str]:
    await accounts.request_reset(wanted.email, address)
    return {}


@router.post(
    "/password",
    status_code=204,
    summary="Set a new password with a link, and end all sessions",
    responses={**WeakPassword.response(), **ResetLinkInvalid.response(), **TooManyTries.response()},
)
async def reset_password(wanted: PasswordReset, address: Address, accounts: Accounts) -> None:
    await accounts.reset_password(wanted.link, wanted.password, address)


@router.put(
    "/password",
    status_code=204,
    summary="Change your password, and end all your other sessions",
    responses={
        **Unauthenticated.response(),
        **Forbidden.response(),
        **WrongPassword.response(),
        **TooManyLogins.response(),
    },
)
async def change_password(wanted: PasswordChange, viewer: Person, address: Address, accounts: Accounts) -> None:
    await accounts.change_password(viewer, wanted.current, wanted.password, address)


@router.get("/me", summary="Get your account, and the roles you may choose from", responses=Unauthenticated.response())
async def get_account(viewer: EnrollingViewer, stores: AllStores) -> User:
    return await stores.users.get_by_id(viewer.user_id)


@router.put(
    "/me/role",
    summary="Switch to another of your roles",
    responses={**Unauthenticated.response(), **Forbidden.response(), **UnknownRole.response()},
)
async def switch_own_role(wanted: RoleSwitch, viewer: Person, users: UserWrites) -> User:
    return await users.switch_role(viewer.user_id, wanted.role)
