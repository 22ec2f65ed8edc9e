"""Refusals and failures of the proxy itself. They mirror `shared.errors`, as XML with the codes of S3 instead of problem+json.

S3Error
├── InvalidAddress (400)
├── InvalidRequest (400)
├── ExpiredToken (400)
├── RequestTimeout (400)
├── AccessDenied (403)
│   └── UnregisteredBucket
├── NoSuchKey (404)
├── MethodNotAllowed (405)
├── InternalError (500)
├── NotImplementedHere (501)
├── ServiceUnavailable (503)
│   ├── StoreUnreachable
│   └── BucketsUnknown
└── StoreTimeout (504)
"""

from typing import ClassVar
from xml.sax.saxutils import escape


class S3Error(Exception):
    """An answer that S3 clients understand. `title` is its message when it is raised without a text."""

    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 400
    code: ClassVar[str] = "InvalidRequest"

    def xml(self, resource: str) -> bytes:
        message = escape(str(self) or self.title)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{message}</Message><Resource>{escape(resource)}</Resource></Error>"
        ).encode()


class InvalidAddress(S3Error):
    title = "This is not the address of an object that this proxy serves"
    code = "InvalidURI"


class InvalidRequest(S3Error):
    title = "The request is not valid"


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


class NoSuchKey(S3Error):
    title = "The specified key does not exist"
    status, code = 404, "NoSuchKey"


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
