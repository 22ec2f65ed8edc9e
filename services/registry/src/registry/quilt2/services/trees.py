"""Content trees of Quilt 2: their checks, their canonical form, and the client's hash of them."""

import hashlib
import re
import struct
from collections.abc import Iterator
from typing import Any

import orjson

from registry.quilt2.errors import TreeInvalid
from shared.quilt.names import is_top_hash

Node = dict[str, Any]

MAX_DEPTH = 100
"""Levels of groups within groups."""
LEAVES = frozenset({"FILE", "TABLE"})
README = "README"

_U32 = struct.Struct(">I").pack
_MEMBERS = {
    "ROOT": {"type", "children", "metadata_hash"},
    "GROUP": {"type", "children", "metadata_hash"},
    "FILE": {"type", "hashes", "metadata", "metadata_hash"},
    "TABLE": {"type", "hashes", "metadata", "metadata_hash", "format"},
}
_BATCH_NODES = 1_000
_CHILD_TYPES = frozenset({"FILE", "TABLE", "GROUP"})
_FORBIDDEN_NAMES = frozenset({"", ".", "..", "type"})


def checked(raw: Any, *, types: frozenset[str]) -> Node:
    """Check a node of one of `types` with all below it, and return it in canonical form. Raises TreeInvalid.

    It is changed in place: a copy of 100,000 nodes would take as much memory again.
    """
    return _checked(raw, types, 0)


def _checked(raw: Any, types: frozenset[str], depth: int) -> Node:
    if not isinstance(raw, dict):
        raise TreeInvalid("A node is not an object")
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in _MEMBERS:
        raise TreeInvalid(f"Unknown node type: {str(kind)[:80]!r}")
    if kind not in types:
        raise TreeInvalid("Unexpected node type")
    if unknown := raw.keys() - _MEMBERS[kind]:
        raise TreeInvalid(f"A {kind} node has no member {min(unknown)[:80]!r}")
    if kind in LEAVES:
        _check_leaf(raw, kind)
    else:
        _check_children(raw.get("children"), depth)
    if raw.get("metadata_hash") is None:
        raw.pop("metadata_hash", None)
    else:
        require_hash(raw["metadata_hash"])
    return raw


def _check_leaf(raw: Node, kind: str) -> None:
    hashes = raw.get("hashes")
    if not isinstance(hashes, list):
        raise TreeInvalid(f"The hashes of a {kind} node are no array")
    for each in hashes:
        require_hash(each)
    metadata = raw.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise TreeInvalid("The metadata of a node is no object")
    if metadata:
        _require_no_types(metadata)
    else:
        raw["metadata"] = {}
    if kind == "TABLE" and raw.get("format") != "PARQUET":
        raise TreeInvalid("The format of a TABLE node must be PARQUET")


def _check_children(raw: Any, depth: int) -> None:
    if not isinstance(raw, dict):
        raise TreeInvalid("The children of a node are no object")
    if depth >= MAX_DEPTH:
        raise TreeInvalid(f"The tree is deeper than {MAX_DEPTH} groups")
    for name, child in raw.items():
        if name in _FORBIDDEN_NAMES or "/" in name or "\0" in name:
            raise TreeInvalid(f"A node cannot be named {name[:80]!r}")
        _checked(child, _CHILD_TYPES, depth + 1)


def _require_no_types(metadata: Any) -> None:
    """Clients would take an object with a `type` for a node."""
    unchecked = [metadata]
    while unchecked:
        found = unchecked.pop()
        if isinstance(found, dict):
            if found.get("type") is not None:
                raise TreeInvalid("The metadata of a node may hold no member `type`")
            unchecked.extend(found.values())
        elif isinstance(found, list):
            unchecked.extend(found)


def require_hash(text: Any) -> str:
    if not isinstance(text, str) or not is_top_hash(text):
        raise TreeInvalid(f"Not the hash of an object: {str(text)[:80]!r}")
    return text


