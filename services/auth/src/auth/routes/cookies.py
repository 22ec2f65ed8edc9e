"""Two cookies: the refresh token of a browser's session, and the binding of a sign-in to its browser."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from auth.settings import AuthSettings

PATH = "/api/v1/session"


@dataclass(frozen=True, slots=True)
class RefreshCookie:
    """Holds the refresh token. Browsers send it only to the endpoints that renew and end the session."""

    secure: bool
    """True where the registry has TLS; the prefix of the name then makes browsers insist on it."""
    life: timedelta

    @classmethod
    def of(cls, settings: AuthSettings) -> "RefreshCookie":
        return cls(settings.public.registry_url.startswith("https://"), timedelta(days=settings.session_days))

    @property
    def name(self) -> str:
        return "__Secure-patchwork-session" if self.secure else "patchwork-session"

    def read(self, request: Request) -> str | None:
        return request.cookies.get(self.name)

    def write(self, response: Response, refresh_token: str) -> None:
        self._set(response, refresh_token, self.life)

    def clear(self, response: Response) -> None:
        self._set(response, "", timedelta(0))

    def _set(self, response: Response, value: str, life: timedelta) -> None:
        response.set_cookie(
            self.name,
            value,
            max_age=int(life.total_seconds()),
            path=PATH,
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
