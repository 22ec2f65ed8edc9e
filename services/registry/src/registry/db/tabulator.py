"""Tables over the files of packages, and switches of the instance."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import SwitchRow, TabulatorTableRow
from registry.errors import BucketNotFound, TableExists, TableNotFound
from shared.schemas.tabulator import TabulatorTable


class TabulatorStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def tables(self, buckets: Sequence[str]) -> dict[str, list[TabulatorTable]]:
        """Tables by bucket, in the order of their names. Buckets without tables are left out."""
        query = (
            select(TabulatorTableRow)
            .where(TabulatorTableRow.bucket.in_(buckets))
            .order_by(TabulatorTableRow.bucket, TabulatorTableRow.name)
        )
        found: dict[str, list[TabulatorTable]] = {}
        for row in await self._session.scalars(query):
            found.setdefault(row.bucket, []).append(TabulatorTable(name=row.name, config=row.config))
        return found

    async def put(self, bucket: str, name: str, config: str) -> None:
        made = insert(TabulatorTableRow).values(bucket=bucket, name=name, config=config)
        try:
            await self._session.execute(
                made.on_conflict_do_update(index_elements=["bucket", "name"], set_={"config": config})
            )
        except IntegrityError as error:
            raise BucketNotFound(bucket) from error

    async def remove(self, bucket: str, name: str) -> None:
        await self._session.execute(delete(TabulatorTableRow).where(*_is(bucket, name)))

    async def rename(self, bucket: str, name: str, new_name: str) -> None:
        renamed = update(TabulatorTableRow).where(*_is(bucket, name)).values(name=new_name)
        try:
            found = await self._session.execute(renamed.returning(TabulatorTableRow.name))
        except IntegrityError as error:
            raise TableExists(f"There is a table {new_name}") from error
        if found.first() is None:
            raise TableNotFound(f"There is no table {name}")


class SwitchStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def enabled(self) -> frozenset[str]:
        return frozenset(await self._session.scalars(select(SwitchRow.name).where(SwitchRow.on)))

    async def set_switches(self, switches: Mapping[str, bool]) -> None:
        for name, on in sorted(switches.items()):  # always in the same order, so that there is no deadlock
            made = insert(SwitchRow).values(name=name, on=on)
            await self._session.execute(made.on_conflict_do_update(index_elements=["name"], set_={"on": on}))


def _is(bucket: str, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return TabulatorTableRow.bucket == bucket, TabulatorTableRow.name == name
