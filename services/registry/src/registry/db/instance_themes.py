"""The look of the installation, as administrators have set it: one row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import InstanceThemeRow
from shared.db.compiled import CompiledQuery, ReadSource, statements_of

_ONLY = 1
_FIELDS = ("name", "logo", "accent", "accent_dark", "changed_at", "changed_by")
_THEME = CompiledQuery(select(*(getattr(InstanceThemeRow, field) for field in _FIELDS)))


@dataclass(frozen=True, slots=True)
class StoredTheme:
    """The choices of administrators; None stands for a default."""

    name: str | None = None
    logo: str | None = None
    """A `data:` URL."""
    accent: str | None = None
    accent_dark: str | None = None
    changed_at: datetime | None = None
    changed_by: str | None = None


async def stored_theme(source: ReadSource) -> StoredTheme:
    found = await _THEME.first(statements_of(source))
    return StoredTheme(*found) if found else StoredTheme()


async def store_theme(session: AsyncSession, values: Mapping[str, str | None], *, by: str) -> None:
    """Set these fields; the others keep their values."""
    changed = {**values, "changed_at": datetime.now(UTC), "changed_by": by}
    row = insert(InstanceThemeRow).values(id=_ONLY, **changed)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=changed))
