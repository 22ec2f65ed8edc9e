"""A fake of GitHub's sign-in. Its answers are in `github_answers/`, in the shapes of docs.github.com: "Authorizing OAuth
apps", "Troubleshooting OAuth app access token request errors", "REST API endpoints for users" and "… for emails".

Refused codes have status 200; without `Accept: application/json` answers are forms; a token reaches what its scopes name.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET = "8a61f9b3a7aba7660a1b", "secret of the app"
CALLBACK = "http://registry.test/oauth_callback"
ANSWERS = Path(__file__).with_name("github_answers")
PER_PAGE = 30


def answer(name: str) -> Any:
    return json.loads((ANSWERS / f"{name}.json").read_text())


@dataclass
class GitHub:
    user: dict[str, Any] = field(default_factory=lambda: dict(answer("user")))
    emails: list[dict[str, Any]] = field(default_factory=lambda: list(answer("emails")))
    scope: str = ""
    """Scopes that the person grants to the app, if they are fewer than it asks for."""
    refusing: str = ""
    """Name of the error with which codes are refused; empty: they are accepted."""
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Challenge and scopes by code."""
    tokens: dict[str, set[str]] = field(default_factory=dict)
    """Scopes by token."""

    def web(self) -> FastAPI:
        app = FastAPI()

        @app.get("/login/oauth/authorize")
        async def authorize(request: Request) -> Response:
            asked = request.query_params
            if asked["client_id"] != CLIENT or asked["redirect_uri"] != CALLBACK:
                return Response(status_code=404)
            code = secrets.token_hex(10)
            scope = self.scope or ",".join(asked["scope"].split())
            self.codes[code] = (asked["code_challenge"], scope)
            return RedirectResponse(f"{CALLBACK}?{urlencode({'code': code, 'state': asked['state']})}", 302)

        @app.post("/login/oauth/access_token")
        async def token(request: Request) -> Response:
            form = await request.form()
            issued = self._issue_token({name: str(value) for name, value in form.items()})
            if request.headers.get("accept") != "application/json":
                return Response(urlencode(issued), media_type="application/x-www-form-urlencoded")
            return JSONResponse(issued)

        return app

    def _issue_token(self, form: dict[str, str]) -> Any:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return answer("incorrect_client_credentials")
        if form.get("redirect_uri") != CALLBACK:
            return answer("redirect_uri_mismatch")
        if self.refusing:
            return answer(self.refusing)
        verifier = form.get("code_verifier", "").encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        known, scope = self.codes.pop(form.get("code", ""), ("", ""))
        if known != challenge:
            return answer("bad_verification_code")
        made = f"gho_{secrets.token_hex(18)}"
        self.tokens[made] = set(scope.split(","))
        return {**answer("access_token"), "access_token": made, "scope": scope}

    def api(self) -> FastAPI:
        app = FastAPI()

        def answer_if_allowed(request: Request, scopes: set[str], body: Any) -> Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self.tokens:
                return JSONResponse(answer("bad_credentials"), 401)
            if scopes and not scopes & self.tokens[token]:
                return JSONResponse(answer("not_found"), 404)
            return JSONResponse(body)

        @app.get("/user")
        async def user(request: Request) -> Response:
            return answer_if_allowed(request, set(), self.user)

        @app.get("/user/emails")
        async def emails(request: Request, per_page: int = PER_PAGE) -> Response:
            return answer_if_allowed(request, {"user", "user:email"}, self.emails[: min(per_page, 100)])

        return app
