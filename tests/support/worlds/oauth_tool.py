"""A tool, the client of OAuth."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import httpx
from support.fakes.openid_provider import query_of

BACK = "http://127.0.0.1:8765/callback"
VERIFIER = "v" * 86
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
RESOURCE = "http://registry.test/mcp/platform"


@dataclass
class Tool:
    client: httpx.AsyncClient
    client_id: str

    def query(self, **changes: Any) -> dict[str, Any]:
        asked = {
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "platform",
            "state": "s t",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "resource": f"{RESOURCE}/mcp",
        }
        return {name: value for name, value in {**asked, **changes}.items() if value is not None}

    async def code(self, caller: dict[str, str], **changes: Any) -> str:
        answer = await self.client.post("/api/connect/authorize", headers=caller, json=self.query(**changes))
        assert answer.status_code == 200, answer.text
        return query_of(answer.json()["redirect_uri"])["code"]

    async def exchange(self, code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "client_id": self.client_id,
            "code_verifier": VERIFIER,
        }
        return await self.client.post("/auth/token", data={**form, **changes})

    async def refresh(self, token: str, **changes: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id}
        return await self.client.post("/auth/token", data={**form, **changes})

    async def connect(self, caller: dict[str, str]) -> dict[str, Any]:
        answer = await self.exchange(await self.code(caller))
        assert answer.status_code == 200, answer.text
        grant: dict[str, Any] = answer.json()
        return grant


async def register(client: httpx.AsyncClient, *redirects: str, name: str = "QuiltSync") -> httpx.Response:
    body = {
        "client_name": name,
        "redirect_uris": list(redirects) or [BACK],
        "token_endpoint_auth_method": "none",
        "software_id": "something else",
    }
    return await client.post("/auth/register", json=body)
