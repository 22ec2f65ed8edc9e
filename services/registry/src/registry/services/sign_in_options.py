"""How people sign in, for `config.json`: `auth` knows."""

import asyncio
import time

import structlog

from shared.clients.auth import UserDirectory
from shared.errors import AppError
from shared.schemas.catalog import Sign
from shared.schemas.sso import SignInOptions

CACHE_SECONDS = 15.0
CATALOGS_KNOW = ("google", "okta", "onelogin", "azure")
"""Providers that Quilt's web catalogs have buttons for."""
UNKNOWN = SignInOptions(password=True, sign_up="off", sso_sign_up=False, providers=[])
"""Until `auth` has answered."""

log = structlog.get_logger()


class SignInOptionsCache:
    """What `auth` last said."""

    def __init__(self) -> None:
        self._said = UNKNOWN
        self._due = float("-inf")
        self._asking = asyncio.Lock()

    async def options(self, auth: UserDirectory) -> SignInOptions:
        async with self._asking:
            if time.monotonic() >= self._due:
                try:
                    self._said = await auth.sign_in_options()
                    self._due = time.monotonic() + CACHE_SECONDS
                except AppError as error:
                    log.warning("sign_in_options_unknown", error=str(error))
                    self._due = time.monotonic() + 1
        return self._said


def password_of(options: SignInOptions) -> Sign:
    if not options.password:
        return "DISABLED"
    return "ENABLED" if options.sign_up == "open" else "SIGN_IN_ONLY"


def sso_of(options: SignInOptions) -> tuple[Sign, str]:
    """And the providers, with spaces between."""
    known = [each.name for each in options.providers if each.name in CATALOGS_KNOW and each.kind != "github"]
    if not known:
        return "DISABLED", ""
    return "ENABLED" if options.sso_sign_up else "SIGN_IN_ONLY", " ".join(known)
