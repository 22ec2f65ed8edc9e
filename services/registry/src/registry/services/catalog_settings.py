"""The settings document of Quilt's web catalogs. Callers have no S3 permissions on it, so the registry reads and writes it."""

import json

from registry.errors import NoCatalogSettings
from shared.audit import AuditQueue
from shared.aws.objects import ObjectStore
from shared.errors import AdminOnly, Invalid
from shared.schemas.principal import Principal

KEY = "catalog/settings.json"
MAX_BYTES = 1 << 18


class CatalogSettingsService:
    def __init__(self, objects: ObjectStore, bucket: str, trail: AuditQueue | None) -> None:
        self._objects = objects
        self._bucket = bucket
        self._trail = trail

    async def read(self) -> bytes:
        found = await self._objects.get(self._bucket, KEY, limit=MAX_BYTES) if self._bucket else None
        if found is None:
            raise NoCatalogSettings
        return found[1]

    async def write(self, writer: Principal, text: str) -> None:
        """Raises AdminOnly or Invalid."""
        if not writer.is_admin:
            raise AdminOnly("Only administrators may change the catalog's settings")
        body = text.encode()
        if not self._bucket or len(body) > MAX_BYTES:
            raise Invalid(f"The catalog's settings have at most {MAX_BYTES:,} bytes")
        try:
            settings = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Invalid(f"The catalog's settings are not JSON: {str(error)[:100]}") from error
        if not isinstance(settings, dict):
            raise Invalid("The catalog's settings are not a JSON object")
        await self._objects.put(self._bucket, KEY, body)
        if self._trail:
            self._trail.put("Catalog.SetSettings", f"s3://{self._bucket}/{KEY}")
