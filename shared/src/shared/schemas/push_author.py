from typing import Annotated

from pydantic import BaseModel, Field

MAX_WRITTEN = 1000
"""Objects of one question."""


class WrittenPointer(BaseModel, frozen=True):
    """A pointer, or a manifest that is a push, as S3 has it."""

    bucket: str
    key: str
    etag: str
    session: str | None = None
    """Name of the role session that wrote it, from the event of S3; None if no event said it."""


class WrittenPointers(BaseModel):
    written: Annotated[list[WrittenPointer], Field(max_length=MAX_WRITTEN)]


class PushAuthors(BaseModel):
    names: list[str | None]
    """Names of users, in the order of the question; null where they are unknown."""
