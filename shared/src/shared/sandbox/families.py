"""Families of readers: what a worker imports before it is locked in, and what it may be asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.readers.source import RangeSource

OperationFunction = Callable[[RangeSource, str, Any], tuple[str, bytes]]
"""From the bytes, the name and the arguments to the media type and the content of the answer."""


@dataclass(frozen=True)
class Operation:
    function: OperationFunction
    arguments: type[msgspec.Struct]


@dataclass(frozen=True)
class WorkerFamily:
    """Readers that share a worker.

    `module` has `OPERATIONS`, which maps names to `Operation`s, and may have `warm_up()`, which imports everything that is imported at
    first use. `path` are further folders in which modules are found.
    """

    module: str
    path: tuple[str, ...] = ()


MEDIA_TYPES = frozenset(
    {
        "application/json",
        "application/vnd.apache.arrow.stream",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain; charset=utf-8",
    }
)
"""Types of answers. The pool passes on no other, whatever a worker says: a page in HTML would run on the service's origin."""

FAMILIES: Mapping[str, WorkerFamily] = {}
