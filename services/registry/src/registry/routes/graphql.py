from functools import partial
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from registry.errors import CallerUnknown, QueryRefused, QueryTooSlow
from registry.graphql.context import Context, ResolverServices
from registry.graphql.execution import run
from registry.resources import RegistryResources
from registry.routes.deps import (
    Res,
    browsing_service,
    bucket_service,
    job_service,
    push_service,
    resources,
    revision_service,
)
from registry.services.folders import FolderService
from registry.services.restorations import RestorationService
from shared.errors import RateExceeded, Unauthenticated
from shared.principals import PrincipalCache
from shared.schemas.graphql import GraphqlAnswer, GraphqlRequest
from shared.schemas.principal import Principal
from shared.web.auth import Documented, viewer
from shared.web.rates import charge, charge_once
from shared.web.routing import CallerFirst, Policy


async def caller(request: Request, _: Documented = None) -> Principal | None:
    """The caller, or None for one without a token in the mode OPEN. Raises CallerUnknown."""
    res = await resources(request)
    anonymous = not request.headers.get("authorization", "").strip()
    if anonymous and res.settings.catalog.mode == "OPEN":
        return None
    try:
        return await viewer(request)
    except Unauthenticated as error:
        # The catalog of 2022 recognises a lost session by these words.
        raise CallerUnknown(str(error) if anonymous else "Token invalid.") from error


async def charged(request: Request, _: Annotated[object, Depends(caller)] = None) -> None:
    await charge_once(request)


class GraphqlRoute(CallerFirst):
    policies: ClassVar[tuple[Policy, ...]] = (caller, charged)


router = APIRouter(tags=["quilt"], route_class=GraphqlRoute)


async def resolver_services(request: Request, res: Res) -> ResolverServices:
    """The same for all requests: they are made with the first one, and again for other resources."""
    made: tuple[RegistryResources, ResolverServices] | None = getattr(request.app.state, "resolver_services", None)
    if made is None or made[0] is not res:
        made = request.app.state.resolver_services = (res, await _make_services(request, res))
    return made[1]


async def _make_services(request: Request, res: RegistryResources) -> ResolverServices:
    principals: PrincipalCache = request.app.state.principals
    jobs = await job_service(res)
    return ResolverServices(
        sessions=res.sessions,
        reads=res.reads,
        directory=res.directory,
        administration=res.administration,
        apply_revocations=principals.poll,
        packages=res.packages,
        buckets=await bucket_service(res),
        revisions=await revision_service(res),
        pushes=await push_service(res, jobs, res.packages),
        folders=FolderService(res.sessions, res.open_caller_s3),
        restorations=RestorationService(res.sessions, res.open_caller_s3, res.trail),
        browsing=await browsing_service(res),
        jobs=jobs,
        nodes=res.caches.nodes,
        search_backend=res.search_backend,
        has_access_logs=bool(res.settings.access_logs.folders),
        trail=res.trail,
    )


@router.post(
    "/graphql",
    summary="Run a GraphQL query or mutation, as Quilt's web catalogs and clients do",
    responses={
        200: {"model": GraphqlAnswer},
        **QueryRefused.response(),
        **CallerUnknown.response(),
        **RateExceeded.response(),
        **QueryTooSlow.response(),
    },
    response_class=JSONResponse,
    dependencies=[Depends(charged)],
)
async def run_graphql(
    request: Request,
    asked: GraphqlRequest,
    viewer: Annotated[Principal | None, Depends(caller)],
    services: Annotated[ResolverServices, Depends(resolver_services)],
) -> Response:
    return JSONResponse(await run(asked, Context(services, viewer), partial(charge, request)))
