"""Registration of buckets: first S3, then the row, then the indexer."""

import structlog

from registry.db.buckets import BucketStore
from registry.errors import BucketNotFound, BucketRegistered
from shared.audit import AuditQueue
from shared.aws.buckets import BucketRefused, BucketSetup
from shared.aws.trails import TrailRefused
from shared.clients.indexer import Indexer
from shared.db.engine import Sessions, transaction
from shared.errors import AppError
from shared.schemas.bucket import Bucket, BucketCreate, BucketUpdate
from shared.schemas.principal import Principal

log = structlog.get_logger()


class BucketService:
    """Each step has its own transaction, so that no database connection waits for S3."""

    def __init__(
        self,
        sessions: Sessions,
        setup: BucketSetup,
        indexer: Indexer,
        reserved: str,
        *,
        trail: AuditQueue | None = None,
    ) -> None:
        """`reserved`: the bucket in which web catalogs keep their settings, which cannot be registered."""
        self._sessions = sessions
        self._setup = setup
        self._indexer = indexer
        self._reserved = reserved
        self._trail = trail

    async def register(self, viewer: Principal, new: BucketCreate) -> Bucket:
        if await self._is_registered(new.name):
            raise BucketRegistered(
                f"Bucket {new.name} is registered already. PUT /api/v1/buckets/{new.name} sets it up again."
            )
        return await self._add(viewer, new)

    async def set_up(self, viewer: Principal, name: str, shown: BucketUpdate) -> tuple[Bucket, bool]:
        """Register the bucket, or repair the S3 configuration of a registered one. The flag says that it is new."""
        if not await self._is_registered(name):
            new = BucketCreate(name=name, **shown.model_dump(exclude_unset=True))
            return await self._add(viewer, new), True
        await self._setup.ensure(name)
        async with transaction(self._sessions) as session:
            bucket = await BucketStore(session).describe(viewer, name, shown)
        log.info("bucket_set_up_again", bucket=name, by=viewer.name)
        self._record("Buckets.Update", name)
        await self._request_scan(name)
        return bucket, False

    async def unregister(self, viewer: Principal, name: str) -> None:
        """Unregister the bucket. Its data stays."""
        if not await self._is_registered(name):
            raise BucketNotFound(name)
        try:
            await self._setup.forget(name)
        except (
            BucketRefused,
            TrailRefused,
        ) as error:  # a bucket that we may not configure any more can be unregistered
            log.warning("bucket_notification_left", bucket=name, error=str(error))
        async with transaction(self._sessions) as session:
            await BucketStore(session).remove(name)
        log.info("bucket_unregistered", bucket=name, by=viewer.name)
        self._record("Buckets.Remove", name)

    async def check(self, viewer: Principal, name: str, *, repair: bool) -> None:
        """Request a scan of the bucket. With `repair`, set up its events first."""
        if not await self._is_registered(name):
            raise BucketNotFound(name)
        if repair:
            await self._setup.ensure(name)
        await self._indexer.scan(name)
        log.info("bucket_check_requested", bucket=name, by=viewer.name, repair=repair)

    async def _add(self, viewer: Principal, new: BucketCreate) -> Bucket:
        if new.name == self._reserved:
            raise BucketRefused(f"Bucket {new.name} is reserved for the settings of web catalogs. Register another one")
        await self._setup.ensure(new.name)
        async with transaction(self._sessions) as session:
            bucket = await BucketStore(session).add(viewer, new)
        log.info("bucket_registered", bucket=new.name, by=viewer.name)
        self._record("Buckets.Add", new.name)
        await self._request_scan(new.name)
        return bucket

    def _record(self, action: str, bucket: str) -> None:
        if self._trail:
            self._trail.put(action, f"bucket:{bucket}")

    async def _is_registered(self, name: str) -> bool:
        async with transaction(self._sessions) as session:
            return await BucketStore(session).is_registered(name)

    async def _request_scan(self, name: str) -> None:
        try:
            await self._indexer.scan(name)
        except AppError as error:  # the indexer also polls the list of buckets
            log.warning("bucket_scan_not_requested", bucket=name, error=str(error))
