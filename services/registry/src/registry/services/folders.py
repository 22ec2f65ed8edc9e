"""Entries of a package from objects and prefixes of a bucket."""

from collections.abc import Iterable
from typing import Any

from registry.db.buckets import BucketStore
from registry.errors import PushRefused
from registry.services.transfers.caller_s3 import CallerS3Opener
from shared.db.engine import Sessions, transaction
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.principal import Principal
from shared.schemas.push import MAX_ENTRIES

Folder = tuple[str, str, bool]
"""Logical key, path in the bucket, and whether the path is a prefix."""


class FolderService:
    def __init__(self, sessions: Sessions, open_caller_s3: CallerS3Opener) -> None:
        self._sessions = sessions
        self._open_caller_s3 = open_caller_s3

    async def entries(self, viewer: Principal, bucket: str, folders: Iterable[Folder]) -> list[dict[str, Any]]:
        """Entries with `logical_key` and `physical_key`. Raises BucketNotFound or PushRefused."""
        async with transaction(self._sessions) as session:
            await BucketStore(session).get(viewer, bucket)
        found: dict[str, str] = {}
        async with self._open_caller_s3(viewer) as caller_s3:
            for logical_key, path, is_prefix in folders:
                if not is_prefix:
                    found[logical_key] = path
                    continue
                prefix = f"{path.rstrip('/')}/" if path.strip("/") else ""
                below = f"{logical_key.rstrip('/')}/" if logical_key.strip("/") else ""
                async for listed in caller_s3.objects.list(bucket, prefix=prefix):
                    keys = (each.key for each in listed if not each.key.endswith("/"))
                    found |= {below + key.removeprefix(prefix): key for key in keys}
                    if len(found) > MAX_ENTRIES:
                        raise PushRefused(("entries", f"there are more than {MAX_ENTRIES} objects"))
        return [
            {"logical_key": logical_key, "physical_key": PhysicalKey(bucket, key, None).url}
            for logical_key, key in found.items()
        ]
