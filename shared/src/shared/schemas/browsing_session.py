"""Browsing sessions: addresses below which the files of one revision are read, for reports in a sandbox."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

MAX_BROWSING_SECONDS = 3_600
DEFAULT_BROWSING_SECONDS = 180

_LIFE = Field(
    DEFAULT_BROWSING_SECONDS,
    ge=1,
    le=MAX_BROWSING_SECONDS,
    description="Life of the session from now on. Your own session may end it earlier.",
    examples=[600],
)


class BrowsingOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seconds: int = _LIFE


class BrowsingSession(BaseModel):
    id: str = Field(
        description="A secret: whoever has it reads the files of this revision with your rights.",
        examples=["Jw9hYtU2m1kq3sVb0n8dXr5fPz7cLa4eGi6oTuQxWyE"],
        repr=False,
    )
    url: str = Field(
        description="Address of the root. The path of a file follows it; a folder's address leads to its `index.html`.",
        examples=["https://s3proxy.example.com/-/browse/Jw9hYtU2m1kq3sVb0n8dXr5fPz7cLa4eGi6oTuQxWyE/"],
        repr=False,
    )
    top_hash: str = Field(description="The revision, which stays the same when the package changes.")
    expires_at: datetime


class BrowsingQuestion(BaseModel):
    """A request of the S3 proxy for the session of an address."""

    id: str = Field(min_length=1, max_length=100, repr=False)


class BrowsedRevision(BaseModel):
    """The revision of a session, and the ticket of its maker, which holds for `browsing_path` of the session."""

    ticket: str = Field(repr=False)
    bucket: str
    package: str
    top_hash: str
    expires_at: datetime


def browsing_path(session_id: str) -> str:
    """Path on the S3 proxy's host below which a session's files are."""
    return f"/-/browse/{session_id}"
