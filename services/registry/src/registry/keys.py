"""Keys of what the clients keep in a bucket."""

import re

LATEST = "latest"
WORKFLOWS = ".quilt/workflows/config.yml"

_POINTERS = ".quilt/named_packages/"
_NAME = re.compile(r"[\w-]+/[\w-]+")
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
