"""The files of a revision to which a request wants links, checked before the first link is made."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass

from registry.errors import EntryNotFound, FilesElsewhere, TooManyLinks
from shared.index.trees.nodes import Fetch, TreeDirectory, TreeFile
from shared.index.trees.reader import TreeReader
from shared.index.trees.walk import Files, walk
from shared.quilt.physical_keys import PhysicalKey, bucket_of, parse_physical_key
from shared.schemas.link import MAX_LINKS


@dataclass(frozen=True, slots=True)
class LinkedFile:
    path: str
    size: int
    hash_type: str
    hash_value: str
    location: PhysicalKey


@dataclass(frozen=True, slots=True)
class RevisionTree:
    root: bytes
    trees: TreeReader
    fetch: Fetch


async def select_files(tree: RevisionTree, wanted: Sequence[str]) -> list[tuple[str, TreeFile]]:
    """Files by their paths, in walk order and each once. Without `wanted`, all. Raises EntryNotFound or TooManyLinks."""
    if not wanted:
        found = await _below(tree, "", tree.root)
        return list(found.items())
    found = {}
    for path in dict.fromkeys(each.strip("/") for each in wanted):
        item = await tree.trees.entry(tree.root, path) if path else None
        if path and item is None:
            raise EntryNotFound(f"There is nothing at {path} in this revision")
        if isinstance(item, TreeFile):
            found[path] = item
        else:
            found |= await _below(tree, path, item.storage if isinstance(item, TreeDirectory) else tree.root)
        if len(found) > MAX_LINKS:
            raise TooManyLinks
    return sorted(found.items(), key=lambda each: each[0].split("/"))


async def _below(tree: RevisionTree, path: str, root: bytes) -> dict[str, TreeFile]:
    if (await tree.trees.summary(root)).entries > MAX_LINKS:
        raise TooManyLinks
    above = f"{path}/" if path else ""
    return {above + below: file async for below, file in _walked(tree.fetch, root)}


async def _walked(fetch: Fetch, root: bytes) -> AsyncIterator[tuple[str, TreeFile]]:
    async for step in walk(fetch, root):
        if isinstance(step, Files):
            for file in step.files:
                yield step.prefix + file.name, file


def other_buckets(files: Iterable[tuple[str, TreeFile]]) -> set[str]:
    """Buckets that hold the objects of the files."""
    return {bucket for _, file in files if (bucket := bucket_of(file.physical_key))}


def locate_files(files: Iterable[tuple[str, TreeFile]], readable: Collection[str]) -> list[LinkedFile]:
    """Raises FilesElsewhere when some are not in S3, or in buckets that the caller may not read."""
    found, refused = [], []
    for path, file in files:
        location = parse_physical_key(file.physical_key)
        if location is None:
            refused.append((path, "It is not in S3: it stayed where the package was built"))
        elif location.bucket not in readable:
            refused.append((path, f"Its object is in the bucket {location.bucket}, which you may not read"))
        else:
            found.append(LinkedFile(path, file.size, file.hash_type, file.hash_value, location))
    if refused:
        raise FilesElsewhere(refused)
    return found
