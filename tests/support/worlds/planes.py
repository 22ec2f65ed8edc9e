"""One session's credentials at all services that verify callers, and whether each accepts them."""

import asyncio
from dataclasses import dataclass

import httpx
from jose import jwt
from support.data.signing import Key
from support.worlds.system import BUCKET, System


@dataclass
class Planes:
    """A session at `auth`, the registry and the S3 proxy."""

    system: System
    http: httpx.AsyncClient
    token: str
    key: Key

    @classmethod
    async def sign_in(cls, system: System, http: httpx.AsyncClient, name: str, password: str) -> "Planes":
        answer = await http.post(f"{system.registry}/api/login", json={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        token = answer.json()["token"]
        vended = await http.get(f"{system.registry}/api/auth/get_credentials", headers=_bearer(token))
        assert vended.status_code == 200, vended.text
        return cls(system, http, token, Key.of(vended.json()))

    async def statuses(self) -> dict[str, int]:
        """Status of a request to each service, sent at the same time."""
        search = f"{self.system.s3proxy}/lambda/search?index={BUCKET}&action=stats"
        requests = {
            "auth": (f"{self.system.registry}/api/me", _bearer(self.token)),
            "registry": (f"{self.system.registry}/api/v1/buckets", _bearer(self.token)),
            "s3proxy": (search, self.key.headers("GET", search, "execute-api")),
        }
        answers = await asyncio.gather(*(self.http.get(url, headers=headers) for url, headers in requests.values()))
        return dict(zip(requests, (answer.status_code for answer in answers), strict=True))

    async def sign_out(self) -> None:
        session = jwt.get_unverified_claims(self.token)["sid"]
        url = f"{self.system.registry}/api/v1/sessions/{session}"
        answer = await self.http.delete(url, headers=_bearer(self.token))
        assert answer.status_code == 204, answer.text


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


ACCEPTED = {"auth": 200, "registry": 200, "s3proxy": 200}
REFUSED = {"auth": 401, "registry": 401, "s3proxy": 401}
