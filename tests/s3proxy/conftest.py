import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from support.worlds.proxy_world import WRITER, OpenProxy, ProxyWorld, settings_for
from support.worlds.shared_routes import with_shared_routes

from s3proxy.main import create_app
from s3proxy.resources import open_resources
from shared.testing.auth import FakeAuth
from shared.testing.registry import FakeRegistry
from shared.testing.servers import ScriptedServer, Talk, serve, until


@pytest.fixture(scope="session")
def auth() -> FakeAuth:
    auth = FakeAuth()
    auth.vend(auth.token_for("writer"), WRITER.access_key_id, WRITER.secret)
    return auth


@pytest.fixture
async def open_proxy(auth: FakeAuth) -> AsyncIterator[OpenProxy]:
    async with AsyncExitStack() as stack:

        async def opened(talk: Talk | None = None, registry: FakeRegistry | None = None, **changes: Any) -> ProxyWorld:
            store = ScriptedServer(talk)
            server = await asyncio.start_server(store.accept, "127.0.0.1", 0)
            stack.callback(server.close)
            store.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            settings = settings_for(store.url, **changes)
            asked = registry or FakeRegistry()
            asked.signers = auth
            app = with_shared_routes(create_app(settings))
            resources = await stack.enter_async_context(open_resources(settings, asked, auth))
            app.state.resources = resources
            app.state.checks = {"buckets": resources.buckets.require_known, "store": resources.check_store}
            await until(lambda: asked.asked)
            return ProxyWorld(asked, store, await stack.enter_async_context(serve(app)))

        yield opened
