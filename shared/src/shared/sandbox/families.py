"""Families of readers. A worker imports one of them before it is locked in."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.readers import registry
from shared.readers.queries import ARROW_FILE, ARROW_FILE_CUT


@dataclass(frozen=True)
class WorkerFamily:
    """`module` has `OPERATIONS`: by name, the type of the arguments, and the function from source, name and arguments to media type and
    content. Its `load_family(name)` imports all that they need.
    """

    module: str = "shared.sandbox.reading"
    folders: tuple[str, ...] = ()
    """Further folders with modules."""
    nice: int = 0
    """How much the worker gives way to other processes, from 0 to 19."""


FAMILIES: Mapping[str, WorkerFamily] = dict.fromkeys(registry.FAMILIES, WorkerFamily())

MEDIA_TYPES = frozenset(
    {
        "application/json",
        ARROW_FILE,
        ARROW_FILE_CUT,
        "application/vnd.apache.arrow.stream",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain; charset=utf-8",
    }
)
"""Types of answers. The pool passes on no other, whatever a worker says: a page in HTML would run on the service's origin."""
