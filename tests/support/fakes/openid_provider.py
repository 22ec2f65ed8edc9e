"""A fake OpenID Connect provider that checks PKCE, codes and redirect addresses, and can send false tokens."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from jose import jwk, jwt

CLIENT, SECRET = "patchwork", "secret of the client"
ALGORITHM = "RS256"

Claims = dict[str, Any]


@dataclass
class Key:
    kid: str
    pem: str

    @classmethod
    def new(cls, kid: str) -> "Key":
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        formats = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return cls(kid, private.private_bytes(*formats).decode())

    @cached_property
    def private(self) -> Any:
        """Read once, because it takes a hundred times as long as signing."""
        return jwk.construct(self.pem, ALGORITHM)

    @property
    def public(self) -> dict[str, Any]:
        return {**self.private.public_key().to_dict(), "kid": self.kid, "use": "sig"}

    @property
    def public_pem(self) -> str:
        made: str = self.private.public_key().to_pem().decode()
        return made

    def sign(self, claims: Claims) -> str:
        return jwt.encode(claims, self.private, ALGORITHM, headers={"kid": self.kid})


KEYS = [Key.new("first"), Key.new("second"), Key.new("nobody's")]
"""Made once, because making RSA keys is slow."""


@dataclass
class OpenIdProvider:
    """`person` signs in at once. `tamper` changes the claims and `sign` makes the token, for false tokens."""

    issuer: str = "https://idp.test"
    person: Claims = field(default_factory=lambda: person("amy"))
    keys: list[Key] = field(default_factory=lambda: [KEYS[0]])
    tamper: Callable[[Claims], Claims] = dict
    sign: Callable[[Claims], str] | None = None
    named_in_answer: str | None = None
    metadata: Claims = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    down: bool = False

    def id_token(self, nonce: str | None = None, **changes: Any) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 3600, **self.person}
        if nonce is not None:
            claims["nonce"] = nonce
        claims = self.tamper({**claims, **changes})
        return self.sign(claims) if self.sign else self.keys[-1].sign(claims)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def note(request: Request, go_on: Any) -> Any:
            self.requests.append(request.url.path)
            return Response(status_code=500) if self.down else await go_on(request)

        @app.get("/.well-known/openid-configuration")
        async def describe() -> Claims:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "authorization_response_iss_parameter_supported": True,
                **self.metadata,
            }

        @app.get("/keys")
        async def keys() -> Claims:
            return {"keys": [key.public for key in self.keys]}

        @app.get("/authorize")
        async def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            if asked.get("client_id") != CLIENT or asked.get("code_challenge_method") != "S256":
                return JSONResponse({"error": "invalid_request"}, 400)
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"], "iss": self.named_in_answer or self.issuer}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

        @app.post("/token")
        async def token(request: Request) -> Response:
            form = await request.form()
            known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            if request.headers.get("authorization") != f"Basic {known}":
                return JSONResponse({"error": "invalid_client"}, 401)
            asked = self.codes.pop(str(form.get("code")), None)
            challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form.get("code_verifier")).encode()).digest())
            if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
                return JSONResponse({"error": "invalid_grant"}, 400)
            if asked["code_challenge"] != challenge.decode().rstrip("="):
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse({"id_token": self.id_token(asked["nonce"]), "token_type": "Bearer"})

        return app


def person(name: str, **changes: Any) -> Claims:
    return {"sub": f"subject of {name}", "email": f"{name}@example.com", "email_verified": True, **changes}


def unsigned(claims: Claims) -> str:
    """A token with `alg: none`."""
    parts = [{"alg": "none", "typ": "JWT", "kid": "first"}, claims]
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), ""])


def signed_with_public_key(claims: Claims) -> str:
    """A token signed by HS256 with the public key as its secret."""
    secret = base64.b64encode(KEYS[0].public_pem.encode()).decode()
    return jwt.encode(claims, secret, "HS256", headers={"kid": "first"})


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
