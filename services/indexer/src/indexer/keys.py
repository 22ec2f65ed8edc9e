"""Which key of a bucket means what."""

import re
from dataclasses import dataclass

POINTERS = ".quilt/named_packages/"
MANIFESTS = ".quilt/packages/"
LATEST = "latest"

_STATE = (POINTERS, MANIFESTS, ".quilt/v2/")
"""Where the clients keep packages; everything else is an object that people search for."""

_POINTER = re.compile(r"\.quilt/named_packages/([\w-]+/[\w-]+)/(latest|[1-9][0-9]{9,10})")
_MANIFEST = re.compile(r"\.quilt/packages/([0-9a-f]{64})")
_TOP_HASH = re.compile(r"[0-9a-f]{64}")
_FIRST_PUSH = 1451631600
"""Numbers below are no times of a push: there were no packages in 2015."""


@dataclass(frozen=True, slots=True)
class PointerKey:
    """`latest`, or a push by its unix time."""

    name: str
    tag: str

    @property
    def key(self) -> str:
        return f"{POINTERS}{self.name}/{self.tag}"


@dataclass(frozen=True, slots=True)
class ManifestKey:
    top_hash: str

    @property
    def key(self) -> str:
        return MANIFESTS + self.top_hash


@dataclass(frozen=True, slots=True)
class ObjectKey:
    key: str


def classify(key: str) -> PointerKey | ManifestKey | ObjectKey | None:
    """None for what the index has no use for."""
    if not key.startswith(_STATE):
        return None if "\0" in key else ObjectKey(key)
    if found := _MANIFEST.fullmatch(key):
        return ManifestKey(found[1])
    found = _POINTER.fullmatch(key)
    if found and (found[2] == LATEST or int(found[2]) >= _FIRST_PUSH):
        return PointerKey(found[1], found[2])
    return None


def top_hash_of(pointer_body: bytes) -> str:
    """The top hash that a pointer's content is; empty when it is none."""
    found = pointer_body.decode("ascii", "replace").strip()
    return found if _TOP_HASH.fullmatch(found) else ""