def package_hash(root: Node) -> str:
    digest = hashlib.sha256()
    parts: list[bytes] = []
    _encode(root, parts, digest)
    digest.update(b"".join(parts))
    return digest.hexdigest()


def _encode(node: Node, parts: list[bytes], digest: "hashlib._Hash") -> None:
    """Append the node to `parts`, which are hashed in batches."""
    parts.append(_text(node["type"]))
    if "hashes" in node:
        parts.append(_U32(len(node["hashes"])))
        parts += [b"\0\0\0\x40" + each.encode() for each in node["hashes"]]
    else:
        children = node["children"]
        parts.append(_U32(len(children)))
        for name in sorted(children):
            parts.append(_text(name))
            _encode(children[name], parts, digest)
    if "metadata_hash" in node:
        parts.append(_text(node["metadata_hash"]))
    if len(parts) >= _BATCH_NODES:
        digest.update(b"".join(parts))
        parts.clear()


def _text(text: str) -> bytes:
    return _U32(len(text)) + text.encode()


def objects(node: Node, *, meta_only: bool = False) -> dict[str, None]:
    """Hashes of all objects in and below the node, each once and in order; with `meta_only` those of metadata."""
    found: dict[str, None] = {}
    _collect(node, found, meta_only)
    return found


def _collect(node: Node, found: dict[str, None], meta_only: bool) -> None:  # noqa: FBT001 – private, hot
    if "metadata_hash" in node:
        found[node["metadata_hash"]] = None
    if "children" in node:
        for child in node["children"].values():
            _collect(child, found, meta_only)
    elif not meta_only:
        for each in node["hashes"]:
            found[each] = None


def walk(node: Node, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """All nodes below, with their paths, by name."""
    for name, child in sorted(node.get("children", {}).items()):
        yield prefix + name, child
        yield from walk(child, f"{prefix}{name}/")


def subtree(root: Node, path: list[str]) -> Node | str:
    """The node at the path, or the first part of the path that is missing."""
    node = root
    for part in path:
        below = node.get("children", {}).get(part)
        if below is None:
            return part
        node = below
    return node


def put(root: Node, path: list[str], node: Node) -> str | None:
    """Put the node at the path and add groups above it. Returns the part of the path that is no group, if there is one."""
    above = root
    for part in path[:-1]:
        above = above["children"].setdefault(part, {"type": "GROUP", "children": {}})
        if "children" not in above:
            return part
    above["children"][path[-1]] = node
    return None


def readme_of(root: Node) -> str | None:
    """The hash of the README, if it is a file of one object."""
    node = root["children"].get(README)
    return str(node["hashes"][0]) if node and node["type"] == "FILE" and len(node["hashes"]) == 1 else None


def dump(root: Node) -> bytes:
    try:
        return orjson.dumps(root)
    except (TypeError, ValueError) as error:
        raise TreeInvalid(f"The contents cannot be written as JSON: {error}") from error


def preview(node: Node, level: int = 0) -> list[Any]:
    """Nested names, at most _PREVIEW_NAMES at each of _PREVIEW_LEVELS levels."""
    children = node["children"]
    if level >= _PREVIEW_LEVELS:
        return [["...", None]] if children else []
    names = sorted(children)
    shown: list[Any] = [
        [name, preview(children[name], level + 1) if "children" in children[name] else None]
        for name in names[:_PREVIEW_NAMES]
    ]
    return [*shown, ["...", None]] if len(names) > _PREVIEW_NAMES else shown


_PREVIEW_LEVELS = 4
_PREVIEW_NAMES = 10


def file_types(root: Node) -> dict[str, int]:
    """Number of files by their extension; the client keeps the names of the files that leaves were made of."""
    found: dict[str, int] = {}
    for _, node in walk(root):
        if "hashes" in node:
            path = node["metadata"].get("q_path")
            name = re.split(r"[/\\]", path)[-1] if isinstance(path, str) else ""
            stem, dot, ending = name.rpartition(".")
            suffix = f".{ending.lower()}" if dot and stem and ending else ""
            found[suffix] = found.get(suffix, 0) + 1
    return found
