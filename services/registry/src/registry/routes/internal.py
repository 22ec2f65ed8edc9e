from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from registry.routes.compat import elasticsearch_request
from registry.routes.deps import Buckets, CatalogSettings, Res, Session, elasticsearch_for
from registry.services.packages.files import locate
from registry.services.search.elasticsearch import ElasticsearchRequest
from shared.principals import PrincipalSource
from shared.schemas.bucket import RegisteredBucket, RegisteredBuckets
from shared.schemas.gateway import LogoChange, LogoName, SettingsChange
from shared.schemas.principal import Principal
from shared.schemas.ticket import EntryLocation, EntryQuestion
from shared.web.auth import Internal
from shared.web.routing import CallerFirst

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Internal], route_class=CallerFirst)


@router.get("/buckets", summary="List all registered buckets")
async def list_registered_buckets(buckets: Buckets, res: Res) -> RegisteredBuckets:
    region = res.settings.aws.region
    return RegisteredBuckets(
        buckets=[RegisteredBucket(region=region, **found._asdict()) for found in await buckets.contents()]
    )


@router.post("/search", summary="`/api/search` for a caller that another service has authenticated")
async def search_for(
    caller: Principal,
    asked: Annotated[ElasticsearchRequest, Depends(elasticsearch_request)],
    session: Session,
    res: Res,
) -> dict[str, Any]:
    return await elasticsearch_for(caller, session, res).answer(caller, asked)


@router.get("/catalog/settings")
async def get_catalog_settings(settings: CatalogSettings) -> Response:
    return Response(await settings.read(), media_type="application/json")


@router.put("/catalog/settings", status_code=204)
async def put_catalog_settings(change: SettingsChange, settings: CatalogSettings) -> None:
    await settings.write(change.writer, change.text)


@router.get("/catalog/logos/{name}")
async def get_catalog_logo(name: LogoName, settings: CatalogSettings) -> Response:
    return Response(await settings.read_logo(name), media_type="application/octet-stream")


@router.put("/catalog/logos/{name}", status_code=204)
async def put_catalog_logo(name: LogoName, change: LogoChange, settings: CatalogSettings) -> None:
    await settings.write_logo(change.writer, name, change.content)


@router.post(
    "/entries", summary="The object of a package's file, for a caller whose token or ticket another service presents"
)
async def locate_entry(question: EntryQuestion, request: Request, session: Session, res: Res) -> EntryLocation:
    if question.token is not None:
        principals: PrincipalSource = request.app.state.principals
        caller = await principals.principal(question.token)
    else:
        caller = (await res.directory.resolve_ticket(question.ticket or "")).principal
    packages = res.packages.within(session, caller)
    return await locate(packages, question.bucket, question.package, question.revision, question.path)
