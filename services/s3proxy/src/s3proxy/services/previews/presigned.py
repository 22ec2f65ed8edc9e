"""Objects by presigned URLs, as Quilt's web catalogs send them. The store decides on the signature; a store without STS leaves that to
the proxy."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from multidict import CIMultiDict
from yarl import URL

from s3proxy.clients.buckets import BucketList
from s3proxy.errors import UnregisteredBucket
from s3proxy.services.callers import S3Callers
from s3proxy.services.outgoing import Outgoing
from s3proxy.services.previews.locations import PreviewLocation, locate
from s3proxy.services.previews.objects import Make, ObjectName, ObjectRequests
from shared.aws.process_credentials import Keys
from shared.aws.signatures import BadSignature
from shared.errors import NotFound, Unauthenticated
from shared.permissions import allows
from shared.signers import SignerCache


@dataclass(frozen=True, slots=True)
class PresignedObject:
    name: ObjectName
    location: PreviewLocation
    make: Make
    caller: str
    """Id of the signer; empty for an unsigned URL."""


class PresignedObjects:
    def __init__(
        self,
        *,
        requests: ObjectRequests,
        buckets: BucketList,
        signers: SignerCache,
        callers: S3Callers,
        endpoint: str | None,
        own_keys: Keys | None,
        service_bucket: str,
    ) -> None:
        self._requests = requests
        self._buckets = buckets
        self._signers = signers
        self._callers = callers
        self._endpoint = endpoint
        self._own_keys = own_keys
        self._service_bucket = service_bucket

    async def open(self, url: str) -> PresignedObject:
        """The object that the URL names; raises Invalid, Unauthenticated, or NotFound when its signer may not read it."""
        try:
            location = await self._buckets.resolve(lambda names: locate(url, names))
        except UnregisteredBucket as error:
            raise NotFound(str(error)) from error
        bucket, caller = location.address.bucket, ""
        hidden = bucket == self._service_bucket
        if location.access_key_id and not hidden:
            owner = await self._signers.signer(location.access_key_id)
            caller = str(owner.principal.user_id)
            hidden = not allows(owner.principal, bucket)
        if hidden:
            raise NotFound(f"No bucket {bucket} is registered here")
        version = parse_qs(location.query).get("versionId", [None])[0]
        name = ObjectName(bucket, unquote(location.address.key[1:]), version)
        if self._own_keys is None:  # the store checks the signature, and decides on unsigned URLs
            return PresignedObject(name, location, self._unchanged(location), caller)
        await self._verify(location)
        return PresignedObject(name, location, self._requests.signed(name, self._own_keys), caller)

    def _unchanged(self, location: PreviewLocation) -> Make:
        address = location.address
        query = f"?{location.query}" if location.query else ""
        url = URL(f"{self._endpoint or f'https://{address.host}'}{address.path}{query}", encoded=True)

        def make(_: str, more: CIMultiDict[str]) -> Outgoing:
            headers = CIMultiDict(Host=address.host)
            headers.extend(more)
            return Outgoing(url, headers, None)

        return make

    async def _verify(self, location: PreviewLocation) -> None:
        """Raise Unauthenticated unless the URL is signed with credentials of `auth`."""
        if location.access_key_id is None:
            raise Unauthenticated("The address is not signed")
        asked = {
            "method": "GET",
            "raw_path": location.address.path.encode(),
            "query_string": location.query.encode(),
            "headers": [],
        }
        try:
            await self._callers.find(asked, location.address, location.access_key_id)
        except BadSignature as error:
            raise Unauthenticated(str(error)) from error
