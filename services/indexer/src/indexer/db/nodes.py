"""The nodes of all package trees."""

import asyncio
from collections.abc import Collection, Sequence

from sqlalchemy import ARRAY, LargeBinary, any_, bindparam, select, text

from shared.db.engine import AsyncSession
from shared.index.tables import NodeRow
from shared.index.trees.nodes import NodePage

_SWEEP = text("""
    WITH RECURSIVE reachable (storage) AS (
        SELECT root FROM index.manifest WHERE root IS NOT NULL
        UNION
        SELECT unnest(children) FROM index.node JOIN reachable USING (storage)
    )
    DELETE FROM index.node WHERE NOT EXISTS (SELECT FROM reachable WHERE reachable.storage = node.storage)
""")

# One statement for many nodes. Arrays of different lengths cannot be columns of `unnest`, so the hashes of children are joined.
_ADD = text("""
    INSERT INTO index.node (storage, body, children)
    SELECT storage, body, CASE WHEN children = '' THEN '{}' ELSE ARRAY(
        SELECT substring(children FROM 32 * at + 1 FOR 32) FROM generate_series(0, length(children) / 32 - 1) AS at
    ) END
    FROM unnest(CAST(:storages AS bytea[]), CAST(:bodies AS bytea[]), CAST(:children AS bytea[])) AS new (storage, body, children)
    ON CONFLICT DO NOTHING
""").bindparams(*(bindparam(column, type_=ARRAY(LargeBinary)) for column in ("storages", "bodies", "children")))


class NodeStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_missing(self, pages: Sequence[NodePage]) -> None:
        """Add the nodes that are not stored yet, in the same order everywhere so that there is no deadlock."""
        wanted = {page.storage: page for page in pages}
        new = [wanted[storage] for storage in sorted(await self.find_missing(wanted))]
        if new:
            columns = {
                "storages": [page.storage for page in new],
                "bodies": await asyncio.to_thread(lambda: [page.stored() for page in new]),
                "children": [b"".join(page.children) for page in new],
            }
            await self._session.execute(_ADD, columns)

    async def find_missing(self, wanted: Collection[bytes]) -> set[bytes]:
        """Storage hashes of nodes that are not stored."""
        stored = bindparam("wanted", list(wanted), type_=ARRAY(LargeBinary))
        there = await self._session.scalars(select(NodeRow.storage).where(NodeRow.storage == any_(stored)))
        return set(wanted) - set(there)

    async def sweep(self) -> int:
        """Remove the nodes that no manifest refers to, and return how many. The caller holds the sweep lock."""
        found = await self._session.execute(_SWEEP)
        return int(found.rowcount)  # type: ignore[attr-defined]
