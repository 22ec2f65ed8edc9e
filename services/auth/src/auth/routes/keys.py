from fastapi import APIRouter

from auth.routes.deps import AllStores
from shared.schemas.session import KeySet

router = APIRouter(tags=["keys"])


@router.get("/.well-known/jwks.json", summary="List the keys that verify access tokens")
async def list_keys(stores: AllStores) -> KeySet:
    return KeySet(keys=await stores.keys.all_public())
