"""Readers, invitations, comments, statistics and audit of packages of Quilt 2."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse

from registry.quilt2.routes.bodies import CommentGiven, client_log
from registry.quilt2.routes.deps import Known, Name, Owner, Reader, Sharing, Statistics, Writer, no_nul
from registry.routes.deps import Res
from shared.errors import AdminOnly, Invalid, NotFound
from shared.schemas.principal import Principal

router = APIRouter(tags=["quilt"], include_in_schema=False, dependencies=[Depends(no_nul)])

Json = dict[str, Any]


async def administrator(principal: Known) -> Principal:
    if not principal.is_admin:
        raise AdminOnly("Must be authenticated as an admin to use this endpoint.")
    return principal


Administrator = Annotated[Principal, Depends(administrator)]


async def user_endpoints(res: Res) -> None:
    """Raises Invalid, before the caller is checked, where these endpoints are off."""
    if not res.settings.quilt2.user_endpoints:
        raise Invalid("This endpoint is not enabled.")


@router.get("/healthcheck")
async def check_health() -> PlainTextResponse:
    return PlainTextResponse("ok")


@router.get("/robots.txt")
async def tell_robots() -> PlainTextResponse:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


@router.get("/api/access/{owner}/{name}/")
@router.get("/api/access/{owner}/{name}")
async def list_quilt2_access(owner: Owner, name: Name, caller: Writer, sharing: Sharing) -> Json:
    return await sharing.users(caller, owner, name)


@router.get("/api/access/{owner}/{name}/{user}")
async def get_quilt2_access(owner: Owner, name: Name, user: str, caller: Writer, sharing: Sharing) -> Json:
    await sharing.require_access(caller, owner, name, user)
    return {}


@router.put("/api/access/{owner}/{name}/{user}")
async def grant_quilt2_access(owner: Owner, name: Name, user: str, caller: Writer, sharing: Sharing) -> Json:
    await sharing.grant(caller, owner, name, user)
    return {}


@router.delete("/api/access/{owner}/{name}/{user}")
async def revoke_quilt2_access(owner: Owner, name: Name, user: str, caller: Writer, sharing: Sharing) -> Json:
    await sharing.revoke(caller, owner, name, user)
    return {}


@router.get("/api/invite/")
@router.get("/api/invite")
async def list_own_quilt2_invitations(caller: Reader, sharing: Sharing) -> Json:
    return await sharing.own_invitations(caller)


@router.get("/api/invite/{owner}/{name}/")
@router.get("/api/invite/{owner}/{name}")
async def list_quilt2_invitations(owner: Owner, name: Name, caller: Writer, sharing: Sharing) -> Json:
    return await sharing.invitations(caller, owner, name)


@router.get("/api/profile")
async def get_quilt2_profile(principal: Known, caller: Writer, sharing: Sharing) -> Json:
    return await sharing.profile(caller, is_admin=principal.is_admin)


@router.post("/api/payments/update_plan")
@router.post("/api/payments/update_payment")
async def change_quilt2_payments(_: Known) -> Json:
    raise NotFound("Payments not enabled")


@router.get("/api/comments/{owner}/{name}/")
@router.get("/api/comments/{owner}/{name}")
async def list_quilt2_comments(owner: Owner, name: Name, caller: Reader, sharing: Sharing) -> Json:
    return await sharing.comments(caller, owner, name)


@router.post("/api/comments/{owner}/{name}/")
@router.post("/api/comments/{owner}/{name}")
async def add_quilt2_comment(
    owner: Owner, name: Name, contents: CommentGiven, caller: Writer, sharing: Sharing
) -> Json:
    return await sharing.comment(caller, owner, name, contents)


@router.post("/api/log", dependencies=[Depends(client_log)])
async def note_client_log(_: Reader) -> Json:
    """Accept the client's log and drop it."""
    return {}


@router.get("/api/package_timeseries/{owner}/{name}/{kind}")
async def get_quilt2_series(owner: Owner, name: Name, kind: str, caller: Reader, statistics: Statistics) -> Json:
    return await statistics.series(caller, owner, name, kind)


@router.get("/api/audit/{user}/")
@router.get("/api/audit/{user}")
async def list_quilt2_events_of_user(user: str, _: Administrator, statistics: Statistics) -> Json:
    return await statistics.of_user(user)


@router.get("/api/audit/{owner}/{name}/")
@router.get("/api/audit/{owner}/{name}")
async def list_quilt2_events_of_package(owner: Owner, name: Name, _: Administrator, statistics: Statistics) -> Json:
    return await statistics.of_package(owner, name)


@router.get("/api/users/list_detailed", dependencies=[Depends(user_endpoints)])
async def list_quilt2_users(_: Administrator, res: Res, statistics: Statistics) -> Json:
    return await statistics.users(await res.administration.users())


@router.get("/api/admin/package_list/{owner}/")
@router.get("/api/admin/package_list/{owner}")
async def list_quilt2_packages_of(owner: Owner, _: Administrator, statistics: Statistics) -> Json:
    return await statistics.packages_of(owner)


@router.get("/api/admin/package_summary")
async def summarise_quilt2_packages(_: Administrator, statistics: Statistics) -> Json:
    return await statistics.summary()
