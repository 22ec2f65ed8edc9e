"""Dependencies of Quilt 2's routes."""

from collections.abc import AsyncIterator
from typing import Annotated

import structlog
from fastapi import Depends, Path, Request

from registry.quilt2.db.instances import InstallStore
from registry.quilt2.errors import Quilt2PackageNotFound
from registry.quilt2.resources import Quilt2Resources
from registry.quilt2.services.callers import Quilt2Caller, caller
from registry.quilt2.services.installs import InstallService
from registry.quilt2.services.package_changes import PackageChangeService
from registry.quilt2.services.packages import Quilt2PackageService
from registry.quilt2.services.pushes import Quilt2PushService
from registry.quilt2.services.sharing import SharingService
from registry.quilt2.services.statistics import StatisticsService
from registry.routes.deps import Res, Session
from shared.errors import AppError, NotFound, Unauthenticated
from shared.schemas.letter import PackageLetter
from shared.schemas.principal import Principal
from shared.web.auth import viewer
from shared.web.rates import charge

log = structlog.get_logger()


async def known(request: Request, res: Res) -> Principal:
    """A caller who has signed in. Raises NotFound where Quilt 2 is off."""
    _require_enabled(res)
    try:
        return await viewer(request)
    except Unauthenticated as error:
        if request.headers.get("authorization"):
            raise Unauthenticated("Token invalid.") from error
        raise


async def reader(request: Request, res: Res) -> Quilt2Caller:
    """A caller who may read: everybody where anonymous access is on, else those who have signed in."""
    settings = res.settings.quilt2
    if settings.anonymous and settings.bucket and not request.headers.get("authorization"):
        return caller(None, None, settings)
    principal = await known(request, res)
    return caller(principal.name, principal.user_id, settings)


async def writer(principal: Annotated[Principal, Depends(known)], res: Res) -> Quilt2Caller:
    return caller(principal.name, principal.user_id, res.settings.quilt2)


async def charged(request: Request, _: Annotated[object, Depends(reader)]) -> None:
    charge(request)


Charged = Depends(charged)


def _require_enabled(res: Res) -> None:
    if not res.settings.quilt2.bucket:
        raise NotFound("This registry has no packages of Quilt 2")


Known = Annotated[Principal, Depends(known)]
Reader = Annotated[Quilt2Caller, Depends(reader)]
Writer = Annotated[Quilt2Caller, Depends(writer)]

POLICIES = (reader, known)
"""Policies of these routes, in addition to those of all services."""

Owner = Annotated[str, Path(examples=["amy"])]
Name = Annotated[str, Path(examples=["wine"])]
PackageHash = Annotated[str, Path(examples=["3e659fce4c878d0ad00f6df85ca1aef2aa1bcef25137f030312f01f39d256a82"])]


async def no_nul(request: Request) -> None:
    if any("\0" in str(each) for each in request.path_params.values()):
        raise Quilt2PackageNotFound("Names have no NUL characters")


async def quilt2_resources(request: Request) -> Quilt2Resources:
    held: Quilt2Resources = request.app.state.quilt2
    return held


Quilt2Res = Annotated[Quilt2Resources, Depends(quilt2_resources)]


async def install_service(res: Res, quilt2: Quilt2Res) -> InstallService:
    store = InstallStore(res.reads)
    return InstallService(store, res.object_urls, res.settings.quilt2, quilt2.events)


Installs = Annotated[InstallService, Depends(install_service)]


async def package_service(session: Session, res: Res, quilt2: Quilt2Res, installs: Installs) -> Quilt2PackageService:
    return Quilt2PackageService(session, res.settings.quilt2, installs, quilt2.events)


async def change_service(res: Res, quilt2: Quilt2Res) -> PackageChangeService:
    return PackageChangeService(res.sessions, res.objects, res.settings.quilt2, quilt2.locks)


async def push_service(res: Res, quilt2: Quilt2Res) -> Quilt2PushService:
    urls, settings = res.object_urls, res.settings.quilt2
    return Quilt2PushService(res.sessions, res.reads, res.objects, urls=urls, settings=settings, locks=quilt2.locks)


async def posted_letters(res: Res) -> AsyncIterator[list[PackageLetter]]:
    """Letters, posted once the change that they report is committed."""
    letters: list[PackageLetter] = []
    yield letters
    for each in letters:
        try:
            await res.directory.post(each)
        except AppError as error:
            log.warning("letter_not_posted", kind=each.kind, reason=str(error))


Letters = Annotated[list[PackageLetter], Depends(posted_letters, scope="function")]


async def sharing_service(letters: Letters, session: Session, res: Res, quilt2: Quilt2Res) -> SharingService:
    return SharingService(session, res.settings.quilt2, res.directory, quilt2.locks, letters)


async def statistics_service(res: Res, quilt2: Quilt2Res) -> StatisticsService:
    return StatisticsService(res.sessions, quilt2.events)


Packages = Annotated[Quilt2PackageService, Depends(package_service)]
Changes = Annotated[PackageChangeService, Depends(change_service)]
Pushes = Annotated[Quilt2PushService, Depends(push_service)]
Sharing = Annotated[SharingService, Depends(sharing_service)]
Statistics = Annotated[StatisticsService, Depends(statistics_service)]
