from functools import partial
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from registry.errors import CallerUnknown, QueryRefused, QueryTooSlow
from registry.graphql.context import Context, ResolverServices
from registry.graphql.execution import run
from registry.routes.deps import BucketWrites, JobWrites, Pushes, Res, Revisions, resources
from registry.services.folders import FolderService
from registry.services.packages.browsing import BrowsingService
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


async def resolver_services(
    *, request: Request, res: Res, buckets: BucketWrites, revisions: Revisions, pushes: Pushes, jobs: JobWrites
) -> ResolverServices:
    principals: PrincipalCache = request.app.state.principals
    return ResolverServices(
        sessions=res.sessions,
        directory=res.directory,
        administration=res.administration,
        apply_revocations=principals.poll,
        packages=res.packages,
        buckets=buckets,
        revisions=revisions,
        pushes=pushes,
        folders=FolderService(res.sessions, res.open_caller_s3),
        restorations=RestorationService(res.sessions, res.open_caller_s3, res.trail),
        browsing=BrowsingService(res.sessions, res.packages, res.directory, res.settings.public.s3proxy_url, res.trail),
        jobs=jobs,
        nodes=res.caches.nodes,
        search_backend=res.search_backend,
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
