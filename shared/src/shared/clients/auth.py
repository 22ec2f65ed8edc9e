"""How the services ask `auth`; `shared.testing.auth.FakeAuth` stands in for it."""

import httpx

from shared import tokens
from shared.clients.transport import call
from shared.schemas.principal import Resolution, Revocations


class AuthClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def keys(self) -> list[tokens.Jwk]:
        answer = await call(self._http, "GET", "/.well-known/jwks.json")
        keys: list[tokens.Jwk] = answer.json()["keys"]
        return keys

    async def resolve(self, token: str) -> Resolution:
        answer = await call(self._http, "POST", "/internal/principal", json={"token": token})
        return Resolution.model_validate_json(answer.content)

    async def revocations(self, since: int | None) -> Revocations:
        params = {} if since is None else {"since": since}
        answer = await call(self._http, "GET", "/internal/revocations", params=params)
        return Revocations.model_validate_json(answer.content)
