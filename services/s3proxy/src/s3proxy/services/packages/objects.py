"""Files of packages as objects of S3: their headers, conditions and ranges, and the request for their bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from mimetypes import MimeTypes

import aiohttp
from multidict import CIMultiDict

from s3proxy.errors import (
    ArchivedObject,
    ChangedObject,
    InvalidArgument,
    NoSuchKey,
    NoSuchRange,
    NoSuchVersion,
    S3Error,
    ServiceUnavailable,
    StoreUnreachable,
    UnmetCondition,
)
from s3proxy.services.outgoing import Outgoing
from s3proxy.services.packages.addresses import PackagedKey
from s3proxy.services.packages.answers import GatewayAnswer, RawHeader
from s3proxy.services.packages.callers import GatewayCaller, SeenRevision, as_s3_error
from s3proxy.services.packages.documents import document, elements
from s3proxy.services.packages.metadata import meta_headers
from s3proxy.services.previews.objects import MAX_REFUSAL_BYTES, ObjectName, ObjectRequests
from s3proxy.services.rights import ReadRights
from shared.byte_ranges import PreconditionFailed, RangeNotSatisfiable, Wanted, wanted
from shared.clients.package_gateway import GatewayFile
from shared.errors import AppError, Forbidden, Invalid, NotFound
from shared.quilt.entity_tags import entity_tag, sha256_checksum
from shared.quilt.physical_keys import PhysicalKey, parse_physical_key

_MAX_HEADER_CHARACTERS = 2_048
_ONLY_VERSION = "null"
_CODE = re.compile(rb"<Code>([A-Za-z]{1,100})</Code>")
_GONE = frozenset({400, 403, 404, 405})
"""Answers of the store about an object that is not there, or that the caller may not read. 405 is a delete marker."""
_TEMPORARY = frozenset(
    {"ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}
)
_OVERRIDES = {
    "response-cache-control": b"cache-control",
    "response-content-disposition": b"content-disposition",
    "response-content-encoding": b"content-encoding",
    "response-content-language": b"content-language",
    "response-content-type": b"content-type",
    "response-expires": b"expires",
}
_types = MimeTypes(filenames=())
"""The types that Python knows, whatever the machine has in its files."""
_parse = lru_cache(maxsize=4_096)(parse_physical_key)


@dataclass(frozen=True, slots=True)
class PackagedObject:
    """A file of a revision, and the object that holds it."""

    name: str
    file: GatewayFile
    revision: SeenRevision
    where: PhysicalKey
    etag: str

    @property
    def pushed_at(self) -> datetime:
        return datetime.fromtimestamp(self.revision.pushed_at, UTC)


class GatewayObjects:
    def __init__(self, requests: ObjectRequests, rights: ReadRights) -> None:
        self._requests = requests
        self._rights = rights

    async def require(
        self, caller: GatewayCaller, key: PackagedKey, revision: SeenRevision, file: GatewayFile
    ) -> PackagedObject:
        """Raises NoSuchKey for a file that is not in S3, or in a bucket that the caller may not read."""
        where = _parse(file.physical_key)
        if where is None:
            raise NoSuchKey("The file is not in S3: it stayed on the computer where the package was built")
        try:
            await self._rights.require_readable(caller.principal, where.bucket)
        except NotFound:
            raise NoSuchKey from None
        etag = entity_tag(file.hash_type, file.hash_value, file.size, file.physical_key)
        return PackagedObject(key.name, file, revision, where, etag)

    async def answer(
        self, found: PackagedObject, caller: GatewayCaller, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> GatewayAnswer | Outgoing:
        """The answer of HeadObject, the request to the store for GetObject, or an answer without a body. Raises S3Error."""
        if query.get("versionId", _ONLY_VERSION) != _ONLY_VERSION:
            raise NoSuchVersion
        part = _wanted(found, query, headers)
        own = _headers(found, query, part, with_checksum=headers.get("x-amz-checksum-mode", "").upper() == "ENABLED")
        if caller.request.method == "HEAD" or part.status == Wanted.NOT_MODIFIED:
            return GatewayAnswer(part.status, own)
        return await self._request(found, caller, part, own)

    async def _request(
        self, found: PackagedObject, caller: GatewayCaller, part: Wanted, own: list[RawHeader]
    ) -> Outgoing:
        where, size = found.where, found.file.size
        try:
            keys = await self._rights.find_keys(caller, where.bucket)
            make = self._requests.signed(ObjectName(where.bucket, where.key, where.version_id), keys)
        except (NotFound, Forbidden, Invalid):
            raise NoSuchKey from None
        except AppError as error:
            raise as_s3_error(error) from error
        is_whole = part.end - part.start == size
        more = CIMultiDict[str]() if is_whole else CIMultiDict(Range=f"bytes={part.start}-{part.end - 1}")
        outgoing = make("GET", more)

        async def present(answer: aiohttp.ClientResponse) -> tuple[int, list[RawHeader]]:
            """The status and the headers for the caller, when the store sends what the manifest says. Raises S3Error."""
            if answer.status not in {200, 206}:
                raise await _refusal(answer)
            sent = answer.headers.get("Content-Length") if is_whole else answer.headers.get("Content-Range")
            expected = str(size) if is_whole else f"bytes {part.start}-{part.end - 1}/{size}"
            if sent != expected:
                raise ChangedObject
            return part.status, own

        return Outgoing(outgoing.url, outgoing.headers, None, present=present)

    @staticmethod
    def attributes(found: PackagedObject, asked: str) -> GatewayAnswer:
        """GetObjectAttributes. Raises InvalidArgument."""
        names = {each.strip() for each in asked.split(",")}
        if not asked or names - {"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"}:
            raise InvalidArgument(
                "x-amz-object-attributes names what is wanted: ETag, Checksum, StorageClass, ObjectSize"
            )
        checksum = sha256_checksum(found.file.hash_type, found.file.hash_value, found.file.size)
        content = elements([("ETag", found.etag.strip('"') if "ETag" in names else None)])
        if checksum and "Checksum" in names:
            value, kind = checksum
            content += f"<Checksum>{elements([('ChecksumSHA256', value), ('ChecksumType', kind)])}</Checksum>"
        rest = [
            ("StorageClass", "STANDARD" if "StorageClass" in names else None),
            ("ObjectSize", str(found.file.size) if "ObjectSize" in names else None),
        ]
        moment = (b"last-modified", _http_date(found.revision.pushed_at))
        return GatewayAnswer.document(document("GetObjectAttributesResponse", content + elements(rest)), [moment])


def _wanted(found: PackagedObject, query: Mapping[str, str], headers: Mapping[str, str]) -> Wanted:
    """The bytes that are wanted. Raises UnmetCondition, NoSuchRange or InvalidArgument.

    Conditions combine as in S3: a matching If-Match outweighs If-Unmodified-Since, and If-None-Match outweighs If-Modified-Since.
    """
    size = found.file.size
    if "if-match" not in headers and (limit := _time(headers.get("if-unmodified-since"))) and found.pushed_at > limit:
        raise UnmetCondition
    if (
        "if-none-match" not in headers
        and (since := _time(headers.get("if-modified-since")))
        and found.pushed_at <= since
    ):
        return Wanted(Wanted.NOT_MODIFIED, 0, 0)
    if (number := query.get("partNumber")) is not None:
        if "range" in headers or not number.isdecimal():
            raise InvalidArgument("Cannot specify both Range header and partNumber query parameter")
        if int(number) != 1:
            raise NoSuchRange(size)
    try:
        part = wanted(headers, found.etag, size)
    except PreconditionFailed:
        raise UnmetCondition from None
    except RangeNotSatisfiable:
        raise NoSuchRange(size) from None
    return Wanted(206, 0, size) if number is not None and part.status == 200 and size else part


def _headers(found: PackagedObject, query: Mapping[str, str], part: Wanted, *, with_checksum: bool) -> list[RawHeader]:
    own = [
        (b"etag", found.etag.encode()),
        (b"last-modified", _http_date(found.revision.pushed_at)),
        (b"x-patchwork-top-hash", found.revision.top_hash.encode()),
    ]
    if part.status == Wanted.NOT_MODIFIED:
        return own
    file = found.file
    own += [
        (b"accept-ranges", b"bytes"),
        (b"content-length", b"%d" % (part.end - part.start)),
        *meta_headers(file.meta),
    ]
    if part.status == 206:
        own.append((b"content-range", b"bytes %d-%d/%d" % (part.start, part.end - 1, file.size)))
    elif with_checksum and (checksum := sha256_checksum(file.hash_type, file.hash_value, file.size)):
        value, kind = checksum
        own += [(b"x-amz-checksum-sha256", value.encode()), (b"x-amz-checksum-type", kind.encode())]
    overrides = _overrides(query) if any(name.startswith("response-") for name in query) else {}
    overrides.setdefault(b"content-type", _type_of(found.name))
    return [*own, *overrides.items()]


def _overrides(query: Mapping[str, str]) -> dict[bytes, bytes]:
    chosen: dict[bytes, bytes] = {}
    for name, header in _OVERRIDES.items():
        value = query.get(name)
        if value is None:
            continue
        if not value.isprintable() or not value.isascii() or len(value) > _MAX_HEADER_CHARACTERS:
            raise InvalidArgument(f"{name} must be printable ASCII")
        chosen[header] = value.encode()
    return chosen


def _type_of(name: str) -> bytes:
    """The content type of a file by the end of its name."""
    return _type_of_suffix(name.rpartition(".")[2].lower() if "." in name else "")


@lru_cache(maxsize=1_024)
def _type_of_suffix(suffix: str) -> bytes:
    kind, encoding = _types.guess_type(f"x.{suffix}")
    return (kind if kind and not encoding else "binary/octet-stream").encode()


@lru_cache(maxsize=1_024)
def _http_date(seconds: int) -> bytes:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True).encode()


def _time(text: str | None) -> datetime | None:
    """The time of a condition; None for what is no time, which S3 ignores."""
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def _refusal(answer: aiohttp.ClientResponse) -> S3Error:
    """The error for the caller when the store does not send the object."""
    code = _code_in(await answer.content.read(MAX_REFUSAL_BYTES))
    if code == ArchivedObject.code:
        return ArchivedObject()
    if code in _TEMPORARY:
        return ServiceUnavailable("The object store refused the credentials of the gateway. Try again")
    if answer.status in _GONE:
        return NoSuchKey()
    if answer.status == 416:
        return ChangedObject()
    return StoreUnreachable(f"The object store answers {answer.status}. Try again")


def _code_in(body: bytes) -> str:
    found = _CODE.search(body)
    return found[1].decode() if found else ""
