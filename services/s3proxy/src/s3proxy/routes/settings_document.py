"""The settings and the logo of Quilt's web catalogs, the only objects that can be reached in their bucket.

Anybody may read them, also before signing in, and administrators may write them. The registry reads and writes them, so
nobody needs rights in S3.
"""

import hashlib
import re

from starlette.types import Scope

from s3proxy.errors import AccessDenied, InvalidRequest, MethodNotAllowed, NoSuchKey, ServiceUnavailable
from s3proxy.resources import S3ProxyResources
from s3proxy.services.addresses import Address
from s3proxy.services.bodies import CallerBody
from s3proxy.services.callers import caller_of
from shared.aws.signatures import NOT_HASHED, BadSignature, signed_request
from shared.errors import AppError, Forbidden, Invalid, NotFound
from shared.schemas.gateway import LOGO_NAME, LOGO_TYPES, MAX_LOGO_BYTES, SignedCall
from shared.signed_calls import passed_on

_KEY = "/catalog/settings.json"
_LOGO_KEY = re.compile(rf"/catalog/({LOGO_NAME})")
_MAX_BYTES = 1 << 18
_WRITING = {b"", b"x-id=PutObject"}

Headers = list[tuple[bytes, bytes]]


async def answer(
    resources: S3ProxyResources, scope: Scope, body: CallerBody, address: Address
) -> tuple[bytes, Headers]:
    """Body and headers of a 200; raises S3Error."""
    logo = _LOGO_KEY.fullmatch(address.key)
    if address.key != _KEY and logo is None:
        raise AccessDenied("Only the web catalog's settings and its logo can be reached in this bucket")
    name = logo[1] if logo else None
    try:
        if scope["method"] in {"GET", "HEAD"}:
            return await _read(resources, name)
        if scope["method"] == "PUT" and scope["query_string"] in _WRITING:
            etag = await _write(resources, scope, body, address, name)
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


async def _read(resources: S3ProxyResources, logo: str | None) -> tuple[bytes, Headers]:
    if logo is None:
        found, kind = await resources.registry.catalog_settings(), "application/json"
    else:
        found, kind = await resources.registry.catalog_logo(logo), LOGO_TYPES[logo.rpartition(".")[2]]
    return found, [(b"content-type", kind.encode()), (b"cache-control", b"no-cache")]


async def _write(
    resources: S3ProxyResources, scope: Scope, caller_body: CallerBody, address: Address, logo: str | None
) -> str:
    headers = [
        (b"host", address.host.encode()),
        *((name, value) for name, value in scope["headers"] if name != b"host"),
    ]
    request = signed_request("PUT", address.path, scope["query_string"], headers)
    writer = await caller_of(request, "s3", resources.signers)
    if not writer.is_admin:
        raise AccessDenied("Only administrators may change the catalog's settings")
    signed = passed_on(request)
    body = await caller_body.read(_MAX_BYTES if logo is None else MAX_LOGO_BYTES)
    if request.payload not in {NOT_HASHED, hashlib.sha256(body).hexdigest()}:
        raise InvalidRequest("The body does not match its signed hash")
    if logo is None:
        await _change_settings(resources, signed, body)
    else:
        await resources.registry.change_catalog_logo(signed, logo, body)
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


async def _change_settings(resources: S3ProxyResources, signed: SignedCall, body: bytes) -> None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("The catalog's settings are not UTF-8") from None
    await resources.registry.change_catalog_settings(signed, text)
