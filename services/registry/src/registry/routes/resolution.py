from typing import Annotated

from fastapi import APIRouter, Query

from registry.errors import EntryNotFound, RevisionUnreadable
from registry.routes.deps import Resolutions
from shared.errors import Unauthenticated
from shared.quilt.uris import UriRefused
from shared.schemas.resolution import ResolvedUri

router = APIRouter(prefix="/api/v1", tags=["packages"])


@router.get(
    "/resolve",
    summary="Resolve a Quilt+ URI",
    responses={
        **Unauthenticated.response(),
        **UriRefused.response(),
        **EntryNotFound.response(),
        **RevisionUnreadable.response(),
    },
)
async def resolve_uri(
    uri: Annotated[
        str,
        Query(
            max_length=4096,
            description="Percent-encoded, since it contains `+`, `#` and `&`.",
            examples=["quilt+s3://quilt-example#package=amy/wine:latest&path=README.md"],
        ),
    ],
    resolutions: Resolutions,
) -> ResolvedUri:
    return await resolutions.resolve(uri)
