"""Refusals and failures of the proxy itself. They mirror `shared.errors`, as XML with the codes of S3 instead of problem+json.

S3Error
├── InvalidAddress (400)
├── InvalidRequest (400)
├── InvalidArgument (400)
├── MalformedSignature (400)
│   └── ForeignScope
├── ExpiredToken (400)
├── RequestTimeout (400)
├── AccessDenied (403)
│   └── UnregisteredBucket
├── InvalidAccessKeyId (403)
├── WrongSignature (403)
├── SkewedTime (403)
├── ArchivedObject (403)
├── NoSuchKey (404)
├── NoSuchBucket, NoSuchVersion, NoSuchConfiguration (404)
├── MethodNotAllowed (405)
├── ChangedObject, UnreadableRevision (409)
├── UnmetCondition (412)
├── NoSuchRange (416)
├── InternalError (500)
├── NotImplementedHere (501)
├── ServiceUnavailable (503)
│   ├── StoreUnreachable
│   └── BucketsUnknown
└── StoreTimeout (504)
"""

from typing import ClassVar
from xml.sax.saxutils import escape

from typing_extensions import override


class S3Error(Exception):
    """An answer that S3 clients understand. `title` is its message when it is raised without a text."""

    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 400
    code: ClassVar[str] = "InvalidRequest"

    def xml(self, resource: str) -> bytes:
        message = escape(str(self) or self.title)
        details = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in self.details().items())
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{message}</Message><Resource>{escape(resource)}</Resource>"
            f"{details}</Error>"
        ).encode()

    def details(self) -> dict[str, str]:
        """Further elements of the document."""
        return {}

    def headers(self) -> list[tuple[bytes, bytes]]:
        return []


class InvalidAddress(S3Error):
    title = "This is not the address of an object that this proxy serves"
    code = "InvalidURI"


class InvalidRequest(S3Error):
    title = "The request is not valid"


class InvalidArgument(S3Error):
    title = "A parameter of the request is not valid"
    code = "InvalidArgument"


class MalformedSignature(S3Error):
    title = "The signature of the request is not one of version 4"
    code = "AuthorizationHeaderMalformed"


class ForeignScope(MalformedSignature):
    """SDKs read the region from this answer, and try again."""

    def __init__(self, region: str, reason: str) -> None:
        super().__init__(reason)
        self._region = region

    @override
    def details(self) -> dict[str, str]:
        return {"Region": self._region}

    @override
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"x-amz-bucket-region", self._region.encode("latin-1"))]


class ExpiredToken(S3Error):
    """SDKs get new credentials when they read this code, and try again."""

    title = "The S3 credentials have expired"
    code = "ExpiredToken"


class RequestTimeout(S3Error):
    title = "Your socket connection to the server was not read from or written to within the timeout period"
    code = "RequestTimeout"


class AccessDenied(S3Error):
    title = "You do not have permission to do this"
    status, code = 403, "AccessDenied"


class UnregisteredBucket(AccessDenied):
    title = "No bucket of this name is registered here"


class InvalidAccessKeyId(S3Error):
    title = "The access key is unknown, or it has ended"
    status, code = 403, "InvalidAccessKeyId"


class WrongSignature(S3Error):
    title = "The signature does not match the request"
    status, code = 403, "SignatureDoesNotMatch"


class SkewedTime(S3Error):
    title = "The difference between the request time and the current time is too large"
    status, code = 403, "RequestTimeTooSkewed"


class ArchivedObject(S3Error):
    title = "The object is archived. Restore it first"
    status, code = 403, "InvalidObjectState"


class NoSuchKey(S3Error):
    title = "The specified key does not exist"
    status, code = 404, "NoSuchKey"


class NoSuchBucket(S3Error):
    title = "The specified bucket does not exist"
    status, code = 404, "NoSuchBucket"


class NoSuchVersion(S3Error):
    title = "Files of packages have one version, null"
    status, code = 404, "NoSuchVersion"


class NoSuchConfiguration(S3Error):
    """A bucket's configuration that packages do not have; `code` is that of S3 for it."""

    title = "Packages have no such configuration"
    status = 404

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code  # type: ignore[misc]  # each configuration has its own


class ChangedObject(S3Error):
    title = "The object has another size than when the package was pushed"
    status, code = 409, "ObjectChanged"


class UnreadableRevision(S3Error):
    title = "The revision cannot be read"
    status, code = 409, "RevisionUnreadable"


class UnmetCondition(S3Error):
    title = "At least one of the preconditions you specified did not hold"
    status, code = 412, "PreconditionFailed"


class NoSuchRange(S3Error):
    title = "The requested range is not satisfiable"
    status, code = 416, "InvalidRange"

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    @override
    def details(self) -> dict[str, str]:
        return {"ActualObjectSize": str(self._size)}

    @override
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"content-range", b"bytes */%d" % self._size)]


class MethodNotAllowed(S3Error):
    title = "S3 does not know this method"
    status, code = 405, "MethodNotAllowed"


class InternalError(S3Error):
    title = "Something went wrong on our side; it has been logged. Try again"
    status, code = 500, "InternalError"


class NotImplementedHere(S3Error):
    title = "The proxy does not support this"
    status, code = 501, "NotImplemented"


class ServiceUnavailable(S3Error):
    title = "A service that this needs is not responding. Try again"
    status, code = 503, "ServiceUnavailable"


class StoreUnreachable(ServiceUnavailable):
    title = "The object store is not responding. Try again"


class BucketsUnknown(ServiceUnavailable):
    title = "The list of registered buckets is not known yet. Try again"


class StoreTimeout(S3Error):
    title = "The object store took too long to answer. Try again"
    status, code = 504, "GatewayTimeout"
