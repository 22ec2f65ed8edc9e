"""Pushes, promotions and deletions of a package, and the events of the audit trail from which they are known."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.schemas.package import TopHash

MAX_PACKAGE_EVENTS = 250
"""Events of one question, and pushes."""

PackageAction = Literal[
    "Packages.Push",
    "Packages.Construct",
    "Packages.Patch",
    "Packages.Promote",
    "Packages.Delete",
    "Packages.DeleteRevision",
]
ActivityKind = Literal["push", "promotion", "revision_deletion", "package_deletion"]
DELETIONS: Mapping[PackageAction, ActivityKind] = {
    "Packages.Delete": "package_deletion",
    "Packages.DeleteRevision": "revision_deletion",
}
"""Actions that delete, and what each is shown as."""


class PackageEventQuestion(BaseModel):
    """Events of a package that were done, before the event `before`, newest first; and those that made some of its pushes."""

    bucket: str
    name: str
    before: int | None = None
    limit: int = Field(ge=1, le=MAX_PACKAGE_EVENTS)
    top_hashes: list[str] = Field(default_factory=list, max_length=MAX_PACKAGE_EVENTS)
    """Revisions that the registry may have pushed."""
    keys: list[str] = Field(default_factory=list, max_length=2 * MAX_PACKAGE_EVENTS)
    """Pointers, or manifests that are pushes, that a client may have written."""


class PackageEvent(BaseModel):
    id: int
    at: datetime
    action: PackageAction
    user: str
    top_hash: str | None
    """Revision that was made or deleted; null if the event does not say it."""
    key: str | None
    """Pointer that a client wrote."""


class PackageEvents(BaseModel):
    events: list[PackageEvent]
    makers: list[PackageEvent]
    """The events that made the pushes of the question."""


class PackageActivity(BaseModel):
    """A push, a promotion or a deletion."""

    kind: ActivityKind
    at: datetime
    user: str | None = Field(description="Name of the user; null if unknown.", examples=["amy"])
    through: Literal["client", "registry"] | None = Field(
        description="`client`: written straight to S3 with vended credentials. `registry`: made by the registry for the user, "
        "for instance in the web catalog. Null if unknown."
    )
    tag: Annotated[str | None, Field(description="Tag of the push: its Unix time.", examples=["1785312000"])]
    top_hash: TopHash | None = Field(description="Revision that was pushed or deleted; null if unknown.")
    message: str | None = Field(description="Message of the revision, while the index has it.", examples=["Add 2026"])
    is_present: bool = Field(description="The package has this revision now.")
