"""The caller of the current request or command: bound where it begins, read where the audit trail is written.

Requests between services carry it in a header, which is trusted only below `/internal/`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import ValidationError

from shared.schemas.audit import Caller
from shared.schemas.principal import Principal

HEADER = "X-Patchwork-Caller"
REQUEST_ID = "X-Request-Id"
NOBODY = Caller()

_current: ContextVar[Caller] = ContextVar("caller", default=NOBODY)
_principal: ContextVar[Principal | None] = ContextVar("principal", default=None)
"""The caller's principal, once it is known. `current` combines the two, which few requests need."""
_is_known: ContextVar[bool] = ContextVar("caller_is_known", default=False)


def current() -> Caller:
    caller, principal = _current.get(), _principal.get()
    if principal is None:
        return caller
    known = {"user_id": principal.user_id, "user": principal.name, "credential": principal.credential}
    return caller.model_copy(update=known)


@contextmanager
def bound(caller: Caller) -> Iterator[None]:
    caller_token, principal_token, known_token = _current.set(caller), _principal.set(None), _is_known.set(False)
    try:
        yield
    finally:
        _is_known.reset(known_token)
        _current.reset(caller_token)
        _principal.reset(principal_token)


def identify(principal: Principal) -> None:
    """Set the principal of the caller, until the end of the request."""
    _principal.set(principal)
    authenticate()


def authenticate() -> None:
    """Note that the caller has proved who they are: a user, another service, or a store that reports changes."""
    _is_known.set(True)


def is_known() -> bool:
    return _is_known.get()


def adopt(header: str) -> None:
    """Take over the caller that another service names in its header. An invalid header is ignored."""
    try:
        _current.set(Caller.model_validate_json(header))
        _principal.set(None)
    except ValidationError:
        return


def headers() -> dict[str, str]:
    """Headers that name the caller in a request to another service."""
    caller = current()
    if caller == NOBODY:
        return {}
    named = {HEADER: json.dumps(caller.model_dump(mode="json", exclude_defaults=True))}  # ASCII, since it is a header
    return {**named, REQUEST_ID: caller.request_id} if caller.request_id else named
