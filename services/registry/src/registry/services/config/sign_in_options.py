"""Ways to sign in, for `config.json`, as `auth` reports them."""

import asyncio
import time

import structlog

from shared.clients.auth import UserDirectory
from shared.errors import AppError
from shared.schemas.catalog import Sign
from shared.schemas.sso import SignInOptions

CACHE_SECONDS = 15.0
CATALOG_PROVIDERS = ("google", "okta", "onelogin", "azure")
"""Providers that Quilt's web catalogs have buttons for."""
UNKNOWN = SignInOptions(password=True, sign_up="off", sso_sign_up=False, providers=[])
"""Options before the first answer of `auth`."""

log = structlog.get_logger()


class SignInOptionsCache:
    """The last answer of `auth`, which is asked again after CACHE_SECONDS. While `auth` is down the answer is kept."""

    def __init__(self) -> None:
        self._options = UNKNOWN
        self._due = float("-inf")
        self._lock = asyncio.Lock()

    async def options(self, auth: UserDirectory) -> SignInOptions:
        async with self._lock:
            if time.monotonic() >= self._due:
                try:
                    self._options = await auth.sign_in_options()
                    self._due = time.monotonic() + CACHE_SECONDS
                except AppError as error:
                    log.warning("sign_in_options_unknown", error=str(error))
                    self._due = time.monotonic() + 1
        return self._options


def password_of(options: SignInOptions) -> Sign:
    if not options.password:
        return "DISABLED"
    return "ENABLED" if options.sign_up == "open" else "SIGN_IN_ONLY"


def sso_of(options: SignInOptions) -> tuple[Sign, str]:
    """Single sign-on, and the names of its providers separated by spaces."""
    known = [each.name for each in options.providers if each.name in CATALOG_PROVIDERS and each.kind != "github"]
    if not known:
        return "DISABLED", ""
    return "ENABLED" if options.sso_sign_up else "SIGN_IN_ONLY", " ".join(known)
