"""Who is being served: bound where a request or a command begins, read where the audit trail is written.

Between services it travels in a header, which only `/internal/` believes.
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
"""Who it turned out to be: few requests need that put together."""


def current() -> Caller:
    caller, principal = _current.get(), _principal.get()
    if principal is None:
        return caller
    known = {"user_id": principal.user_id, "user": principal.name, "credential": principal.credential}
    return caller.model_copy(update=known)


@contextmanager
def bound(caller: Caller) -> Iterator[None]:
    before, nobody = _current.set(caller), _principal.set(None)
    try:
        yield
    finally:
        _current.reset(before)
        _principal.reset(nobody)


def identify(principal: Principal) -> None:
    """From here to the end of the request."""
    _principal.set(principal)


def adopt(header: str) -> None:
    """Whoever another service says it is asking for."""
    try:
        _current.set(Caller.model_validate_json(header))
        _principal.set(None)
    except ValidationError:
        return


def headers() -> dict[str, str]:
    """For a request to another service."""
    caller = current()
    if caller == NOBODY:
        return {}
    told = {HEADER: json.dumps(caller.model_dump(mode="json", exclude_defaults=True))}  # ASCII, as headers want it
    return {**told, REQUEST_ID: caller.request_id} if caller.request_id else told
