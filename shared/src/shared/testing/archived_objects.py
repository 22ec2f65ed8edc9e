"""Archived objects in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.aws.archived_objects import NotArchived, RestorationNotOffered, RestorationRunning, RestoredObject
from shared.aws.objects import ObjectMissing
from shared.schemas.restoration import RestoreTier


class FakeArchivedObjects:
    """Implements `shared.aws.archived_objects.ArchivedObjects` on the objects of a `FakeObjectStore`. `classes` names the archived ones by key."""

    def __init__(self, objects: Any) -> None:
        self._objects = objects
        self.classes: dict[str, str] = {}
        self.restoring: set[str] = set()
        self.restored: set[str] = set()
        self.asked: list[tuple[str, str | None, int, RestoreTier]] = []

    def finish(self, key: str) -> None:
        """Let the restoration of an object end."""
        self.restoring.remove(key)
        self.restored.add(key)

    async def restore(
        self, bucket: str, key: str, version_id: str | None, *, days: int, tier: RestoreTier
    ) -> RestoredObject:
        found = await self._objects.head(bucket, key, version_id)
        if found is None:
            raise ObjectMissing(f"No s3://{bucket}/{key}")
        archive = self.classes.get(key)
        if archive is None:
            raise NotArchived(f"s3://{bucket}/{key} is not archived: it can be read")
        if tier == "expedited" and archive == "DEEP_ARCHIVE":
            raise RestorationNotOffered(f"S3 restores nothing from {archive} within minutes. Choose another tier")
        if key in self.restoring:
            raise RestorationRunning(f"S3 answers RestoreAlreadyInProgress for s3://{bucket}/{key}")
        self.asked.append((key, version_id, days, tier))
        if key in self.restored:
            return RestoredObject(
                found.version_id, archive, is_readable=True, expires_at=datetime.now(UTC) + timedelta(days=days)
            )
        self.restoring.add(key)
        return RestoredObject(found.version_id, archive, is_readable=False)
