"""Why the sandbox gives no answer."""

from typing import ClassVar, Literal

from shared.errors import Unavailable

FailureReason = Literal[
    "took too long",
    "took too much memory",
    "read too much",
    "answered too much",
    "started too many threads",
    "crashed",
    "failed",
]


class SandboxBusy(Unavailable):
    title = "Too many files are being read at the moment. Try again"
    slug = "sandbox_busy"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}


class SandboxUnavailable(Unavailable):
    title = "Files cannot be read at the moment, because no reader can be started"
    slug = "sandbox_unavailable"


class SandboxFailed(Exception):
    """The reader was ended, or ended itself, while it read this file."""

    def __init__(self, reason: FailureReason) -> None:
        super().__init__(f"The reader of this file {reason}")
        self.reason = reason
