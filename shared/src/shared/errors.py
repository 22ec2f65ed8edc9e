"""Expected failures: each has an HTTP status and a stable slug, and raises no alarm.

AppError
├── Invalid (400)
│   └── InvalidCursor
├── Unauthenticated (401)
├── Forbidden (403): raised through a subclass, so that each reason has a slug of its own
│   ├── NotAWriter, AdminOnly, OwnerOnly
│   └── NotForApiKeys, NotForTools, ServicesOnly, NotForThisService
├── NotFound (404)
├── Conflict (409)
├── Gone (410)
├── TooLarge (413)
├── Malformed (422)
├── TooManyRequests (429)
│   └── RateExceeded
└── Unavailable (503)
"""

from typing import Any, ClassVar

from typing_extensions import override

from shared.schemas.problem import Problem


class AppError(Exception):
    """An expected failure.

    `title` names the kind of failure for people, and is the detail of an error that is raised without a text.
    """

    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad_request"
    headers: ClassVar[dict[str, str]] = {}
    peer_slug: str = ""
    """The slug of the answer of another service, if the error was raised for that answer."""

    @classmethod
    def response(cls) -> dict[int | str, dict[str, Any]]:
        """The error as an item of `responses=` of a route."""
        return {cls.status: {"model": Problem, "description": cls.title}}

    @override
    def __str__(self) -> str:
        return super().__str__() or self.title

    def answer_headers(self) -> dict[str, str]:
        return dict(self.headers)

    def problem(self) -> Problem:
        detail = str(self)
        return Problem(
            type=f"/problems/{self.peer_slug or self.slug}",
            title=self.title,
            status=self.status,
            detail=detail,
            message=detail,
        )


class Invalid(AppError):
    title = "The request is not valid"
    slug = "invalid"


class InvalidCursor(Invalid):
    title = "The cursor is not valid. Start again from the first page"
    slug = "invalid_cursor"


class Unauthenticated(AppError):
    title = "You are not signed in, or your session has ended. Sign in again"
    status, slug = 401, "unauthenticated"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(AppError):
    title = "You do not have permission to do this"
    status, slug = 403, "forbidden"


class NotAWriter(Forbidden):
    title = "Your role may not write to this bucket"
    slug = "not_a_writer"


class AdminOnly(Forbidden):
    title = "Only administrators may do this"
    slug = "admin_only"


class OwnerOnly(Forbidden):
    title = "Only the owner of the package may do this"
    slug = "owner_only"


class NotForApiKeys(Forbidden):
    title = "An API key may not do this. Sign in as yourself"
    slug = "not_for_api_keys"


class NotForTools(Forbidden):
    title = "A connected tool may not do this. Sign in as yourself"
    slug = "not_for_tools"


class ServicesOnly(Forbidden):
    title = "Only services of this installation may call this"
    slug = "services_only"


class NotForThisService(Forbidden):
    title = "The token of this service does not permit this"
    slug = "not_for_this_service"


class NotFound(AppError):
    title = "This does not exist, or you do not have access to it"
    status, slug = 404, "not_found"


class Conflict(AppError):
    title = "The request conflicts with the current state"
    status, slug = 409, "conflict"


class Gone(AppError):
    title = "This has been deleted"
    status, slug = 410, "gone"


class TooLarge(AppError):
    title = "The body is larger than this address accepts"
    status, slug = 413, "too_large"


class Malformed(AppError):
    title = "The request is malformed"
    status, slug = 422, "malformed"


class TooManyRequests(AppError):
    title = "Too many requests. Try again later"
    status, slug = 429, "too_many_requests"


class RateExceeded(TooManyRequests):
    title = "You send expensive requests too fast. Wait as many seconds as Retry-After says"
    slug = "rate_exceeded"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"You send expensive requests too fast. Try again in {seconds} s")
        self.seconds = seconds

    @override
    def answer_headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.seconds)}


class Unavailable(AppError):
    title = "A service that this needs is not responding. Try again"
    status, slug = 503, "unavailable"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}
