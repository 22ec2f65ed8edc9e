"""Headers that pass from the caller to the store, and back."""

from collections.abc import Iterable

from multidict import CIMultiDict

from s3proxy.errors import InvalidAddress

RawHeaders = Iterable[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_WRITTEN_BY_FRONTS = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-real-ip",
    }
)
"""A store that is asked by the proxy may take them for its own front's: SeaweedFS checks signatures for the host that they name."""
_NOT_SENT_ON = _HOP_BY_HOP | _WRITTEN_BY_FRONTS | {b"host", b"cookie", b"expect"}
"""Headers of the request that are not sent on. The proxy itself answers `Expect` when the store is ready for the first byte."""

_NOT_SENT_BACK = _HOP_BY_HOP | {b"set-cookie", b"date"}
"""Headers of the answer that are not sent back. The proxy's server writes its own `Date`."""

_EXPOSED = (
    b"Content-Length, Content-Range, ETag, x-amz-meta-helium, x-amz-bucket-region, x-amz-delete-marker, "
    b"x-amz-request-id, x-amz-version-id, x-amz-storage-class, x-amz-restore, *"
)
_ECHOED = {
    b"access-control-request-headers": b"access-control-allow-headers",
    b"access-control-request-method": b"access-control-allow-methods",
}
_TO_ALL_PAGES = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-max-age", b"3000"),
    (b"access-control-expose-headers", _EXPOSED),
)


def sent_on(headers: RawHeaders, host: str) -> CIMultiDict[str]:
    """Headers for the store: all that the caller may have signed, without those of fronts, and the Host that the request was signed for."""
    headers = list(headers)
    dropped = _with_named_by_connection(_NOT_SENT_ON, headers)
    passed = CIMultiDict[str](Host=host)
    try:
        for name, value in headers:
            if name not in dropped:
                passed.add(name.decode("ascii"), value.decode())
    except UnicodeDecodeError:
        raise InvalidAddress("Headers must be UTF-8") from None
    return passed


def sent_back(headers: RawHeaders, status: int) -> list[tuple[bytes, bytes]]:
    """Headers for the caller, without those of CORS."""
    lowered = [(name.lower(), value) for name, value in headers]
    dropped = _with_named_by_connection(_NOT_SENT_BACK, lowered)
    if status in {204, 304}:
        dropped |= {b"content-length"}
    return [(name, value) for name, value in lowered if name not in dropped and not name.startswith(b"access-control-")]


def cors(request_headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """CORS headers of every answer. All pages may ask, because access depends on signatures, not on cookies."""
    return [*[(_ECHOED[name], value) for name, value in request_headers if name in _ECHOED], *_TO_ALL_PAGES]


def _with_named_by_connection(dropped: frozenset[bytes], headers: RawHeaders) -> frozenset[bytes]:
    for name, value in headers:
        if name == b"connection":
            dropped |= {named.strip().lower() for named in value.split(b",")}
    return dropped
