"""The cookie that holds a browser's refresh token. It is sent to the endpoints that renew and end its session, only."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from auth.settings import Settings

PATH = "/api/v1/session"


@dataclass(frozen=True, slots=True)
class RefreshCookie:
    secure: bool
    """Where the registry has TLS; the name's prefix then has browsers insist on it."""
    life: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "RefreshCookie":
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
