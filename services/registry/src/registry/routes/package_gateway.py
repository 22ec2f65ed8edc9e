"""Routes for the package gateway of the S3 proxy, which shows what its callers signed. Answers are MessagePack."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from registry.db.package_keys import PushedRevisionStore
from registry.resources import RegistryResources
from registry.routes.deps import Res
from registry.services.packages.gateway.service import PackageGatewayService
from registry.services.packages.gateway.signed_keys import require_buckets, require_key, require_listing
from shared.clients.package_gateway import encode
from shared.errors import Unauthenticated
from shared.index.trees.reader import TreeReader
from shared.schemas.gateway import SignedCall
from shared.schemas.package_gateway import BucketsQuestion, KeysQuestion, PageQuestion
from shared.schemas.principal import Principal
from shared.schemas.ticket import Presented
from shared.signed_calls import verified_package_reader
from shared.web.auth import Internal
from shared.web.routing import CallerFirst

router = APIRouter(
    prefix="/internal/package-gateway", include_in_schema=False, dependencies=[Internal], route_class=CallerFirst
)


async def gateway_service(res: Res) -> PackageGatewayService:
    pushed = PushedRevisionStore(res.reads)
    trees = TreeReader(res.packages.fetch_nodes, res.caches.nodes)
    return PackageGatewayService(res.sessions, res.packages, pushed, trees)


Gateway = Annotated[PackageGatewayService, Depends(gateway_service)]


@router.post("/buckets", summary="The buckets in which the signer may see packages")
async def list_gateway_buckets(question: BucketsQuestion, gateway: Gateway, res: Res) -> Response:
    signed, caller = await _signer_of(question, res)
    require_buckets(signed)
    return _packed(await gateway.list_buckets(caller))


@router.post("/keys", summary="Keys of a bucket, as S3 lists them")
async def list_gateway_keys(question: KeysQuestion, gateway: Gateway, res: Res) -> Response:
    signed, caller = await _signer_of(question, res)
    require_listing(signed, question)
    return _packed(await gateway.list_keys(caller, question))


@router.post("/pages", summary="The files around a key, with their objects")
async def find_gateway_page(question: PageQuestion, gateway: Gateway, res: Res) -> Response:
    signed, caller = await _signer_of(question, res)
    require_key(signed, question)
    found = await gateway.find_page(caller, question)
    res.uses.count("gateway_read", question.bucket, question.package)
    return _packed(found)


async def _signer_of(presented: Presented, res: RegistryResources) -> tuple[SignedCall, Principal]:
    if presented.signed is None:
        raise Unauthenticated("The package gateway shows what its callers have signed")
    find_signer = res.signers.package_signer if res.signers else res.directory.signer
    signer = await verified_package_reader(presented.signed, find_signer)
    return presented.signed, signer.principal


def _packed(answer: object) -> Response:
    return Response(encode(answer), media_type="application/msgpack")
