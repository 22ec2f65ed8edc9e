"""What the proxy itself refuses or cannot do, in S3's own words.

S3Error
├── InvalidAddress (400)
├── RequestTimeout (400)
├── UnregisteredBucket (403)
├── MethodNotAllowed (405)
├── StoreUnreachable (503)
├── BucketsUnknown (503)
└── StoreTimeout (504)
"""

from typing import ClassVar
from xml.sax.saxutils import escape


class S3Error(Exception):
    """An answer that S3 clients understand."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "InvalidRequest"

    def xml(self, resource: str) -> bytes:
        message = escape(str(self) or (self.__doc__ or "").strip())
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{message}</Message><Resource>{escape(resource)}</Resource></Error>"
        ).encode()


class InvalidAddress(S3Error):
    """This is not the address of an object behind this proxy."""

    code = "InvalidURI"


class RequestTimeout(S3Error):
    """Your socket connection to the server was not read from or written to within the timeout period."""

    code = "RequestTimeout"


class UnregisteredBucket(S3Error):
    """No such bucket is registered here."""

    status, code = 403, "AccessDenied"


class MethodNotAllowed(S3Error):
    """S3 has no such method."""

    status, code = 405, "MethodNotAllowed"


class StoreUnreachable(S3Error):
    """The object store does not answer; try again."""

    status, code = 503, "ServiceUnavailable"


class BucketsUnknown(S3Error):
    """The registry has not said yet which buckets there are; try again."""

    status, code = 503, "ServiceUnavailable"


class StoreTimeout(S3Error):
    """The object store took too long; try again."""

    status, code = 504, "GatewayTimeout"
