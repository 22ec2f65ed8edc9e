"""The look of the installation, for administrators. Everybody gets it with `config.json`."""

from typing import Annotated

from fastapi import APIRouter, Depends

from registry.errors import ThemeFixed, ThemeRefused
from registry.routes.deps import Res, Session
from registry.services.config.instance_theme import InstanceThemeService
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.instance_theme import InstanceTheme, InstanceThemeUpdate
from shared.web.auth import Admin
from shared.web.routing import CallerFirst

router = APIRouter(
    prefix="/api/v1/theme",
    tags=["configuration"],
    responses={**Unauthenticated.response(), **Forbidden.response()},
    route_class=CallerFirst,
)

_CHANGING = {**ThemeRefused.response(), **ThemeFixed.response()}


async def theme_service(session: Session, res: Res) -> InstanceThemeService:
    return InstanceThemeService(session, res.settings.theme, res.caches.theme, res.trail)


Themes = Annotated[InstanceThemeService, Depends(theme_service)]


@router.get("", summary="Get the name, logo and colours of the installation, and where they are set")
async def get_theme(_: Admin, themes: Themes) -> InstanceTheme:
    return await themes.get()


@router.patch("", summary="Change the name, logo and colours of the installation", responses=_CHANGING)
async def update_theme(wanted: InstanceThemeUpdate, administrator: Admin, themes: Themes) -> InstanceTheme:
    return await themes.change(administrator, wanted)


@router.post(
    "/preview", summary="Check a change of the name, logo and colours, and get what it would make", responses=_CHANGING
)
async def preview_theme(wanted: InstanceThemeUpdate, _: Admin, themes: Themes) -> InstanceTheme:
    return await themes.preview(wanted)
