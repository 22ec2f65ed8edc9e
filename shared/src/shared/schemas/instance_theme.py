"""The look of an installation, as administrators see and change it. `CatalogTheme` is what everybody gets."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.schemas.catalog import CatalogTheme
from shared.schemas.patterns import INSTANCE_NAME

MAX_LOGO_URL = 96 << 10
"""Characters of a logo's `data:` URL."""

ThemeSource = Literal["setting", "catalog", "default"]
_Colour = Annotated[str | None, Field(pattern="^#[0-9a-fA-F]{6}$")]


class ThemeSources(BaseModel):
    """The source of each part of the look: a setting of the registry, which wins; the catalog, where administrators change it; or neither."""

    name: ThemeSource
    logo: ThemeSource
    accent: ThemeSource
    accent_dark: ThemeSource


class InstanceTheme(BaseModel):
    """The look of the installation, and where it is set."""

    theme: CatalogTheme
    sources: ThemeSources
    changed_at: datetime | None = Field(description="Time of the last change in the catalog; null if there was none.")
    changed_by: str | None = Field(description="Name of the administrator who made it.", examples=["admin"])


class InstanceThemeUpdate(BaseModel, extra="forbid"):
    """Fields that are left out keep their values; null restores the default."""

    name: Annotated[str | None, Field(pattern=f"^{INSTANCE_NAME}$", examples=["Vineyard data"])] = None
    logo: Annotated[
        str | None,
        Field(
            max_length=MAX_LOGO_URL,
            description="A `data:` URL in Base64 of a PNG or SVG picture of at most 64 KiB.",
            examples=[None],
        ),
    ] = None
    accent: Annotated[_Colour, Field(examples=["#7a1f3d"])] = None
    accent_dark: Annotated[_Colour, Field(examples=["#f2a0b8"])] = None
