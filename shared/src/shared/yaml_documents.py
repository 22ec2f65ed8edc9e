"""Loads YAML that users write, within bounds.

A few hundred bytes of aliases and merge keys can stand for billions of values (the “billion laughs” attack). So the document
is measured with all aliases and merge keys expanded before any value is made.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, NoReturn

import yaml  # noqa: TID251 – bounded below
from typing_extensions import override

MAX_YAML_BYTES: Final = 100_000
MAX_YAML_DEPTH: Final = 64
MAX_YAML_NODES: Final = 50_000
"""Nodes with aliases and merge keys expanded; the next bound is measured in the same way."""
MAX_YAML_CHARACTERS: Final = 1_000_000
MAX_NUMBER_CHARACTERS: Final = 100
"""Python refuses to print integers of more than 4,300 digits, as an error message would do."""

_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_INVALID = (yaml.YAMLError, ValueError, ArithmeticError, RecursionError, LookupError, AttributeError, TypeError)
"""Errors that PyYAML raises for invalid documents."""


class YamlRefused(Exception):
    """The text is not valid YAML or exceeds a bound. The message is a whole sentence for users."""


def load_yaml(text: str | bytes) -> Any:
    """The value of a document in UTF-8. Raises YamlRefused.

    It may take a second: use `asyncio.to_thread` in an event loop.
    """
    body = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if len(body) > MAX_YAML_BYTES:
        raise YamlRefused(f"The YAML is larger than {MAX_YAML_BYTES // 1000} KB")
    try:
        return _BoundedLoader(body.decode()).get_single_data()
    except _INVALID as error:
        raise YamlRefused(f"This is not valid YAML: {str(error)[:500] or type(error).__name__}") from error


class _BoundedLoader(yaml.SafeLoader):
    """The composer makes a node before the nodes that contain aliases of it, so each node is measured once."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._level = 0
        self._extents: dict[yaml.Node, tuple[int, int, int]] = {}
        """Nodes, characters and depth of what has been composed."""

    @override
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            named = super().compose_node(parent, index)
            if named not in self._extents:
                raise YamlRefused("An alias in the YAML is inside of the value to which it refers")
            return named
        self._level += 1
        if self._level > MAX_YAML_DEPTH:
            _refuse_depth()
        node = super().compose_node(parent, index)
        self._level -= 1
        if node is not None:
            self._extents[node] = self._measured(node)
        return node

    @override
    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        if node.tag in _NUMBERS and len(value) > MAX_NUMBER_CHARACTERS:
            raise YamlRefused(f"A number in the YAML has more than {MAX_NUMBER_CHARACTERS} characters")
        value.encode()  # an escape may be a lone surrogate
        return value

    def _measured(self, node: yaml.Node) -> tuple[int, int, int]:
        nodes, characters, depth = 1, 0, 0
        if isinstance(node, yaml.ScalarNode):
            characters = len(node.value)
        for child in _children(node):
            more_nodes, more_characters, child_depth = self._extents[child]
            nodes, characters, depth = nodes + more_nodes, characters + more_characters, max(depth, child_depth)
        if nodes > MAX_YAML_NODES:
            raise YamlRefused(f"With its aliases written out, the YAML has more than {MAX_YAML_NODES} values")
        if characters > MAX_YAML_CHARACTERS:
            raise YamlRefused(f"With its aliases written out, the YAML has more than {MAX_YAML_CHARACTERS} characters")
        if depth >= MAX_YAML_DEPTH:
            _refuse_depth()
        return nodes, characters, depth + 1


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return chain.from_iterable(node.value)
    return iter(node.value if isinstance(node, yaml.SequenceNode) else ())


def _refuse_depth() -> NoReturn:
    raise YamlRefused(f"The YAML is nested more than {MAX_YAML_DEPTH} levels deep")
