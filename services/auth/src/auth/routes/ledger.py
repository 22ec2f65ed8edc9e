"""Users behind S3 requests: signers, for the services that check signatures, and authors of pushes, for the index; internal."""

from fastapi import APIRouter

from auth.routes.deps import AllStores, Signers
from auth.services.vending.push_authors import name_authors
from shared.schemas.push_author import PushAuthors, WrittenPointers
from shared.schemas.signer import Signer
from shared.web.auth import Internal

router = APIRouter(prefix="/internal", tags=["internal"], dependencies=[Internal], include_in_schema=False)


@router.get("/signers/{access_key_id}")
async def get_signer(access_key_id: str, signers: Signers) -> Signer:
    return await signers.find(access_key_id)


@router.post("/pushes")
async def name_push_authors(question: WrittenPointers, stores: AllStores) -> PushAuthors:
    return PushAuthors(names=await name_authors(stores, question.written))
