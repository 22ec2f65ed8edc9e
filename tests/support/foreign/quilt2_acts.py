"""Print the contents of an installed package as JSON. The Python of the Quilt 2 client runs this file."""

import hashlib
import json
import sys
from typing import Any

import quilt  # type: ignore[import-not-found]
from quilt.nodes import DataNode, GroupNode  # type: ignore[import-not-found]


def found(node: Any, path: str = "") -> Any:
    if isinstance(node, GroupNode):
        below = {}
        for name in node._keys():
            below.update(found(getattr(node, name), path + "/" + name if path else name))
        return below
    assert isinstance(node, DataNode)
    data = node()
    if isinstance(data, str):
        with open(data, "rb") as file:  # noqa: PTH123
            return {path: hashlib.sha256(file.read()).hexdigest()}
    return {path: data.to_csv(index=False)}


print(json.dumps(found(quilt.load(sys.argv[1]))))  # noqa: T201
