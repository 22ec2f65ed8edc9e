"""Keys of what Quilt's clients keep in a bucket: pointers and manifests, in both registry layouts, and Quilt 2's objects.

Layout 1 (every client):        .quilt/named_packages/AUTHOR/NAME/TAG              a pointer: the top hash, as text
                                .quilt/packages/TOP_HASH                           a manifest
Layout 2 (quilt3 3.1, on demand) .quilt/v2/tags/AUTHOR@NAME/latest                 a pointer
                                .quilt/v2/manifests/AUTHOR@NAME/TOP_HASH/manifest.jsonl
"""

import re
from dataclasses import dataclass

from shared.quilt.names import is_top_hash
from shared.schemas.patterns import PACKAGE_NAME, TOP_HASH

LATEST = "latest"
"""The tag of a package's newest revision."""
WORKFLOWS = ".quilt/workflows/config.yml"
POINTERS = ".quilt/named_packages/"
MANIFESTS = ".quilt/packages/"
LAYOUT_2 = ".quilt/v2/"
"""Prefix of the pointers and manifests of layout 2."""

AUTHOR_META = "patchwork-author"
"""Name of the user metadata of a pointer, or of a manifest that is a push, that has the name of the user who pushed."""

_STATE = (POINTERS, MANIFESTS, LAYOUT_2)
"""Prefixes of what the clients manage; every other key is an object that people search for."""
_TAG = r"latest|[1-9][0-9]{9,10}"
_AUTHOR_AT_NAME = PACKAGE_NAME.replace("/", ")@(")
_POINTER = re.compile(rf"{re.escape(POINTERS)}({PACKAGE_NAME})/({_TAG})")
_MANIFEST = re.compile(rf"{re.escape(MANIFESTS)}({TOP_HASH})")
_LAYOUT_2_POINTER = re.compile(rf"{re.escape(LAYOUT_2)}tags/({_AUTHOR_AT_NAME})/latest")
_LAYOUT_2_MANIFEST = re.compile(rf"{re.escape(LAYOUT_2)}manifests/({_AUTHOR_AT_NAME})/({TOP_HASH})/manifest\.jsonl")
_FIRST_PUSH = 1451631600
"""Smaller numbers are not times of pushes: the first packages are from 2016."""


@dataclass(frozen=True, slots=True)
class PointerKey:
    """Key of a pointer. Its tag is `latest` or, in layout 1, the Unix time of a push."""

    name: str
    tag: str
    layout: int = 1

    @property
    def key(self) -> str:
        if self.layout == 1:
            return f"{POINTERS}{self.name}/{self.tag}"
        return f"{LAYOUT_2}tags/{_joined(self.name)}/{self.tag}"

    def manifest(self, top_hash: str) -> str:
        """Key of the manifest that the pointer names."""
        return ManifestKey(top_hash).key if self.layout == 1 else Layout2ManifestKey(self.name, top_hash).key

    @staticmethod
    def parse(key: str) -> "PointerKey | None":
        if found := _LAYOUT_2_POINTER.fullmatch(key):
            return PointerKey(f"{found[1]}/{found[2]}", LATEST, 2)
        found = _POINTER.fullmatch(key)
        if found and (found[2] == LATEST or int(found[2]) >= _FIRST_PUSH):
            return PointerKey(found[1], found[2])
        return None


@dataclass(frozen=True, slots=True)
class Layout2ManifestKey:
    """Key of a manifest in layout 2. It contains the name of the package, so it is also the record of a push."""

    name: str
    top_hash: str

    @property
    def key(self) -> str:
        return f"{self.prefix(self.name)}{self.top_hash}/manifest.jsonl"

    @staticmethod
    def prefix(name: str) -> str:
        """Prefix of all manifests of a package."""
        return f"{LAYOUT_2}manifests/{_joined(name)}/"

    @staticmethod
    def parse(key: str) -> "Layout2ManifestKey | None":
        found = _LAYOUT_2_MANIFEST.fullmatch(key)
        return Layout2ManifestKey(f"{found[1]}/{found[2]}", found[3]) if found else None


@dataclass(frozen=True, slots=True)
class ManifestKey:
    top_hash: str

    @property
    def key(self) -> str:
        return MANIFESTS + self.top_hash

    @staticmethod
    def parse(key: str) -> "ManifestKey | None":
        found = _MANIFEST.fullmatch(key)
        return ManifestKey(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class ObjectKey:
    key: str


def classify(key: str) -> PointerKey | Layout2ManifestKey | ManifestKey | ObjectKey | None:
    """The meaning of a key for the index; None for a key that is not indexed."""
    if not key.startswith(_STATE):
        return None if "\0" in key else ObjectKey(key)
    return ManifestKey.parse(key) or Layout2ManifestKey.parse(key) or PointerKey.parse(key)


def tag_of(name: str, key: str) -> str | None:
    """The tag of a pointer in layout 1 of the package `name`, whatever its time; None for any other key."""
    tag = key.removeprefix(PointerKey(name, "").key)
    return tag if tag != key and re.fullmatch(_TAG, tag) else None


def top_hash_of(pointer_body: bytes) -> str:
    """The top hash in the content of a pointer; empty if it is not a top hash."""
    found = pointer_body.decode("ascii", "replace").strip()
    return found if is_top_hash(found) else ""


def quilt2_object(owner: str, object_hash: str) -> str:
    """Key of an object of Quilt 2 packages; with an empty hash the prefix of all objects of the owner."""
    return f"objs/{owner}/{object_hash}"


def quilt2_proof(owner: str, pusher: str, object_hash: str) -> str:
    """Key to which somebody else uploads an object for a package of the owner, which shows that they have its content."""
    return f"objs/{pusher}@{owner}/{object_hash}"


def _joined(name: str) -> str:
    return name.replace("/", "@")
