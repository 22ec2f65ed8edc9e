"""The package gateway: read-only S3, in which a key is AUTHOR/NAME/REVISION/LOGICAL_KEY."""

from collections.abc import Mapping

from starlette.types import Scope

from s3proxy.errors import (
    AccessDenied,
    InvalidRequest,
    MethodNotAllowed,
    NoSuchConfiguration,
    NoSuchKey,
    NotImplementedHere,
    WrongSignature,
)
from s3proxy.services.bodies import has_body
from s3proxy.services.outgoing import Outgoing
from s3proxy.services.packages import documents
from s3proxy.services.packages.addresses import GatewayAddress, GatewayHost, packaged_key
from s3proxy.services.packages.answers import GatewayAnswer, RawHeader
from s3proxy.services.packages.callers import GatewayCaller, GatewayCallers, as_s3_error, named_in
from s3proxy.services.packages.listings import GatewayListings, max_keys_in
from s3proxy.services.packages.locations import GatewayLocations
from s3proxy.services.packages.objects import GatewayObjects
from shared.aws.signatures import BadSignature, signed_request
from shared.clients.package_gateway import PackageGatewaySource
from shared.errors import AppError
from shared.schemas.package_gateway import BucketsQuestion

_READING = frozenset({"GET", "HEAD"})
_WRITING = frozenset({"PUT", "POST", "DELETE"})

_EMPTY_CONFIGURATIONS = {
    "accelerate": "AccelerateConfiguration",
    "logging": "BucketLoggingStatus",
    "notification": "NotificationConfiguration",
    "versioning": "VersioningConfiguration",
}
"""Configurations that a bucket has in any case, without content."""
_MISSING_CONFIGURATIONS = {
    "cors": "NoSuchCORSConfiguration",
    "encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "lifecycle": "NoSuchLifecycleConfiguration",
    "object-lock": "ObjectLockConfigurationNotFoundError",
    "ownershipControls": "OwnershipControlsNotFoundError",
    "policy": "NoSuchBucketPolicy",
    "policyStatus": "NoSuchBucketPolicy",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "replication": "ReplicationConfigurationNotFoundError",
    "tagging": "NoSuchTagSet",
    "website": "NoSuchWebsiteConfiguration",
}
_MISSING_OF_OBJECTS = {
    "legal-hold": "NoSuchObjectLockConfiguration",
    "retention": "NoSuchObjectLockConfiguration",
    "uploadId": "NoSuchUpload",
}
_UNSUPPORTED = (
    *("abac", "acl", "analytics", "intelligent-tiering", "inventory", "metadataConfiguration", "metadataTable"),
    *("metrics", "select", "session", "torrent"),
)


