"""Recent attempts, counted for all replicas together."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import AttemptRow, table
from shared.networks import networks_of

ATTEMPT_RETENTION = timedelta(hours=1)
"""No limit counts older attempts."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Numbers of attempts within a limit's period."""

    both: int
    """Attempts for this subject from this network."""
    subject: int
    """Attempts for this subject from everywhere."""
    network: int
    """Attempts from this network for all subjects."""
    wide: int
    """Attempts from the wide network for all subjects."""


def count_query(
    kind: ColumnElement[str],
    subject: ColumnElement[bytes],
    network: ColumnElement[str],
    wide: ColumnElement[str],
    since: ColumnElement[datetime],
) -> Select[int, int, int, int]:
    """A query for the columns `both`, `subject`, `network` and `wide`, which are the fields of `Attempts`."""
    same_subject = AttemptRow.subject == subject
    same_network, same_wide = AttemptRow.address == network, AttemptRow.address == wide
    return select(
        func.count().filter(and_(same_subject, same_network)).label("both"),
        func.count().filter(same_subject).label("subject"),
        func.count().filter(same_network).label("network"),
        func.count().filter(same_wide).label("wide"),
    ).where(AttemptRow.kind == kind, AttemptRow.at > since, or_(same_subject, same_network, same_wide))


# Built once: building a statement takes longer than running it.
_COUNT = count_query(
    bindparam("kind", type_=AttemptRow.kind.type),
    bindparam("subject", type_=AttemptRow.subject.type),
    bindparam("network", type_=AttemptRow.address.type),
    bindparam("wide", type_=AttemptRow.address.type),
    bindparam("since", type_=AttemptRow.at.type),
)
_ADD = insert(table(AttemptRow))
_NO_SUBJECT = b""
"""Subject of the row that counts an attempt for a wide network."""


class AttemptStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, kind: str, subject: bytes, address: str) -> None:
        networks = networks_of(address)
        made = {"kind": kind, "subject": subject, "address": networks.network, "at": datetime.now(UTC)}
        await self._session.execute(_ADD, made)
        if networks.wide != networks.network:
            await self._session.execute(_ADD, {**made, "subject": _NO_SUBJECT, "address": networks.wide})

    async def count(self, kind: str, subject: bytes, address: str, within: timedelta) -> Attempts:
        networks = networks_of(address)
        asked = {"kind": kind, "subject": subject, **networks._asdict(), "since": datetime.now(UTC) - within}
        return Attempts(*(await self._session.execute(_COUNT, asked)).one())

    async def prune(self) -> None:
        await self._session.execute(delete(AttemptRow).where(AttemptRow.at < datetime.now(UTC) - ATTEMPT_RETENTION))
