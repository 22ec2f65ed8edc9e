"""Policies of routes: `Viewer`, `Person`, `Admin`, `Internal`, `Scraper` and `Notifier`. `Bearer` is a token that is not checked.

An app has its `PrincipalSource` in `app.state.principals`, its name in `app.state.service` and the secrets of other services in
`app.state.internal`.
"""

import base64
import hmac
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from pydantic import SecretStr
from starlette.requests import HTTPConnection
from typing_extensions import override

from shared.caller import HEADER, adopt, authenticate, identify
from shared.errors import AdminOnly, NotForThisService, ServicesOnly, Unauthenticated
from shared.principals import PrincipalSource, require_person
from shared.schemas.principal import Principal
from shared.settings import InternalCaller, InternalSettings
from shared.web.internal_access import callers_of
from shared.web.middleware import route_of

log = structlog.get_logger()


def bearer(request: Request) -> str:
    """The caller's token: `Authorization: Bearer <token>`, or `<token>` alone as web catalogs send it. Raises Unauthenticated."""
    scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else "" if rest else scheme
    if not token:
        raise Unauthenticated("Not logged in")
    return token


class _DocumentedBearer(HTTPBearer):
    @override
    async def __call__(self, request: HTTPConnection) -> None:
        return None


Documented = Annotated[
    object,
    Depends(
        _DocumentedBearer(
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
    """A service that may call the route. Raises ServicesOnly or NotForThisService."""
    require_access(request, bearer(request))
    adopt(request.headers.get(HEADER, ""))


async def scraper(request: Request) -> None:
    """A service, or a caller with the secret for metrics."""
    settings: InternalSettings = request.app.state.internal
    given = bearer(request)
    if is_equal(given, settings.metrics_token):
        authenticate()
    else:
        require_access(request, given)


async def notifier(request: Request) -> None:
    """A service, or a store that reports changes. A store has only a URL, so it sends the secret as the URL's password."""
    settings: InternalSettings = request.app.state.internal
    given = password(request) or bearer(request)
    if is_equal(given, settings.events_token):
        authenticate()
    else:
        require_access(request, given)


def require_access(request: Request, given: str) -> None:
    """Raises ServicesOnly if no service has the token, and NotForThisService if its service may not call the route."""
    caller = internal_caller(given, request.app.state.internal)
    if caller is None:
        raise ServicesOnly("Only services of this installation may call this")
    service, route = request.app.state.service, route_of(request.scope)
    if caller not in callers_of(service, request.method, route or ""):
        log.warning("internal_call_refused", caller=caller, method=request.method, route=route)
        raise NotForThisService(f"The service {caller} may not call this route of {service}")
    authenticate()


def internal_caller(given: str, settings: InternalSettings) -> InternalCaller | None:
    return next((caller for token, caller in settings.callers if is_equal(given, token)), None)


def password(request: Request) -> str:
    """The password of `Authorization: Basic`; empty without one."""
    scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def is_equal(given: str, expected: SecretStr | None) -> bool:
    """True for the expected secret. None and the empty secret equal nothing."""
    wanted = expected.get_secret_value() if expected else ""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


Bearer = Annotated[str, Depends(token)]
Viewer = Annotated[Principal, Depends(viewer)]
Person = Annotated[Principal, Depends(person)]
Admin = Annotated[Principal, Depends(admin)]
Internal = Depends(internal)

Scraper = Depends(scraper)
Notifier = Depends(notifier)

POLICIES = (viewer, person, admin, internal, scraper, notifier)
"""Every route depends on one of these or is in `PUBLIC` of its service; a test checks all routes."""
