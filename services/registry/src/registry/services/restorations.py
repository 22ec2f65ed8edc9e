"""Restoring archived objects, with the rights of a caller who may write: it costs money."""

import structlog

from registry.db.buckets import BucketStore
from registry.services.transfers.caller_s3 import CallerS3Opener
from shared import permissions
from shared.audit import AuditQueue
from shared.db.engine import Sessions, transaction
from shared.schemas.principal import Principal
from shared.schemas.restoration import Restoration, RestoreRequest

log = structlog.get_logger()


class RestorationService:
    def __init__(self, sessions: Sessions, open_caller_s3: CallerS3Opener, trail: AuditQueue | None = None) -> None:
        self._sessions = sessions
        self._open_caller_s3 = open_caller_s3
        self._trail = trail

    async def restore(self, viewer: Principal, bucket: str, asked: RestoreRequest) -> Restoration:
        """Raises BucketNotFound, NotAWriter, and what `ArchivedObjects.restore` raises."""
        async with transaction(self._sessions) as session:
            await BucketStore(session).get(viewer, bucket)
        permissions.require_writer(viewer, bucket)
        async with self._open_caller_s3(viewer) as caller_s3:
            restored = await caller_s3.archived_objects.restore(
                bucket, asked.key, asked.version_id, days=asked.days, tier=asked.tier
            )
        if self._trail:
            self._trail.put("Objects.Restore", f"object:{bucket}/{asked.key}")
        log.info("object_restored", bucket=bucket, key=asked.key, days=asked.days, tier=asked.tier, by=viewer.name)
        return Restoration(
            bucket=bucket,
            key=asked.key,
            version_id=restored.version_id,
            storage_class=restored.storage_class,
            state="restored" if restored.is_readable else "restoring",
            expires_at=restored.expires_at,
        )
