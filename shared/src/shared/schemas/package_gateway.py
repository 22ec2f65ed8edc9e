"""Questions of the package gateway to the registry. The registry verifies that they are about what the caller signed."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas.ticket import Presented

MAX_LISTED_KEYS = 1_000
MAX_KEY_CHARACTERS = 4_096
"""Characters of a key, a prefix or a delimiter."""

_Key = Annotated[str, StringConstraints(max_length=2 * MAX_KEY_CHARACTERS)]


class BucketsQuestion(Presented):
    """A request for the buckets in which the caller may see packages."""


class KeysQuestion(Presented):
    """A request for keys of a bucket, AUTHOR/NAME/REVISION/LOGICAL_KEY, in the order of their bytes."""

    bucket: str
    prefix: _Key = ""
    delimiter: _Key = ""
    """Keys with the same text between the prefix and the next delimiter are one common prefix. Empty: none are."""
    start: _Key = ""
    """The first key that may be listed. A common prefix is listed when a key below it may be."""
    limit: int = Field(ge=0, le=MAX_LISTED_KEYS)


class PageQuestion(Presented):
    """A request for the files around a key."""

    bucket: str
    package: str
    revision: str
    path: _Key
    """Logical key."""
    known: str | None = None
    """A tree of which the asker has the page: if the revision still has it, the page is left out."""
