"""Browsing sessions: whose rights an address has, and the policy under which browsers run what it answers."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cachetools import TTLCache

from s3proxy.services.bearers import Bearer, BearerCache
from shared.clients.registry import Registry
from shared.concurrency import SingleFlight
from shared.errors import Invalid, NotFound
from shared.schemas.browsing_session import BrowsedRevision, browsing_path

SESSION_CACHE_SECONDS = 5.0
"""Time for which a session that was ended may still be read."""
MAX_CACHED_SESSIONS = 10_000
INDEX = "index.html"
"""File that a folder's address leads to."""

_ID = re.compile(r"[\w-]{43}", re.ASCII)
_HOST = re.compile(r"[\w.:\[\]-]{1,255}", re.ASCII)
_QUILT_PATH = re.compile(r"/browse/[\w-]{43}/", re.ASCII)

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "camera", "clipboard-read", "clipboard-write", "display-capture"),
        *("encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection"),
        *("local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
        *("publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial"),
        *("storage-access", "usb", "window-management", "xr-spatial-tracking"),
    )
)
"""Permissions-Policy of reports, which ask for nothing."""


@dataclass(frozen=True, slots=True)
class Browsed:
    """The revision below an address, and its reader."""

    caller: Bearer
    revision: BrowsedRevision


class BrowsingSessions:
    def __init__(self, registry: Registry, bearers: BearerCache, clock: Callable[[], float] = time.monotonic) -> None:
        self._registry = registry
        self._bearers = bearers
        self._found: TTLCache[str, BrowsedRevision] = TTLCache(MAX_CACHED_SESSIONS, SESSION_CACHE_SECONDS, clock)
        self._flights: SingleFlight[str, BrowsedRevision] = SingleFlight()

    async def find(self, session_id: str) -> Browsed:
        """Raises NotFound, Unauthenticated or Unavailable."""
        if not _ID.fullmatch(session_id):
            raise NotFound("There is no such browsing session")
        revision = self._found.get(session_id)
        if revision is None or revision.expires_at <= datetime.now(UTC):
            revision = await self._flights.run(session_id, lambda: self._registry.browsing_session(session_id))
            self._found[session_id] = revision
        caller = await self._bearers.find_by_ticket(revision.ticket, browsing_path(session_id), ())
        return Browsed(caller, revision)


def is_quilt_address(path: str) -> bool:
    """True for an address of a session as Quilt's catalogs know it. Other paths below `/browse/` are those of a bucket."""
    return _QUILT_PATH.match(path) is not None


def file_path(path: str) -> str:
    """The logical key that an address means."""
    return f"{path}{INDEX}" if not path or path.endswith("/") else path


def report_policy(host: str, root: str, *, is_framed: bool) -> str:
    """Content-Security-Policy of an answer of the session whose files are below `root`, a path that ends with a slash.

    A report has an origin of its own. It may run scripts, and reach the files of its revision and nothing else. Outside of a
    frame, where nothing keeps it from leading people to other addresses, it runs no scripts. Raises Invalid.
    """
    if not _HOST.fullmatch(host):
        raise Invalid("The header Host is not the name of a host")
    own = f"{host}{root}"
    embedded = f"{own} data: blob:"
    return "; ".join(
        (
            "sandbox allow-scripts allow-forms" if is_framed else "sandbox",
            "default-src 'none'",
            f"script-src {embedded} 'unsafe-inline' 'unsafe-eval'",
            f"style-src {embedded} 'unsafe-inline'",
            *(f"{each}-src {embedded}" for each in ("img", "font", "media", "connect", "worker", "frame")),
            f"form-action {own}",
            f"base-uri {own}",
        )
    )
