"""The caller's second factor. People who must have one and have none reach the first three routes only."""

from fastapi import APIRouter

from auth.errors import (
    NoPassword,
    SecondFactorExists,
    SecondFactorNotFound,
    SecondFactorOff,
    TooManyCodes,
    WrongCode,
    WrongPassword,
)
from auth.routes.deps import Address, AuthRoute, EnrollingPerson, EnrollingViewer, SecondFactors
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.second_factor import (
    RecoveryCodes,
    SecondFactor,
    SecondFactorCode,
    SecondFactorSecret,
    SecondFactorStart,
)
from shared.web.auth import Person

router = APIRouter(
    route_class=AuthRoute,
    prefix="/api/v1/accounts/me/second-factor",
    tags=["accounts"],
    responses={**Unauthenticated.response(), **Forbidden.response()},
)
_WITH_CODE = {**WrongCode.response(), **SecondFactorNotFound.response(), **TooManyCodes.response()}


@router.get("", summary="Get the state of your second factor")
async def get_second_factor(viewer: EnrollingViewer, second_factors: SecondFactors) -> SecondFactor:
    return await second_factors.describe(viewer)


@router.post(
    "",
    status_code=201,
    summary="Begin to set up a second factor: get a secret for an authenticator app",
    responses={
        **WrongPassword.response(),
        **SecondFactorOff.response(),
        **SecondFactorExists.response(),
        **NoPassword.response(),
    },
)
async def begin_second_factor(
    start: SecondFactorStart, viewer: EnrollingPerson, address: Address, second_factors: SecondFactors
) -> SecondFactorSecret:
    return await second_factors.begin(viewer, start.password, address)


@router.post(
    "/confirm",
    summary="Switch the second factor on with a first code, and get recovery codes",
    description="All your other sessions end.",
    responses={**_WITH_CODE, **SecondFactorExists.response()},
)
async def confirm_second_factor(
    entered: SecondFactorCode, viewer: EnrollingPerson, address: Address, second_factors: SecondFactors
) -> RecoveryCodes:
    return await second_factors.confirm(viewer, entered.code, address)


@router.post("/recovery-codes", summary="Get new recovery codes; the present ones end", responses=_WITH_CODE)
async def renew_recovery_codes(
    entered: SecondFactorCode, viewer: Person, address: Address, second_factors: SecondFactors
) -> RecoveryCodes:
    return await second_factors.renew_recovery_codes(viewer, entered.code, address)


@router.post("/remove", status_code=204, summary="Remove your second factor, with a code", responses=_WITH_CODE)
async def remove_second_factor(
    entered: SecondFactorCode, viewer: Person, address: Address, second_factors: SecondFactors
) -> None:
    await second_factors.remove(viewer, entered.code, address)
