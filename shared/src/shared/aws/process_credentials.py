"""The credentials of the process, for requests that it signs itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.errors import Unavailable

if TYPE_CHECKING:
    from aiobotocore.session import AioSession

    from shared.settings import AwsSettings


@dataclass(frozen=True, slots=True)
class Keys:
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class ProcessKeys(Protocol):
    async def current(self) -> Keys:
        """Raises Unavailable."""
        ...


class ChainedKeys:
    """Credentials of the settings or, without any, of boto's usual chain (task role, profile), which renews them."""

    def __init__(self, settings: AwsSettings) -> None:
        self._settings = settings
        self._session: AioSession | None = None

    async def current(self) -> Keys:
        settings = self._settings
        if settings.access_key_id and settings.secret_access_key:
            return Keys(settings.access_key_id, settings.secret_access_key.get_secret_value())
        # Its imports take memory, which the proxy of a single machine does not need.
        from aiobotocore.session import AioSession  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        self._session = self._session or AioSession()
        try:
            found = await self._session.get_credentials()
            frozen = await found.get_frozen_credentials() if found else None
        except BotoCoreError as error:
            raise Unavailable(f"No credentials for the object store ({type(error).__name__})") from error
        if frozen is None or not frozen.access_key or not frozen.secret_key:
            raise Unavailable("No credentials for the object store")
        return Keys(frozen.access_key, frozen.secret_key, frozen.token)
