"""Events of packages in the audit trail, for the registry, which knows who may see them; internal."""

from fastapi import APIRouter

from auth.routes.deps import AllStores
from shared.schemas.activity import PackageEventQuestion, PackageEvents
from shared.web.auth import Internal

router = APIRouter(prefix="/internal", tags=["internal"], dependencies=[Internal], include_in_schema=False)


@router.post("/package-events")
async def list_package_events(question: PackageEventQuestion, stores: AllStores) -> PackageEvents:
    return await stores.audit.package_events(question)
