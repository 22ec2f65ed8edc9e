"""Whether `auth` has set the same, where only both together make sense: else the registry is not ready, or warns."""

import asyncio
import time
from collections.abc import Iterator

import structlog

from registry.settings import RegistrySettings
from shared.clients.auth import UserDirectory
from shared.errors import AppError, NotFound, Unavailable
from shared.schemas.agreement import Agreement

CACHE_SECONDS = 15.0
TIMEOUT_SECONDS = 1.0

log = structlog.get_logger()


class SharedSettingsCheck:
    """For readiness. An `auth` that does not answer, or is of before and cannot tell, is no reason against it."""

    def __init__(self, auth: UserDirectory, settings: RegistrySettings) -> None:
        self._auth = auth
        self._settings = settings
        self._due = float("-inf")
        self._refusal = ""
        self._said: set[str] = set()

    async def __call__(self) -> None:
        """Raises Unavailable."""
        if time.monotonic() >= self._due:
            await self._ask()
        if self._refusal:
            raise Unavailable(self._refusal)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                told = await self._auth.agreement()
        except NotFound:
            self._warn("This auth does not tell what it has set; the registry cannot compare")
            told = Agreement()
        except (AppError, TimeoutError):
            return
        self._refusal = refusal(told, self._settings)
        for warning in warnings(told, self._settings):
            self._warn(warning)
        # What is put right is noticed at once.
        self._due = time.monotonic() + (1 if self._refusal else CACHE_SECONDS)

    def _warn(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            log.warning("settings_disagree", what=text)


def refusal(told: Agreement, settings: RegistrySettings) -> str:
    """What must not be: a role with `*` would read packages in S3 that their owners share with nobody."""
    bucket = settings.quilt2.bucket
    if not bucket or told.quilt2_bucket is None or told.quilt2_bucket == bucket:
        return ""
    return f"AUTH_QUILT2_BUCKET must be {bucket!r}, as REGISTRY_QUILT2__BUCKET is, and is {told.quilt2_bucket!r}"


def warnings(told: Agreement, settings: RegistrySettings) -> Iterator[str]:
    catalog, quilt2 = settings.catalog, settings.quilt2
    pairs = [
        ("AUTH_SERVICE_BUCKET", told.service_bucket, "REGISTRY_CATALOG__SERVICE_BUCKET", catalog.service_bucket),
        ("AUTH_USER_ENDPOINTS", told.user_endpoints, "REGISTRY_QUILT2__USER_ENDPOINTS", quilt2.user_endpoints),
    ]
    if told.client_ids is not None:
        for name, own in (
            ("google", catalog.google_client_id),
            ("okta", catalog.okta_client_id),
            ("onelogin", catalog.one_login_client_id),
        ):
            if own:
                pairs.append((f"the client id of {name} in auth", told.client_ids.get(name, ""), "the catalogs'", own))
    for theirs, value, ours, own_value in pairs:
        if value is not None and value != own_value:
            yield f"{theirs} is {value!r} and {ours} {own_value!r}: they should be the same"
