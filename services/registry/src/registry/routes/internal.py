from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from registry.errors import NotAsSigned
from registry.resources import RegistryResources
from registry.routes.compat import elasticsearch_request
from registry.routes.deps import Archives, Browsing, Buckets, CatalogSettings, Res, Session, elasticsearch_for
from registry.services.packages.files import locate
from registry.services.search.elasticsearch import ElasticsearchRequest
from shared.errors import Unauthenticated
from shared.principals import PrincipalSource
from shared.schemas.archive import ArchiveEntriesQuestion, ArchivePlan, ArchiveQuestion
from shared.schemas.browsing_session import BrowsedRevision, BrowsingQuestion
from shared.schemas.bucket import RegisteredBucket, RegisteredBuckets
from shared.schemas.gateway import LogoChange, LogoName, SettingsChange, SignedCall
from shared.schemas.principal import Principal
from shared.schemas.ticket import EntryLocation, EntryQuestion, Presented
from shared.signed_calls import verified_caller
from shared.web.auth import Internal
from shared.web.routing import CallerFirst

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Internal], route_class=CallerFirst)

_encode_entries = msgspec.msgpack.Encoder().encode


@router.get("/buckets", summary="List all registered buckets")
async def list_registered_buckets(buckets: Buckets, res: Res) -> RegisteredBuckets:
    region = res.settings.aws.region
    return RegisteredBuckets(
        buckets=[RegisteredBucket(region=region, **found._asdict()) for found in await buckets.contents()]
    )


@router.post("/search", summary="`/api/search` for whoever signed the request that the S3 proxy passes on")
async def search_for(
    signed: SignedCall,
    asked: Annotated[ElasticsearchRequest, Depends(elasticsearch_request)],
    request: Request,
    session: Session,
    res: Res,
) -> dict[str, Any]:
    caller = await verified_caller(signed, "execute-api", res.directory)
    is_search = (signed.method, signed.path) == ("GET", "/lambda/search")
    if not is_search or signed.search_parameters() != dict(request.query_params):
        raise NotAsSigned("This is not the search that was signed")
    return await elasticsearch_for(caller, session, res).answer(caller, asked)


@router.get("/catalog/settings")
async def get_catalog_settings(settings: CatalogSettings) -> Response:
    return Response(await settings.read(), media_type="application/json")


@router.put("/catalog/settings", status_code=204)
async def put_catalog_settings(change: SettingsChange, settings: CatalogSettings, res: Res) -> None:
    writer = await verified_caller(change.signed, "s3", res.directory)
    settings.require_signed(change.signed, "settings.json", change.text.encode())
    await settings.write(writer, change.text)


@router.get("/catalog/logos/{name}")
async def get_catalog_logo(name: LogoName, settings: CatalogSettings) -> Response:
    return Response(await settings.read_logo(name), media_type="application/octet-stream")


@router.put("/catalog/logos/{name}", status_code=204)
async def put_catalog_logo(name: LogoName, change: LogoChange, settings: CatalogSettings, res: Res) -> None:
    writer = await verified_caller(change.signed, "s3", res.directory)
    settings.require_signed(change.signed, name, change.content)
    await settings.write_logo(writer, name, change.content)


@router.post(
    "/entries", summary="The object of a package's file, for a caller whose token or ticket another service presents"
)
async def locate_entry(question: EntryQuestion, request: Request, res: Res) -> EntryLocation:
    caller = await presented_caller(question, request, res)
    found = await locate(
        res.packages.seen_by(caller), question.bucket, question.package, question.revision, question.path
    )
    res.uses.count("preview", question.bucket, question.package)
    return found


@router.post("/archives", summary="The size and the problems of an archive, before its first byte")
async def plan_archive(question: ArchiveQuestion, request: Request, archives: Archives, res: Res) -> ArchivePlan:
    plan = await archives.plan(await presented_caller(question, request, res), question)
    res.uses.count("archive", question.bucket, question.package)
    return plan


@router.post("/archives/entries", summary="The files of an archive from a place on, as MessagePack")
async def list_archive_entries(
    question: ArchiveEntriesQuestion, request: Request, archives: Archives, res: Res
) -> Response:
    found = await archives.entries(await presented_caller(question, request, res), question)
    return Response(_encode_entries(found), media_type="application/msgpack")


@router.post("/browsing-sessions", summary="The revision of a browsing session, and the ticket of its maker")
async def find_browsing_session(question: BrowsingQuestion, browsing: Browsing) -> BrowsedRevision:
    return await browsing.find(question.id)


async def presented_caller(presented: Presented, request: Request, res: RegistryResources) -> Principal:
    """The caller whose token or ticket another service presents. Raises Unauthenticated."""
    if presented.token is None:
        return (await res.directory.resolve_ticket(presented.ticket or "", begun=presented.begun)).principal
    principals: PrincipalSource = request.app.state.principals
    try:
        return await principals.principal(presented.token)
    except Unauthenticated:
        if not presented.begun:
            raise
    return (await res.directory.resolve(presented.token, begun=True)).principal
