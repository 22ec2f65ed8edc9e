"""What an instance is found by."""

import re

from registry.quilt2.db.instances import Keywords
from registry.quilt2.services import trees

_MOST_NODES = 200_000
_MOST_README = 200_000
"""Characters: what Postgres holds of one document's words is limited."""
_WORD = re.compile(r"[A-Za-z]+|[0-9]+")


def keywords(owner: str, name: str, root: trees.Node, readme: str | None) -> Keywords:
    names: dict[str, None] = {}
    length = 0
    for path, _ in trees.walk(root):
        last = path.rpartition("/")[2]
        if last not in names:
            names[last] = None
            length += len(last) + 1
            if length > _MOST_NODES:
                break
    pieces = [*_WORD.findall(owner), *_WORD.findall(name)]
    clean = (readme or "")[:_MOST_README].replace("\0", "")
    return Keywords(f"{owner}/{name} {owner} {name}", " ".join(pieces), " ".join(names), clean)
