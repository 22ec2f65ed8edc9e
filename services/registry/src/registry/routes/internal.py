from fastapi import APIRouter

from registry.routes.deps import Buckets, Res
from shared.schemas.bucket import RegisteredBucket, RegisteredBuckets
from shared.web.auth import Internal

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Internal])


@router.get("/buckets", summary="Every registered bucket")
async def list_registered_buckets(buckets: Buckets, res: Res) -> RegisteredBuckets:
    region = res.settings.aws.region
    return RegisteredBuckets(buckets=[RegisteredBucket(name=name, region=region) for name in await buckets.names()])
