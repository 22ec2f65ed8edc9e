"""The document in which Quilt's web catalogs keep their settings, the only one that can be reached in its bucket.

Anybody may read it, also before signing in, and administrators may write it. The registry reads and writes it for them, so
nobody needs rights in S3 for it.
"""

import hashlib

from starlette.types import Scope

from s3proxy.errors import AccessDenied, InvalidRequest, MethodNotAllowed, NoSuchKey, ServiceUnavailable
from s3proxy.resources import S3ProxyResources
from s3proxy.services.addresses import Address
from s3proxy.services.bodies import CallerBody
from s3proxy.services.callers import caller_of
from s3proxy.services.signatures import NOT_HASHED, BadSignature, signed_request
from shared.errors import AppError, Forbidden, Invalid, NotFound

_KEY = "/catalog/settings.json"
_MAX_BYTES = 1 << 18
_WRITING = {b"", b"x-id=PutObject"}

Headers = list[tuple[bytes, bytes]]


async def answer(
    resources: S3ProxyResources, scope: Scope, body: CallerBody, address: Address
) -> tuple[bytes, Headers]:
    """Body and headers of a 200; raises S3Error."""
    if address.key != _KEY:
        raise AccessDenied("Only the web catalog's settings can be reached in this bucket")
    try:
        if scope["method"] in {"GET", "HEAD"}:
            found = await resources.registry.catalog_settings()
            return found, [(b"content-type", b"application/json"), (b"cache-control", b"no-cache")]
        if scope["method"] == "PUT" and scope["query_string"] in _WRITING:
            etag = await _write(resources, scope, body, address)
            return b"", [(b"etag", f'"{etag}"'.encode())]
    except (BadSignature, Forbidden) as error:
        raise AccessDenied(str(error)) from error
    except NotFound as error:
        raise NoSuchKey(str(error)) from error
    except Invalid as error:
        raise InvalidRequest(str(error)) from error
    except AppError as error:
        raise ServiceUnavailable(str(error)) from error
    raise MethodNotAllowed


async def _write(resources: S3ProxyResources, scope: Scope, caller_body: CallerBody, address: Address) -> str:
    headers = [
        (b"host", address.host.encode()),
        *((name, value) for name, value in scope["headers"] if name != b"host"),
    ]
    request = signed_request("PUT", address.path, scope["query_string"], headers)
    writer = await caller_of(request, "s3", resources.signers)
    body = await caller_body.read(_MAX_BYTES)
    if request.payload not in {NOT_HASHED, hashlib.sha256(body).hexdigest()}:
        raise InvalidRequest("The body does not match its signed hash")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("The catalog's settings are not UTF-8") from None
    await resources.registry.change_catalog_settings(writer, text)
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
