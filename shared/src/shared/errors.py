"""Expected failures: each has an HTTP status and a stable slug, and never pages anyone.

AppError
├── Invalid (400)
│   └── InvalidCursor
├── Unauthenticated (401)
├── Forbidden (403)
├── NotFound (404)
├── Conflict (409)
├── Gone (410)
├── TooLarge (413)
├── Malformed (422)
├── TooManyRequests (429)
└── Unavailable (503)
"""

from typing import Any, ClassVar

from shared.schemas.problem import Problem


class AppError(Exception):
    """An expected failure."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad_request"
    headers: ClassVar[dict[str, str]] = {}
    told: str = ""
    """The finer slug that another service gave, if it was that which failed."""

    @classmethod
    def response(cls) -> dict[int | str, dict[str, Any]]:
        """The error as a member of a route's `responses=`."""
        return {cls.status: {"model": Problem, "description": cls.title()}}

    @classmethod
    def title(cls) -> str:
        return (cls.__doc__ or "").strip()

    def problem(self) -> Problem:
        detail = str(self) or self.title()
        return Problem(
            type=f"/problems/{self.slug}", title=self.title(), status=self.status, detail=detail, message=detail
        )


class Invalid(AppError):
    """The request makes no sense as it stands."""

    slug = "invalid"


class InvalidCursor(Invalid):
    """The cursor is not one of ours."""

    slug = "invalid_cursor"


class Unauthenticated(AppError):
    """We do not know who you are: sign in again."""

    status, slug = 401, "unauthenticated"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(AppError):
    """You are known, and the answer is no."""

    status, slug = 403, "forbidden"


class NotFound(AppError):
    """No such thing, or you may not know about it."""

    status, slug = 404, "not_found"


class Conflict(AppError):
    """The request does not fit the present state."""

    status, slug = 409, "conflict"


class Gone(AppError):
    """It was there, and is no more."""

    status, slug = 410, "gone"


class TooLarge(AppError):
    """The body is larger than this endpoint takes."""

    status, slug = 413, "too_large"


class Malformed(AppError):
    """The request is malformed."""

    status, slug = 422, "malformed"


class TooManyRequests(AppError):
    """Slow down."""

    status, slug = 429, "too_many_requests"


class Unavailable(AppError):
    """Something that this needs does not answer just now; try again."""

    status, slug = 503, "unavailable"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}
