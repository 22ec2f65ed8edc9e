"""Keys of what the clients keep in a bucket."""

import re

LATEST = "latest"
WORKFLOWS = ".quilt/workflows/config.yml"

_POINTERS = ".quilt/named_packages/"
_NAME = re.compile(r"[\w-]+/[\w-]+")
_SECOND_MANIFEST = re.compile(r"/([0-9a-f]{64})/manifest\.jsonl$")
_TAG = re.compile(r"latest|[1-9][0-9]{9,10}")


def is_package_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def pointer(name: str, tag: str) -> str:
    return f"{_POINTERS}{name}/{tag}"


def manifest(top_hash: str) -> str:
    return f".quilt/packages/{top_hash}"


def tag_of(name: str, key: str) -> str | None:
    """Of a key that is one of the package's pointers."""
    tag = key.removeprefix(pointer(name, ""))
    return tag if tag != key and _TAG.fullmatch(tag) else None


def second_tag(name: str) -> str:
    """`latest`, where the package is in the second registry layout, which has no pointers of pushes."""
    return f".quilt/v2/tags/{name.replace('/', '@')}/{LATEST}"


def second_manifest(name: str, top_hash: str) -> str:
    """In the second layout; of no top hash, where all of the package's are."""
    where = f".quilt/v2/manifests/{name.replace('/', '@')}/"
    return f"{where}{top_hash}/manifest.jsonl" if top_hash else where


def second_top_hash(key: str) -> str | None:
    """Of a key that is a manifest in the second layout."""
    found = _SECOND_MANIFEST.search(key)
    return found[1] if found else None


def blob(owner: str, object_hash: str) -> str:
    """An object of Quilt 2's packages."""
    return f"objs/{owner}/{object_hash}"
