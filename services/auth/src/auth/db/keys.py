"""Keys that sign access tokens."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import SigningKeyRow
from shared.tokens import Jwk

_SIGNING = (
    select(SigningKeyRow.kid, SigningKeyRow.private)
    .where(SigningKeyRow.active_from <= bindparam("now"))
    .order_by(SigningKeyRow.active_from.desc(), SigningKeyRow.kid)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    sealed: str
    """PEM of the private key, encrypted."""


class KeyStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, kid: str, public: dict[str, str], sealed: str, active_from: datetime) -> None:
        row = SigningKeyRow(
            kid=kid, public=public, private=sealed, created_at=datetime.now(UTC), active_from=active_from
        )
        self._session.add(row)
        await self._session.flush()

    async def find_signing(self) -> SigningKey | None:
        """The key that became active last."""
        found = (await self._session.execute(_SIGNING, {"now": datetime.now(UTC)})).one_or_none()
        return SigningKey(*found) if found else None

    async def find_public(self, kid: str) -> Jwk | None:
        return await self._session.scalar(select(SigningKeyRow.public).where(SigningKeyRow.kid == kid))

    async def all_public(self) -> list[dict[str, str]]:
        return list(await self._session.scalars(select(SigningKeyRow.public).order_by(SigningKeyRow.active_from)))

    async def prune(self, keep: timedelta) -> None:
        """Delete keys whose successor has been signing for longer than `keep`."""
        successor = select(func.max(SigningKeyRow.active_from)).where(
            SigningKeyRow.active_from < datetime.now(UTC) - keep
        )
        await self._session.execute(
            delete(SigningKeyRow).where(SigningKeyRow.active_from < successor.scalar_subquery())
        )
