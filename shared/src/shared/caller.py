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


def current() -> Caller:
    return _current.get()


@contextmanager
def bound(caller: Caller) -> Iterator[None]:
    before = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(before)


def identify(principal: Principal) -> None:
    """From here to the end of the request."""
    known = {"user_id": principal.user_id, "user": principal.name, "credential": principal.credential}
    _current.set(_current.get().model_copy(update=known))


def adopt(header: str) -> None:
    """Whoever another service says it is asking for."""
    try:
        _current.set(Caller.model_validate_json(header))
    except ValidationError:
        return


def headers() -> dict[str, str]:
    """For a request to another service."""
    caller = _current.get()
    if caller == NOBODY:
        return {}
    told = {HEADER: json.dumps(caller.model_dump(mode="json", exclude_defaults=True))}  # ASCII, as headers want it
    return {**told, REQUEST_ID: caller.request_id} if caller.request_id else told
