"""Rules for the contents of buckets."""

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from indexer.text_extraction import DEFAULT_RULES, ContentRules
from shared.db.engine import AsyncSession
from shared.index.comparison_tables import ContentRulesRow


class ContentRulesStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, bucket: str) -> ContentRules:
        row = await self._session.get(ContentRulesRow, bucket)
        return DEFAULT_RULES if row is None else _rules(row)

    async def find_all(self) -> dict[str, ContentRules]:
        """Rules by bucket, for buckets that have or had rules of their own."""
        return {row.bucket: _rules(row) for row in await self._session.scalars(select(ContentRulesRow))}

    async def change(self, bucket: str, rules: ContentRules) -> None:
        """Change the rules when no object of the bucket is being read by the former ones."""
        lock = text("SELECT FROM index.bucket WHERE name = :bucket FOR UPDATE")
        await self._session.execute(lock, {"bucket": bucket})
        values = {"extensions": sorted(rules.extensions), "max_bytes": rules.max_bytes, "is_applied": False}
        statement = insert(ContentRulesRow).values(bucket=bucket, **values)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=[ContentRulesRow.bucket], set_=values)
        )

    async def find_unapplied(self) -> dict[str, ContentRules]:
        """Rules by bucket whose objects remain to be read again."""
        found = await self._session.scalars(select(ContentRulesRow).where(~ContentRulesRow.is_applied))
        return {row.bucket: _rules(row) for row in found}

    async def mark_applied(self, bucket: str) -> None:
        await self._session.execute(
            update(ContentRulesRow).where(ContentRulesRow.bucket == bucket).values(is_applied=True)
        )


def _rules(row: ContentRulesRow) -> ContentRules:
    return ContentRules(frozenset(row.extensions), row.max_bytes)
