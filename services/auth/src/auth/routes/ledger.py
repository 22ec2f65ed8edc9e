"""Signers of S3 requests, for the services that check signatures; internal."""

from fastapi import APIRouter

from auth.routes.deps import Signers
from shared.schemas.signer import Signer
from shared.web.auth import Internal

router = APIRouter(prefix="/internal", tags=["internal"], dependencies=[Internal], include_in_schema=False)


@router.get("/signers/{access_key_id}")
async def get_signer(access_key_id: str, signers: Signers) -> Signer:
    return await signers.find(access_key_id)
