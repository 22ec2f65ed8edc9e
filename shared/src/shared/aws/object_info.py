"""Objects as the store describes them."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object in a listing."""

    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class ObjectInfo(ListedObject):
    version_id: str | None
    meta: dict[str, str] = field(default_factory=dict)
    """User metadata (`x-amz-meta-*`)."""
    encoding: str = ""
    """`Content-Encoding` of the stored bytes; empty without one."""
