"""Two cookies: the refresh token of a browser's session, and the binding of a sign-in to its browser."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from auth.errors import CookieRepeated
from auth.settings import AuthSettings

PATH = "/api/v1/session"
FORMER_NAME = "__Secure-patchwork-session"
"""Name of the refresh cookie with TLS in the version before. It is read until the next renewal replaces it."""


@dataclass(frozen=True, slots=True)
class RefreshCookie:
    """Holds the refresh token, which only the endpoints that renew and end the session read.

    With TLS the prefix of its name makes browsers accept it from the registry's own host only, and not from a page of a host
    beside it. The prefix requires the path `/`.
    """

    secure: bool
    """True where the registry has TLS."""
    life: timedelta

    @classmethod
    def of(cls, settings: AuthSettings) -> "RefreshCookie":
        return cls(settings.public.registry_url.startswith("https://"), timedelta(days=settings.session_days))

    @property
    def name(self) -> str:
        return "__Host-patchwork-session" if self.secure else "patchwork-session"

    def read(self, request: Request) -> str | None:
        """The refresh token. Raises CookieRepeated, since it is unknown which of two cookies another host has set."""
        found = _values(request, self.name) or (_values(request, FORMER_NAME) if self.secure else [])
        if len(found) > 1:
            raise CookieRepeated
        return found[0] if found else None

    def write(self, response: Response, refresh_token: str) -> None:
        self._set(response, refresh_token, self.life)

    def clear(self, response: Response) -> None:
        self._set(response, "", timedelta(0))

    def _set(self, response: Response, value: str, life: timedelta) -> None:
        if self.secure:
            response.delete_cookie(FORMER_NAME, path=PATH, secure=True, httponly=True, samesite="strict")
        response.set_cookie(
            self.name,
            value,
            max_age=int(life.total_seconds()),
            path="/" if self.secure else PATH,
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )


@dataclass(frozen=True, slots=True)
class BrowserCookie:
    """Binds a sign-in to the browser that began it."""

    secure: bool

    @classmethod
    def of(cls, settings: AuthSettings) -> "BrowserCookie":
        return cls(settings.public.registry_url.startswith("https://"))

    @property
    def name(self) -> str:
        return "__Host-patchwork-sso" if self.secure else "patchwork-sso"

    def read(self, request: Request) -> str | None:
        return request.cookies.get(self.name)

    def write(self, response: Response, value: str) -> None:
        self._set(response, value, 600)

    def clear(self, response: Response) -> None:
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, seconds: int) -> None:
        # Lax, because a link from the provider's site leads here.
        response.set_cookie(
            self.name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )


def _values(request: Request, name: str) -> list[str]:
    """All values of a cookie: browsers send one for each host and path that set it."""
    pairs = (pair.partition("=") for header in request.headers.getlist("cookie") for pair in header.split(";"))
    return [value.strip() for key, _, value in pairs if key.strip() == name]
