"""Policies of routes: `Viewer`, `Person`, `Admin`, `Internal`, `Scraper` and `Notifier`. `Bearer` is a token that is not checked.

An app has its `PrincipalSource` in `app.state.principals` and its internal secrets in `app.state.internal_tokens`.
"""

import base64
import hmac
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from pydantic import SecretStr

from shared.caller import HEADER, adopt, authenticate, identify
from shared.errors import AdminOnly, ServicesOnly, Unauthenticated
from shared.principals import PrincipalSource, require_person
from shared.schemas.principal import Principal


def bearer(request: Request) -> str:
    """The caller's token: `Authorization: Bearer <token>`, or `<token>` alone as web catalogs send it. Raises Unauthenticated."""
    scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else "" if rest else scheme
    if not token:
        raise Unauthenticated("Not logged in")
    return token


Documented = Annotated[
    object,
    Depends(
        HTTPBearer(
            scheme_name="accessToken",
            description="An access token: from `POST /api/login`, `POST /api/token` or `POST /api/v1/session`.",
            auto_error=False,
        )
    ),
]
"""Documents in OpenAPI that a token is required; it checks nothing."""


async def token(request: Request, _: Documented = None) -> str:
    return bearer(request)


async def viewer(request: Request, _: Documented = None) -> Principal:
    source: PrincipalSource = request.app.state.principals
    principal = await source.principal(bearer(request))
    identify(principal)
    return principal


async def person(principal: Annotated[Principal, Depends(viewer)]) -> Principal:
    """The caller, in a session of their own. Raises NotForTools or NotForApiKeys."""
    require_person(principal)
    return principal


async def admin(principal: Annotated[Principal, Depends(viewer)]) -> Principal:
    if not principal.is_admin:
        raise AdminOnly("Must be authenticated as an admin to use this endpoint.")
    return principal


async def internal(request: Request) -> None:
    if not is_one_of(bearer(request), request.app.state.internal_tokens):
        raise ServicesOnly("Only services of this installation may call this")
    authenticate()
    adopt(request.headers.get(HEADER, ""))


async def scraper(request: Request) -> None:
    """A service, or a caller with the secret for metrics."""
    if not is_one_of(bearer(request), request.app.state.metrics_tokens):
        raise ServicesOnly("Only services and Prometheus may read this")
    authenticate()


async def notifier(request: Request) -> None:
    """A service, or a store that reports changes. A store has only a URL, so it sends the secret as the URL's password."""
    if not is_one_of(password(request) or bearer(request), request.app.state.events_tokens):
        raise ServicesOnly("Only the store may report changes")
    authenticate()


def password(request: Request) -> str:
    """The password of `Authorization: Basic`; empty without one."""
    scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def is_one_of(given: str, expected: Sequence[SecretStr]) -> bool:
    return any(hmac.compare_digest(given.encode(), each.get_secret_value().encode()) for each in expected)


Bearer = Annotated[str, Depends(token)]
Viewer = Annotated[Principal, Depends(viewer)]
Person = Annotated[Principal, Depends(person)]
Admin = Annotated[Principal, Depends(admin)]
Internal = Depends(internal)

Scraper = Depends(scraper)
Notifier = Depends(notifier)

POLICIES = (viewer, person, admin, internal, scraper, notifier)
"""Every route depends on one of these or is in `PUBLIC` of its service; a test checks all routes."""
