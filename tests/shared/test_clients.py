"""Clients of the services: an answer that is not what a service says is that of something before it."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from shared.clients.administration import Administration
from shared.clients.auth import AuthClient
from shared.clients.registry import RegistryClient
from shared.errors import Unavailable

CALLS: dict[str, Callable[[httpx.AsyncClient], Awaitable[object]]] = {
    "a model": lambda http: RegistryClient(http).instance_name(),
    "a page of a list": lambda http: Administration(http).some_users(),
    "all pages of a list": lambda http: Administration(http).users(),
    "keys": lambda http: AuthClient(http).keys(),
}


@pytest.mark.parametrize("body", [b"<html>Sign in to the network</html>", b"[]", b"{}"])
@pytest.mark.parametrize("call", list(CALLS))
async def test_a_peer_whose_answer_cannot_be_read_is_unavailable(call: str, body: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    async with httpx.AsyncClient(transport=transport, base_url="http://peer.test") as http:
        with pytest.raises(Unavailable, match=r"peer\.test gave an answer that cannot be read"):
            await CALLS[call](http)
