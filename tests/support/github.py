"""GitHub as far as signing in goes, answering as it was recorded: refusals of codes are 200s, addresses a list."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET = "Iv1.8a61f9b3a7aba766", "secret of the app"
CALLBACK = "http://registry.test/oauth_callback"
BAD_CODE = {
    "error": "bad_verification_code",
    "error_description": "The code passed is incorrect or expired.",
    "error_uri": "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors",
}
USER: dict[str, Any] = {
    "login": "Octo-Cat",
    "id": 583231,
    "node_id": "MDQ6VXNlcjU4MzIzMQ==",
    "type": "User",
    "site_admin": False,
    "name": "The Octocat",
    "email": None,
}
EMAILS: list[dict[str, Any]] = [
    {"email": "octocat@users.noreply.github.com", "primary": False, "verified": True, "visibility": None},
    {"email": "octocat@example.com", "primary": True, "verified": True, "visibility": "private"},
]


@dataclass
class GitHub:
    user: dict[str, Any] = field(default_factory=lambda: dict(USER))
    emails: list[dict[str, Any]] = field(default_factory=lambda: [dict(each) for each in EMAILS])
    codes: dict[str, str] = field(default_factory=dict)
    """To their challenges."""
    tokens: set[str] = field(default_factory=set)

    def web(self) -> FastAPI:
        app = FastAPI()

        @app.get("/login/oauth/authorize")
        async def authorize(request: Request) -> Response:
            asked = request.query_params
            if asked["client_id"] != CLIENT or asked["redirect_uri"] != CALLBACK:
                return Response(status_code=404)
            code = secrets.token_hex(10)
            self.codes[code] = asked["code_challenge"]
            return RedirectResponse(f"{CALLBACK}?{urlencode({'code': code, 'state': asked['state']})}", 302)

        @app.post("/login/oauth/access_token")
        async def token(request: Request) -> Response:
            form = await request.form()
            if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
                return JSONResponse({**BAD_CODE, "error": "incorrect_client_credentials"})
            verifier = str(form.get("code_verifier")).encode()
            challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
            if self.codes.pop(str(form.get("code")), None) != challenge:
                return JSONResponse(BAD_CODE)
            made = f"gho_{secrets.token_hex(18)}"
            self.tokens.add(made)
            return JSONResponse({"access_token": made, "token_type": "bearer", "scope": "read:user,user:email"})

        return app

    def api(self) -> FastAPI:
        app = FastAPI()

        def told(request: Request, answer: Any) -> Response:
            if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
                return JSONResponse({"message": "Bad credentials", "status": "401"}, 401)
            return JSONResponse(answer)

        @app.get("/user")
        async def user(request: Request) -> Response:
            return told(request, self.user)

        @app.get("/user/emails")
        async def emails(request: Request) -> Response:
            return told(request, self.emails)

        return app
