from fastapi import APIRouter

from auth.errors import NoAccess, TooManyBuckets
from auth.routes.deps import CredentialWrites
from shared.errors import Unauthenticated, Unavailable
from shared.schemas.session import VendedCredentials
from shared.web.auth import Viewer

router = APIRouter(tags=["credentials"])


@router.get(
    "/api/auth/get_credentials",
    summary="Temporary S3 credentials that may do what your role may",
    responses={
        **Unauthenticated.response(),
        **NoAccess.response(),
        **TooManyBuckets.response(),
        **Unavailable.response(),
    },
)
async def get_credentials(viewer: Viewer, credentials: CredentialWrites) -> VendedCredentials:
    return await credentials.vend(viewer)
