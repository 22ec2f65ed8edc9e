"""Checks the settings that `auth` and the registry must share. A mismatch makes the registry unready, or is logged."""

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
    """Readiness check. Fails only on a known mismatch: an `auth` that is unreachable, or too old to report, passes."""

    def __init__(self, auth: UserDirectory, settings: RegistrySettings) -> None:
        self._auth = auth
        self._settings = settings
        self._due = float("-inf")
        self._refusal = ""
        self._logged: set[str] = set()

    async def disagreements(self) -> list[str]:
        """All mismatches, those that only some catalogs or clients notice as well. Raises AppError."""
        reported = await self._auth.agreement()
        refusal = mismatch(reported, self._settings)
        return [*([refusal] if refusal else []), *warnings(reported, self._settings)]

    async def __call__(self) -> None:
        """Raises Unavailable."""
        if time.monotonic() >= self._due:
            await self._compare()
        if self._refusal:
            raise Unavailable(self._refusal)

    async def _compare(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                reported = await self._auth.agreement()
        except NotFound:
            self._warn("This version of auth does not report its settings, so they cannot be compared")
            reported = Agreement()
        except (AppError, TimeoutError):
            return
        self._refusal = mismatch(reported, self._settings)
        for warning in warnings(reported, self._settings):
            self._warn(warning)
        # A mismatch that was corrected is noticed soon.
        self._due = time.monotonic() + (1 if self._refusal else CACHE_SECONDS)

    def _warn(self, text: str) -> None:
        if text not in self._logged:
            self._logged.add(text)
            log.warning("settings_disagree", what=text)


def mismatch(reported: Agreement, settings: RegistrySettings) -> str:
    """Reason for unreadiness: with different buckets, a role with `*` would read private packages in S3."""
    bucket = settings.quilt2.bucket
    if not bucket or reported.quilt2_bucket is None or reported.quilt2_bucket == bucket:
        return ""
    return f"AUTH_QUILT2_BUCKET must be {bucket!r}, as REGISTRY_QUILT2__BUCKET is, but it is {reported.quilt2_bucket!r}"


def warnings(reported: Agreement, settings: RegistrySettings) -> Iterator[str]:
    """Mismatches that only some catalogs or clients notice."""
    catalog, quilt2 = settings.catalog, settings.quilt2
    pairs = [
        ("AUTH_SERVICE_BUCKET", reported.service_bucket, "REGISTRY_CATALOG__SERVICE_BUCKET", catalog.service_bucket),
        ("AUTH_USER_ENDPOINTS", reported.user_endpoints, "REGISTRY_QUILT2__USER_ENDPOINTS", quilt2.user_endpoints),
    ]
    if reported.client_ids is not None:
        for name, own in (
            ("google", catalog.google_client_id),
            ("okta", catalog.okta_client_id),
            ("onelogin", catalog.one_login_client_id),
        ):
            if own:
                pairs.append(
                    (f"the client id of {name} in auth", reported.client_ids.get(name, ""), "the catalogs'", own)
                )
    for theirs, value, ours, own_value in pairs:
        if value is not None and value != own_value:
            yield f"{theirs} is {value!r} and {ours} {own_value!r}: they should be the same"
