"""ASGI middleware of `auth` alone."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.revocation_signal import collected_revocations
from auth.services.revocation_feed import RevocationFeedService


class RevocationBarrier:
    """Starts the answer to a request that wrote revocations when all services have read them.

    Transactions are committed before the answer starts, since their dependencies have the scope of the function.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with collected_revocations() as written:

            async def late_send(message: Message) -> None:
                if message["type"] == "http.response.start" and written.seq:
                    await RevocationFeedService(scope["app"].state.resources).wait_for_listeners(written.seq)
                await send(message)

            await self._app(scope, receive, late_send)
