"""The name of this installation in mails and authenticator apps."""

import asyncio
import time

import structlog

from auth.settings import AuthSettings
from shared.clients.registry import InstanceDirectory
from shared.errors import AppError

CACHE_SECONDS = 15.0
RETRY_SECONDS = 1.0
TIMEOUT_SECONDS = 2.0

log = structlog.get_logger()


class InstanceNameCache:
    """The name in the catalog, as the registry said last. While the registry is down it is kept. A setting of `auth` goes before it."""

    def __init__(self) -> None:
        self._known = ""
        self._due = float("-inf")
        self._asking = asyncio.Lock()

    async def find(self, settings: AuthSettings, registry: InstanceDirectory) -> str:
        if "instance_name" in settings.model_fields_set:
            return settings.instance_name
        async with self._asking:
            if time.monotonic() >= self._due:
                await self._ask(registry)
        return self._known or settings.instance_name

    async def _ask(self, registry: InstanceDirectory) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                self._known = await registry.instance_name()
            self._due = time.monotonic() + CACHE_SECONDS
        except (AppError, TimeoutError) as error:
            log.warning("instance_name_unknown", error=str(error))
            self._due = time.monotonic() + RETRY_SECONDS
