"""Recent attempts, counted for all replicas together."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import AttemptRow, table

ATTEMPT_RETENTION = timedelta(hours=1)
"""No limit counts older attempts."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Numbers of attempts within a limit's period."""

    both: int
    """Attempts for this subject from this address."""
    subject: int
    """Attempts for this subject from all addresses."""
    address: int
    """Attempts from this address for all subjects."""


def count_query(
    kind: ColumnElement[str],
    subject: ColumnElement[bytes],
    address: ColumnElement[str],
    since: ColumnElement[datetime],
) -> Select[int, int, int]:
    """A query for the columns `both`, `subject` and `address`, which are the fields of `Attempts`."""
    same_subject, same_address = AttemptRow.subject == subject, AttemptRow.address == address
    return select(
        func.count().filter(and_(same_subject, same_address)).label("both"),
        func.count().filter(same_subject).label("subject"),
        func.count().filter(same_address).label("address"),
    ).where(AttemptRow.kind == kind, AttemptRow.at > since, or_(same_subject, same_address))


# Built once: building a statement takes longer than running it.
_COUNT = count_query(
    bindparam("kind", type_=AttemptRow.kind.type),
    bindparam("subject", type_=AttemptRow.subject.type),
    bindparam("address", type_=AttemptRow.address.type),
    bindparam("since", type_=AttemptRow.at.type),
)
_ADD = insert(table(AttemptRow))


class AttemptStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, kind: str, subject: bytes, address: str) -> None:
        made = {"kind": kind, "subject": subject, "address": address, "at": datetime.now(UTC)}
        await self._session.execute(_ADD, made)

    async def count(self, kind: str, subject: bytes, address: str, within: timedelta) -> Attempts:
        asked = {"kind": kind, "subject": subject, "address": address, "since": datetime.now(UTC) - within}
        return Attempts(*(await self._session.execute(_COUNT, asked)).one())

    async def prune(self) -> None:
        await self._session.execute(delete(AttemptRow).where(AttemptRow.at < datetime.now(UTC) - ATTEMPT_RETENTION))
