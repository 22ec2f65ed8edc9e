"""The body of a push, and the checks of it that need no database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registry.quilt2.services import trees
from shared.concurrency import run_by_size
from shared.errors import Invalid

MAX_NAME = 64
MAX_SIZE = (1 << 63) - 1
NODE_TYPES = frozenset({"ROOT", "GROUP", "FILE", "TABLE"})
_NAME = re.compile(r"[A-Za-z]\w*")


@dataclass(frozen=True, slots=True)
class PushedTree:
    """The body of a push, well-formed."""

    contents: trees.Node
    sizes: Mapping[str, int]
    dry_run: bool
    is_public: bool
    is_team: bool
    json_bytes: int
    """Bytes of the body."""

    def require_type(self, types: frozenset[str]) -> None:
        if self.contents["type"] not in types:
            raise Invalid("Unexpected node type")

    async def require_hash(self, package_hash: str) -> None:
        if await run_by_size(self.json_bytes, trees.package_hash, self.contents) != package_hash:
            raise Invalid("Wrong contents hash")

    async def require_sizes(self) -> None:
        """A dry run may leave sizes out."""
        if not self.dry_run and self.sizes.keys() != await run_by_size(self.json_bytes, self._hashes):
            raise Invalid("Sizes don't match the hashes")

    def _hashes(self) -> set[str]:
        return set(trees.objects(self.contents))


def is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and len(name) <= MAX_NAME


def require_name(name: str) -> None:
    if not is_name(name):
        raise Invalid("Invalid package name")
