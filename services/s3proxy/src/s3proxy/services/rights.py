"""Buckets that a caller may read, and the credentials with which they are read."""

from s3proxy.clients.buckets import BucketList
from s3proxy.errors import UnregisteredBucket
from s3proxy.services.bearers import BearerCache, PresentingCaller
from shared.aws.process_credentials import Keys
from shared.errors import NotFound
from shared.permissions import allows
from shared.schemas.principal import Principal


class ReadRights:
    def __init__(
        self, *, buckets: BucketList, bearers: BearerCache, own_keys: Keys | None, service_bucket: str
    ) -> None:
        """`own_keys`: those with which everything is read from a store without STS, after the permission function has decided."""
        self._buckets = buckets
        self._bearers = bearers
        self._own_keys = own_keys
        self._service_bucket = service_bucket

    async def require_readable(self, principal: Principal, bucket: str) -> None:
        """Raises NotFound."""

        def require_registered(names: frozenset[str]) -> None:
            if bucket not in names:
                raise UnregisteredBucket

        missing = NotFound(f"No bucket {bucket} is registered here")
        if bucket == self._service_bucket or not allows(principal, bucket):
            raise missing
        try:
            await self._buckets.resolve(require_registered)
        except UnregisteredBucket:
            raise missing from None

    async def find_keys(self, bearer: PresentingCaller, bucket: str) -> Keys:
        """Raises NotFound, Forbidden, Unauthenticated or Unavailable."""
        await self.require_readable(bearer.principal, bucket)
        return self._own_keys or await self._bearers.find_credentials(bearer, bucket)