class PackageGateway:
    def __init__(
        self,
        *,
        host: GatewayHost,
        callers: GatewayCallers,
        locations: GatewayLocations,
        objects: GatewayObjects,
        listings: GatewayListings,
        source: PackageGatewaySource,
        region: str,
    ) -> None:
        self._host = host
        self._callers = callers
        self._locations = locations
        self._objects = objects
        self._listings = listings
        self._source = source
        self._region = region

    def concerns(self, asked: Scope) -> bool:
        return self._host.concerns(asked)

    async def answer(self, asked: Scope) -> GatewayAnswer | Outgoing:
        """Raises S3Error."""
        try:
            raw_path = asked["raw_path"].decode("ascii")
            request = signed_request(asked["method"], raw_path, asked["query_string"], asked["headers"])
        except (BadSignature, UnicodeDecodeError) as error:
            raise WrongSignature(str(error)) from error
        caller = await self._callers.find(request)
        if request.method in _WRITING:
            raise AccessDenied("Packages cannot be changed here. Push a new revision instead")
        if request.method not in _READING:
            raise MethodNotAllowed
        if has_body(asked):
            raise InvalidRequest("A request that reads has no body")
        address = self._host.parse(asked)
        query = named_in(request.query)
        if address.key:
            return await self._answer_object(caller, address, query)
        if address.bucket:
            return await self._answer_bucket(caller, address.bucket, query)
        return await self._list_buckets(caller, query)

    async def _answer_object(
        self, caller: GatewayCaller, address: GatewayAddress, query: Mapping[str, str]
    ) -> GatewayAnswer | Outgoing:
        if any(name in query for name in _UNSUPPORTED):
            raise NotImplementedHere("Packages have no such part of S3")
        key = packaged_key(address.key)
        if key is None:
            raise NoSuchKey
        revision, file = await self._locations.find(caller, address.bucket, key)
        found = await self._objects.require(caller, key, revision, file)
        for name, code in _MISSING_OF_OBJECTS.items():
            if name in query:
                raise NoSuchConfiguration(code)
        headers = {name: value for name, value in caller.request.headers if name in _HEADERS}
        top_hash = (b"x-patchwork-top-hash", revision.top_hash.encode())
        if "attributes" in query:
            answer = self._objects.attributes(found, caller.request.header("x-amz-object-attributes"))
            return GatewayAnswer(answer.status, [*answer.headers, top_hash], answer.body)
        if "tagging" in query:
            return GatewayAnswer.document(documents.document("Tagging", "<TagSet></TagSet>"), [top_hash])
        return await self._objects.answer(found, caller, query, headers)

    async def _answer_bucket(self, caller: GatewayCaller, bucket: str, query: Mapping[str, str]) -> GatewayAnswer:
        if caller.request.method == "GET":
            if "versions" in query:
                return await self._listings.list_versions(caller, bucket, query)
            if query.get("list-type") == "2":
                return await self._listings.list_second_version(caller, bucket, query)
            if not _CONFIGURATIONS.isdisjoint(query):
                return await self._answer_configuration(caller, bucket, query)
            return await self._listings.list_first_version(caller, bucket, query)
        await self._listings.require_bucket(caller, bucket)
        return GatewayAnswer(
            200, [*self._bucket_headers, (b"content-type", b"application/xml"), (b"content-length", b"0")]
        )

    async def _answer_configuration(
        self, caller: GatewayCaller, bucket: str, query: Mapping[str, str]
    ) -> GatewayAnswer:
        await self._listings.require_bucket(caller, bucket)
        for name in query:
            if name == "location":
                return GatewayAnswer.document(documents.location(self._region), self._bucket_headers)
            if name == "requestPayment":
                payer = documents.document("RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>")
                return GatewayAnswer.document(payer, self._bucket_headers)
            if name == "uploads":
                fields = documents.elements(
                    [("Bucket", documents.text_of(bucket)), ("MaxUploads", "1000"), ("IsTruncated", "false")]
                )
                return GatewayAnswer.document(
                    documents.document("ListMultipartUploadsResult", fields), self._bucket_headers
                )
            if name in _EMPTY_CONFIGURATIONS:
                empty = documents.document(_EMPTY_CONFIGURATIONS[name], "")
                return GatewayAnswer.document(empty, self._bucket_headers)
            if name in _MISSING_CONFIGURATIONS:
                raise NoSuchConfiguration(_MISSING_CONFIGURATIONS[name])
        raise NotImplementedHere("Packages have no such part of S3")

    async def _list_buckets(self, caller: GatewayCaller, query: Mapping[str, str]) -> GatewayAnswer:
        if caller.request.method != "GET":
            raise MethodNotAllowed
        try:
            found = await self._source.gateway_buckets(BucketsQuestion(signed=caller.presented.signed))
        except AppError as error:
            raise as_s3_error(error) from error
        prefix, after = query.get("prefix"), query.get("continuation-token", "")
        wanted = [each for each in found if each.name.startswith(prefix or "") and each.name > after]
        if query.get("bucket-region", self._region) != self._region:
            wanted = []
        limit = max_keys_in(query, "max-buckets") if "max-buckets" in query else len(wanted)
        token = wanted[limit - 1].name if 0 < limit < len(wanted) else None
        return GatewayAnswer.document(documents.bucket_list(wanted[:limit], self._region, prefix, token), [])

    @property
    def _bucket_headers(self) -> list[RawHeader]:
        return [(b"x-amz-bucket-region", self._region.encode())]


_CONFIGURATIONS = frozenset(
    {"location", "requestPayment", "uploads", *_EMPTY_CONFIGURATIONS, *_MISSING_CONFIGURATIONS, *_UNSUPPORTED}
)
_HEADERS = frozenset(
    {
        *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
        *("range", "x-amz-checksum-mode"),
    }
)
