"""Run with auth's own settings: prints an access token for a user's session, with the lifetime that they say."""

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

from auth.db.stores import Stores
from auth.resources import open_resources
from auth.services.keys import KeyService
from auth.settings import AuthSettings
from shared.db.engine import transaction


async def sign(user_id: str, session_id: str) -> str:
    settings = AuthSettings()
    async with open_resources(settings) as resources, transaction(resources.sessions) as session:
        life = timedelta(days=settings.access_token_days)
        keys = KeyService(Stores(session), resources.encryptor, settings)
        return (await keys.sign(UUID(user_id), UUID(session_id), life)).token


if __name__ == "__main__":
    print(asyncio.run(sign(*sys.argv[1:])))  # noqa: T201
