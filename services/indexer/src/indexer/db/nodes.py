"""The nodes of all package trees."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from shared.db.engine import AsyncSession
from shared.index.tables import NodeRow
from shared.index.trees import nodes
from shared.index.trees.nodes import NodePage

_SWEEP = text("""
    WITH RECURSIVE reachable (storage) AS (
        SELECT root FROM index.manifest WHERE root IS NOT NULL
        UNION
        SELECT unnest(children) FROM index.node JOIN reachable USING (storage)
    )
    DELETE FROM index.node WHERE NOT EXISTS (SELECT FROM reachable WHERE reachable.storage = node.storage)
""")


class NodeStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_missing(self, pages: Sequence[NodePage]) -> None:
        """Add the nodes that are not stored yet, in the same order everywhere so that there is no deadlock."""
        wanted = {page.storage: page for page in pages}
        there = await self._session.scalars(select(NodeRow.storage).where(NodeRow.storage.in_(wanted)))
        new = [wanted[storage] for storage in sorted(wanted.keys() - set(there))]
        if new:
            rows = await asyncio.to_thread(_rows, new)
            await self._session.execute(insert(NodeRow).on_conflict_do_nothing(), rows)

    async def sweep(self) -> int:
        """Remove the nodes that no manifest refers to, and return how many. The caller holds the sweep lock."""
        found = await self._session.execute(_SWEEP)
        return int(found.rowcount)  # type: ignore[attr-defined]


def _rows(pages: list[NodePage]) -> list[dict[str, object]]:
    return [{"storage": page.storage, "body": nodes.pack(page.body), "children": page.children} for page in pages]
