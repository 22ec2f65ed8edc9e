"""The look of the installation: what its settings say, else what administrators chose in the catalog, else the default."""

import asyncio
import time
from functools import cache

import structlog

from registry.db.instance_themes import StoredTheme, store_theme, stored_theme
from registry.errors import ThemeFixed, ThemeRefused
from registry.logos import logo_of_file, logo_of_url
from registry.settings import ThemeSettings
from registry.theme import DARK_PAGE, LIGHT_PAGE, check_accent
from shared.audit import AuditQueue
from shared.db.engine import AsyncSession
from shared.db.statements import Statements
from shared.errors import Unavailable
from shared.schemas.catalog import CatalogTheme
from shared.schemas.instance_theme import InstanceTheme, InstanceThemeUpdate, ThemeSource, ThemeSources
from shared.schemas.principal import Principal

CACHE_SECONDS = 1.0
READ_SECONDS = 1.0
"""Time after which the last answer of the database is used: pages wait for the configuration."""
DEFAULT_NAME = "Patchwork"

log = structlog.get_logger()
_logo_of_file = cache(logo_of_file)


class StoredThemeCache:
    """The choices of administrators, as they were read last. While the database is down they are kept."""

    def __init__(self) -> None:
        self._known = StoredTheme()
        self._due = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, statements: Statements) -> StoredTheme:
        async with self._reading:
            if time.monotonic() >= self._due:
                try:
                    async with asyncio.timeout(READ_SECONDS):
                        self._known = await stored_theme(statements)
                except (Unavailable, TimeoutError) as error:
                    log.warning("theme_unknown", error=str(error))
                self._due = time.monotonic() + CACHE_SECONDS
        return self._known

    def forget(self) -> None:
        """Have it read again: it has changed."""
        self._due = float("-inf")


def shown_theme(settings: ThemeSettings, stored: StoredTheme) -> CatalogTheme:
    """The look that everybody gets."""
    is_set = settings.model_fields_set
    logo = _logo_of_file(settings.logo) if settings.logo else None
    return CatalogTheme(
        name=settings.name if "name" in is_set else stored.name or DEFAULT_NAME,
        logo=logo if "logo" in is_set else stored.logo,
        accent=(settings.accent or None) if "accent" in is_set else stored.accent,
        accent_dark=(settings.accent_dark or None) if "accent_dark" in is_set else stored.accent_dark,
    )


class InstanceThemeService:
    """For administrators. A field with a setting cannot be changed here."""

    def __init__(
        self, session: AsyncSession, settings: ThemeSettings, cache: StoredThemeCache, trail: AuditQueue | None = None
    ) -> None:
        self._session = session
        self._settings = settings
        self._cache = cache
        self._trail = trail

    async def get(self) -> InstanceTheme:
        return self._described(await stored_theme(self._session))

    async def preview(self, wanted: InstanceThemeUpdate) -> InstanceTheme:
        """The look as it would be. Raises ThemeFixed or ThemeRefused."""
        stored = await stored_theme(self._session)
        values = await asyncio.to_thread(self._checked, wanted)
        merged = {field: values.get(field, getattr(stored, field)) for field in ThemeSources.model_fields}
        return self._described(StoredTheme(**merged, changed_at=stored.changed_at, changed_by=stored.changed_by))

    async def change(self, administrator: Principal, wanted: InstanceThemeUpdate) -> InstanceTheme:
        """Raises ThemeFixed or ThemeRefused."""
        values = await asyncio.to_thread(self._checked, wanted)
        if values:
            await store_theme(self._session, values, by=administrator.name)
            if self._trail:
                self._trail.put("Settings.ChangeTheme", ", ".join(sorted(values)))
        self._cache.forget()
        return await self.get()

    def _checked(self, wanted: InstanceThemeUpdate) -> dict[str, str | None]:
        values: dict[str, str | None] = {
            field: getattr(wanted, field)
            for field in InstanceThemeUpdate.model_fields
            if field in wanted.model_fields_set
        }
        for field, value in values.items():
            if value is None:
                continue
            if field in self._settings.model_fields_set:
                raise ThemeFixed(field)
            try:
                values[field] = _checked_value(field, value)
            except ValueError as error:
                raise ThemeRefused(field, str(error)) from error
        return values

    def _described(self, stored: StoredTheme) -> InstanceTheme:
        def source(field: str) -> ThemeSource:
            if field in self._settings.model_fields_set:
                return "setting"
            return "default" if getattr(stored, field) is None else "catalog"

        return InstanceTheme(
            theme=shown_theme(self._settings, stored),
            sources=ThemeSources.model_validate({field: source(field) for field in ThemeSources.model_fields}),
            changed_at=stored.changed_at,
            changed_by=stored.changed_by,
        )


def _checked_value(field: str, value: str) -> str:
    """As it is stored. Raises ValueError with the reason of a refusal."""
    match field:
        case "name":
            if not value.strip():
                raise ValueError("the name has no letters")
            return value.strip()
        case "logo":
            return logo_of_url(value)
        case _:
            check_accent(value, DARK_PAGE if field == "accent_dark" else LIGHT_PAGE)
            return value.lower()
