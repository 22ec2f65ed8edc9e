"""The wiring of Quilt 2's routes."""

from collections.abc import AsyncIterator
from typing import Annotated

import structlog
from fastapi import Depends, Path, Request

from registry.db.quilt2.instances import InstallStore
from registry.errors import Quilt2PackageNotFound
from registry.routes.deps import Res, Session
from registry.services.quilt2.callers import Caller, caller
from registry.services.quilt2.installs import InstallService
from registry.services.quilt2.packages import Quilt2PackageService
from registry.services.quilt2.pushes import Quilt2PushService
from registry.services.quilt2.sharing import SharingService
from registry.services.quilt2.statistics import StatisticsService
from shared.db.statements import SessionStatements
from shared.errors import AppError, NotFound, Unauthenticated
from shared.schemas.letter import PackageLetter
from shared.schemas.principal import Principal
from shared.web.auth import viewer

log = structlog.get_logger()


async def known(request: Request, res: Res) -> Principal:
    """Somebody who has signed in; there must be such packages here at all."""
    _require_enabled(res)
    try:
        return await viewer(request)
    except Unauthenticated as error:
        if request.headers.get("authorization"):
            raise Unauthenticated("Token invalid.") from error
        raise


async def reader(request: Request, res: Res) -> Caller:
    """Anybody, where the instance is open to those who have not signed in."""
    settings = res.settings.quilt2
    if settings.anonymous and settings.bucket and not request.headers.get("authorization"):
        return caller(None, None, settings)
    principal = await known(request, res)
    return caller(principal.name, principal.user_id, settings)


async def writer(principal: Annotated[Principal, Depends(known)], res: Res) -> Caller:
    return caller(principal.name, principal.user_id, res.settings.quilt2)


def _require_enabled(res: Res) -> None:
    if not res.settings.quilt2.bucket:
        raise NotFound("This registry has no packages of Quilt 2")


Known = Annotated[Principal, Depends(known)]
Reader = Annotated[Caller, Depends(reader)]
Writer = Annotated[Caller, Depends(writer)]

POLICIES = (reader, known)
"""Beside those of all services."""

Owner = Annotated[str, Path(examples=["amy"])]
Name = Annotated[str, Path(examples=["wine"])]
PackageHash = Annotated[str, Path(examples=["3e659fce4c878d0ad00f6df85ca1aef2aa1bcef25137f030312f01f39d256a82"])]


async def no_nul(request: Request) -> None:
    if any("\0" in str(each) for each in request.path_params.values()):
        raise Quilt2PackageNotFound("No name holds a NUL character")


async def install_service(res: Res) -> InstallService:
    store = InstallStore(res.statements or SessionStatements(res.sessions))
    return InstallService(store, res.object_urls, res.settings.quilt2, res.events)


Installs = Annotated[InstallService, Depends(install_service)]


async def package_service(session: Session, res: Res, installs: Installs) -> Quilt2PackageService:
    return Quilt2PackageService(session, res.objects, res.settings.quilt2, installs, res.events, turns=res.turns)


async def push_service(res: Res) -> Quilt2PushService:
    return Quilt2PushService(res.sessions, res.objects, res.object_urls, res.settings.quilt2, res.turns)


async def letters(res: Res) -> AsyncIterator[list[PackageLetter]]:
    """Posted once what they tell of is committed."""
    written: list[PackageLetter] = []
    yield written
    for each in written:
        try:
            await res.directory.post(each)
        except AppError as error:
            log.warning("letter_not_posted", kind=each.kind, reason=str(error))


Letters = Annotated[list[PackageLetter], Depends(letters, scope="function")]


async def sharing_service(letters: Letters, session: Session, res: Res) -> SharingService:
    return SharingService(session, res.settings.quilt2, res.directory, res.turns, letters)


async def statistics_service(res: Res) -> StatisticsService:
    return StatisticsService(res.sessions, res.events)


Packages = Annotated[Quilt2PackageService, Depends(package_service)]
Pushes = Annotated[Quilt2PushService, Depends(push_service)]
Sharing = Annotated[SharingService, Depends(sharing_service)]
Statistics = Annotated[StatisticsService, Depends(statistics_service)]
