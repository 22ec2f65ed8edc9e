"""Listings of the package gateway: ListObjects, ListObjectsV2 and ListObjectVersions."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass

from s3proxy.errors import InvalidArgument, NoSuchBucket, S3Error, UnreadableRevision
from s3proxy.services.packages import documents
from s3proxy.services.packages.answers import GatewayAnswer
from s3proxy.services.packages.callers import GatewayCaller, as_s3_error
from shared.clients.package_gateway import KeyListing, PackageGatewaySource
from shared.errors import AppError, Conflict, NotFound
from shared.schemas.package_gateway import MAX_KEY_CHARACTERS, MAX_LISTED_KEYS, KeysQuestion

_MAX_DIGITS = 10
_LARGEST_CHARACTER = 0x10FFFF
_CURSOR_VERSION = "1"
"""Version of continuation tokens."""


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """The parameters that all three kinds have."""

    bucket: str
    prefix: str
    delimiter: str
    max_keys: int
    is_encoded: bool

    @classmethod
    def read(cls, bucket: str, query: Mapping[str, str]) -> "ListingRequest":
        """Raises InvalidArgument."""
        for name in ("prefix", "delimiter", "marker", "start-after", "key-marker"):
            if len(query.get(name, "")) > MAX_KEY_CHARACTERS:
                raise InvalidArgument(f"{name} has at most {MAX_KEY_CHARACTERS:,} characters")
        encoding = query.get("encoding-type", "")
        if encoding not in {"", "url"}:
            raise InvalidArgument("encoding-type is url, or it is left out")
        return cls(
            bucket, query.get("prefix", ""), query.get("delimiter", ""), max_keys_in(query, "max-keys"), bool(encoding)
        )

    def text(self, value: str) -> str:
        return documents.url_encoded(value) if self.is_encoded else documents.text_of(value)

    def after_marker(self, marker: str) -> str:
        """The first key after a marker. A marker that is a common prefix stands for all keys that begin with it."""
        is_below = bool(self.delimiter) and marker.startswith(self.prefix)
        at = marker.find(self.delimiter, len(self.prefix)) if is_below else -1
        if at >= 0 and at + len(self.delimiter) == len(marker):
            return end_of(marker)
        return f"{marker}\0" if marker else ""

    def next_marker(self, found: KeyListing) -> str | None:
        """The last key or common prefix of a listing that goes on."""
        if found.next is None:
            return None
        return self.text(max([*(each.key for each in found.contents[-1:]), *found.prefixes[-1:]]))


class GatewayListings:
    def __init__(self, source: PackageGatewaySource, region: str) -> None:
        self._source = source
        self._region = region

    async def require_bucket(self, caller: GatewayCaller, bucket: str) -> None:
        """Raises NoSuchBucket unless the caller sees it."""
        if bucket in caller.memory.buckets:
            return
        await self._ask(caller, KeysQuestion(signed=caller.presented.signed, bucket=bucket, limit=0))

    async def list_second_version(self, caller: GatewayCaller, bucket: str, query: Mapping[str, str]) -> GatewayAnswer:
        """ListObjectsV2."""
        asked = ListingRequest.read(bucket, query)
        token, start_after = query.get("continuation-token"), query.get("start-after", "")
        after = f"{start_after}\0" if start_after else ""
        found = await self._list(caller, asked, after if token is None else _decoded_token(token))
        head = [
            ("ContinuationToken", None if token is None else documents.text_of(token)),
            ("StartAfter", asked.text(start_after) if start_after else None),
            ("KeyCount", str(len(found.contents) + len(found.prefixes))),
            ("NextContinuationToken", None if found.next is None else _encoded_token(found.next)),
        ]
        owner = documents.OWNER if query.get("fetch-owner") == "true" else ""
        return self._answer(
            "ListBucketResult", asked, found, head, documents.contents(found.contents, asked.text, owner=owner)
        )

    async def list_first_version(self, caller: GatewayCaller, bucket: str, query: Mapping[str, str]) -> GatewayAnswer:
        """ListObjects."""
        asked = ListingRequest.read(bucket, query)
        marker = query.get("marker", "")
        found = await self._list(caller, asked, asked.after_marker(marker))
        head = [("Marker", asked.text(marker)), ("NextMarker", asked.next_marker(found))]
        listed = documents.contents(found.contents, asked.text, owner=documents.OWNER)
        return self._answer("ListBucketResult", asked, found, head, listed)

    async def list_versions(self, caller: GatewayCaller, bucket: str, query: Mapping[str, str]) -> GatewayAnswer:
        """ListObjectVersions: each file is the only version of its key."""
        asked = ListingRequest.read(bucket, query)
        marker, version = query.get("key-marker", ""), query.get("version-id-marker", "")
        if version and not marker:
            raise InvalidArgument("A version-id marker cannot be specified without a key marker.")
        found = await self._list(caller, asked, asked.after_marker(marker))
        following = asked.next_marker(found)
        head = [
            ("KeyMarker", asked.text(marker)),
            ("VersionIdMarker", documents.text_of(version)),
            ("NextKeyMarker", following),
            ("NextVersionIdMarker", None if following is None else "null"),
        ]
        listed = documents.contents(
            found.contents,
            asked.text,
            element="Version",
            before="<VersionId>null</VersionId><IsLatest>true</IsLatest>",
            owner=documents.OWNER,
        )
        return self._answer("ListVersionsResult", asked, found, head, listed)

    def _answer(
        self, name: str, asked: ListingRequest, found: KeyListing, head: documents.Fields, listed: str
    ) -> GatewayAnswer:
        """The document. `head`: elements of this kind of listing, with encoded values."""
        common: documents.Fields = [
            ("Name", documents.text_of(asked.bucket)),
            ("Prefix", asked.text(asked.prefix)),
            ("MaxKeys", str(asked.max_keys)),
            ("Delimiter", asked.text(asked.delimiter) if asked.delimiter else None),
            ("EncodingType", "url" if asked.is_encoded else None),
            ("IsTruncated", "false" if found.next is None else "true"),
        ]
        prefixes = documents.common_prefixes(found.prefixes, asked.text)
        content = documents.elements([*common, *head]) + listed + prefixes
        headers = [(b"x-amz-bucket-region", self._region.encode())]
        if found.top_hash is not None:
            headers.append((b"x-patchwork-top-hash", found.top_hash.encode()))
        return GatewayAnswer.document(documents.document(name, content), headers)

    async def _list(self, caller: GatewayCaller, asked: ListingRequest, start: str) -> KeyListing:
        question = KeysQuestion(
            signed=caller.presented.signed,
            bucket=asked.bucket,
            prefix=asked.prefix,
            delimiter=asked.delimiter,
            start=start,
            limit=asked.max_keys,
        )
        return await self._ask(caller, question)

    async def _ask(self, caller: GatewayCaller, question: KeysQuestion) -> KeyListing:
        """Raises NoSuchBucket, UnreadableRevision, AccessDenied or ServiceUnavailable."""
        try:
            found = await self._source.gateway_keys(question)
        except AppError as error:
            raise _refusal(error) from error
        caller.memory.buckets[question.bucket] = True
        return found


def max_keys_in(query: Mapping[str, str], name: str) -> int:
    """Raises InvalidArgument."""
    asked = query.get(name) or str(MAX_LISTED_KEYS)
    if not asked.isdecimal() or not asked.isascii() or len(asked) > _MAX_DIGITS:
        raise InvalidArgument(f"{name} is a number that is not negative")
    return min(int(asked), MAX_LISTED_KEYS)


def end_of(prefix: str) -> str:
    """A text after all that begin with the prefix, and before all others that come after them."""
    last = ord(prefix[-1])
    if last >= _LARGEST_CHARACTER:
        return prefix + chr(_LARGEST_CHARACTER)
    following = last + 1
    return prefix[:-1] + chr(0xE000 if 0xD800 <= following <= 0xDFFF else following)


def _encoded_token(start: str) -> str:
    return _CURSOR_VERSION + urlsafe_b64encode(start.encode()).decode().rstrip("=")


def _decoded_token(token: str) -> str:
    """Raises InvalidArgument."""
    encoded = token.removeprefix(_CURSOR_VERSION)
    try:
        start = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (NotBase64, ValueError):
        start = ""
    if not start or not token.startswith(_CURSOR_VERSION) or len(start) > 2 * MAX_KEY_CHARACTERS:
        raise InvalidArgument("The continuation token provided is incorrect")
    return start


def _refusal(error: AppError) -> S3Error:
    match error:
        case NotFound():
            return NoSuchBucket()
        case Conflict():
            return UnreadableRevision(str(error))
        case _:
            return as_s3_error(error)
