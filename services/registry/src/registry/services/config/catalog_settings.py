"""Settings and logo of Quilt's web catalogs. Callers have no S3 permissions on them, so the registry reads and writes them."""

import hashlib
import json
import re

from registry.errors import NoCatalogSettings, NotAsSigned
from shared.audit import AuditQueue
from shared.aws.objects import ObjectStore
from shared.aws.signatures import NOT_HASHED, SignedRequest
from shared.errors import AdminOnly, Invalid
from shared.schemas.gateway import MAX_LOGO_BYTES, SignedCall
from shared.schemas.principal import Principal

KEY = "catalog/settings.json"
MAX_BYTES = 1 << 18
_FOLDER = "catalog/"
_BEGINNINGS = {
    "gif": re.compile(rb"GIF8[79]a"),
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
"""First bytes of a picture by its extension."""


class CatalogSettingsService:
    def __init__(self, objects: ObjectStore, bucket: str, trail: AuditQueue | None) -> None:
        self._objects = objects
        self._bucket = bucket
        self._trail = trail

    def require_signed(self, signed: SignedCall, name: str, content: bytes) -> None:
        """Raise NotAsSigned unless the signed request writes this content to the file in the catalog's folder.

        A signature may leave out the content: browsers sign without it over TLS.
        """
        request = SignedRequest(signed.method, signed.path, signed.query, signed.headers)
        virtual = request.header("host").startswith(f"{self._bucket}.")
        path = f"/{_FOLDER}{name}" if virtual else f"/{self._bucket}/{_FOLDER}{name}"
        if (signed.method, signed.path) != ("PUT", path):
            raise NotAsSigned("This is not the file whose change was signed")
        if request.payload not in {NOT_HASHED, hashlib.sha256(content).hexdigest()}:
            raise NotAsSigned("This is not the content that was signed")

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

    async def read_logo(self, name: str) -> bytes:
        found = await self._objects.get(self._bucket, _FOLDER + name, limit=MAX_LOGO_BYTES) if self._bucket else None
        if found is None:
            raise NoCatalogSettings("The catalog has no logo of this name")
        return found[1]

    async def write_logo(self, writer: Principal, name: str, content: bytes) -> None:
        """Raises AdminOnly or Invalid."""
        if not writer.is_admin:
            raise AdminOnly("Only administrators may change the catalog's logo")
        if not self._bucket or len(content) > MAX_LOGO_BYTES:
            raise Invalid(f"The catalog's logo has at most {MAX_LOGO_BYTES:,} bytes")
        if not _BEGINNINGS[name.rpartition(".")[2]].match(content):
            raise Invalid("The content of the logo is not a picture of the type that its name says")
        await self._objects.put(self._bucket, _FOLDER + name, content)
        if self._trail:
            self._trail.put("Catalog.SetSettings", f"s3://{self._bucket}/{_FOLDER}{name}")
