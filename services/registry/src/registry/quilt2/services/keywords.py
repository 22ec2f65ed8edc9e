"""The texts of an instance that the search looks in."""

import re

from registry.quilt2.db.instances import InstanceKeywords
from registry.quilt2.services import trees

_MAX_NODE_CHARACTERS = 200_000
_MAX_README_CHARACTERS = 200_000
"""Characters. Postgres limits the words of one document."""
_WORD = re.compile(r"[A-Za-z]+|[0-9]+")


def keywords(owner: str, name: str, root: trees.Node, readme: str | None) -> InstanceKeywords:
    names: dict[str, None] = {}
    length = 0
    for path, _ in trees.walk(root):
        last = path.rpartition("/")[2]
        if last not in names:
            names[last] = None
            length += len(last) + 1
            if length > _MAX_NODE_CHARACTERS:
                break
    pieces = [*_WORD.findall(owner), *_WORD.findall(name)]
    clean = (readme or "")[:_MAX_README_CHARACTERS].replace("\0", "")
    return InstanceKeywords(f"{owner}/{name} {owner} {name}", " ".join(pieces), " ".join(names), clean)
