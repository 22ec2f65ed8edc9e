from fastapi import APIRouter, Response

from auth.db.stores import Stores
from auth.errors import NoAccess, TooManyBuckets
from auth.routes.deps import FreshResolution, Res
from auth.services.vending.credentials import CredentialService
from shared.db.engine import transaction
from shared.errors import Unauthenticated, Unavailable
from shared.schemas.session import VendedCredentials

router = APIRouter(tags=["credentials"])


@router.get(
    "/api/auth/get_credentials",
    summary="Get temporary S3 credentials with the permissions of your role",
    response_model=VendedCredentials,
    responses={
        **Unauthenticated.response(),
        **NoAccess.response(),
        **TooManyBuckets.response(),
        **Unavailable.response(),
    },
)
async def get_credentials(caller: FreshResolution, res: Res) -> Response:
    answer = res.credential_cache.find(caller)
    if answer is None:
        async with transaction(res.sessions) as session:
            vended = await CredentialService(Stores(session), res).vend(caller.principal)
        answer = vended.model_dump_json().encode()
        res.credential_cache.keep(caller, answer, vended.Expiration)
    return Response(answer, media_type="application/json")
