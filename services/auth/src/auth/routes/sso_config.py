"""Administration of the SSO configuration."""

from fastapi import APIRouter

from auth.errors import SsoConfigNotFound, SsoConfigRefused
from auth.routes.deps import AuthRoute, SsoConfigWrites
from shared.schemas.sso import SsoCheck, SsoConfig, SsoConfigSet, SsoVerdict

router = APIRouter(route_class=AuthRoute, prefix="/admin/sso-config", tags=["single sign-on"])
checks = APIRouter(route_class=AuthRoute, prefix="/admin/sso", tags=["single sign-on"])


@router.get("", summary="Get the SSO configuration", responses=SsoConfigNotFound.response())
async def get_sso_config(configs: SsoConfigWrites) -> SsoConfig:
    return await configs.get()


@router.put("", summary="Set the SSO configuration", responses=SsoConfigRefused.response())
async def set_sso_config(wanted: SsoConfigSet, configs: SsoConfigWrites) -> SsoConfig:
    return await configs.set(wanted.text)


@router.delete("", summary="Remove the SSO configuration")
async def delete_sso_config(configs: SsoConfigWrites) -> dict[str, str]:
    await configs.remove()
    return {}


@checks.post(
    "/check",
    summary="Test which roles a set of claims would get, and why",
    responses={**SsoConfigNotFound.response(), **SsoConfigRefused.response()},
)
async def check_sso_claims(wanted: SsoCheck, configs: SsoConfigWrites) -> SsoVerdict:
    return await configs.check(wanted)
