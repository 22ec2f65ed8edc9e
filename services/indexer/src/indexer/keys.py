"""Which key of a bucket means what."""

import re
from dataclasses import dataclass

POINTERS = ".quilt/named_packages/"
MANIFESTS = ".quilt/packages/"
LATEST = "latest"

SECOND = ".quilt/v2/"
"""Where the second layout has both."""

_STATE = (POINTERS, MANIFESTS, SECOND)
"""Where the clients keep packages; everything else is an object that people search for."""

_POINTER = re.compile(r"\.quilt/named_packages/([\w-]+/[\w-]+)/(latest|[1-9][0-9]{9,10})")
_MANIFEST = re.compile(r"\.quilt/packages/([0-9a-f]{64})")
_TAG_2 = re.compile(r"\.quilt/v2/tags/([\w-]+)@([\w-]+)/latest")
_MANIFEST_2 = re.compile(r"\.quilt/v2/manifests/([\w-]+)@([\w-]+)/([0-9a-f]{64})/manifest\.jsonl")
_TOP_HASH = re.compile(r"[0-9a-f]{64}")
_FIRST_PUSH = 1451631600
"""Numbers below are no times of a push: there were no packages in 2015."""


@dataclass(frozen=True, slots=True)
class PointerKey:
    """`latest`, or a push by its unix time, which is a pointer in the first layout only."""

    name: str
    tag: str
    layout: int = 1

    @property
    def key(self) -> str:
        if self.layout == 1:
            return f"{POINTERS}{self.name}/{self.tag}"
        return f"{SECOND}tags/{self.name.replace('/', '@')}/{self.tag}"

    def manifest(self, top_hash: str) -> str:
        """Key of the manifest that it names."""
        return ManifestKey(top_hash).key if self.layout == 1 else PushKey(self.name, top_hash).key


@dataclass(frozen=True, slots=True)
class PushKey:
    """A manifest in the second layout, which is a push of its package as well."""

    name: str
    top_hash: str

    @property
    def key(self) -> str:
        return f"{SECOND}manifests/{self.name.replace('/', '@')}/{self.top_hash}/manifest.jsonl"


@dataclass(frozen=True, slots=True)
class ManifestKey:
    top_hash: str

    @property
    def key(self) -> str:
        return MANIFESTS + self.top_hash


@dataclass(frozen=True, slots=True)
class ObjectKey:
    key: str


def classify(key: str) -> PointerKey | PushKey | ManifestKey | ObjectKey | None:
    """None for what the index has no use for."""
    if not key.startswith(_STATE):
        return None if "\0" in key else ObjectKey(key)
    if found := _MANIFEST.fullmatch(key):
        return ManifestKey(found[1])
    if found := _MANIFEST_2.fullmatch(key):
        return PushKey(f"{found[1]}/{found[2]}", found[3])
    if found := _TAG_2.fullmatch(key):
        return PointerKey(f"{found[1]}/{found[2]}", LATEST, 2)
    found = _POINTER.fullmatch(key)
    if found and (found[2] == LATEST or int(found[2]) >= _FIRST_PUSH):
        return PointerKey(found[1], found[2])
    return None


def top_hash_of(pointer_body: bytes) -> str:
    """The top hash that a pointer's content is; empty when it is none."""
    found = pointer_body.decode("ascii", "replace").strip()
    return found if _TOP_HASH.fullmatch(found) else ""
