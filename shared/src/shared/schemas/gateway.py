"""Requests of the S3 proxy to the registry for a caller whose signature it has verified."""

from typing import Annotated

from pydantic import Base64Bytes, BaseModel, StringConstraints

from shared.schemas.principal import Principal


class SettingsChange(BaseModel):
    writer: Principal
    text: str
    """JSON, stored unchanged."""


LOGO_NAME = r"logo\.(?:gif|jpe?g|png|webp)"
LOGO_TYPES = {"gif": "image/gif", "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
MAX_LOGO_BYTES = 1 << 20

LogoName = Annotated[str, StringConstraints(pattern=f"^{LOGO_NAME}$")]


class LogoChange(BaseModel):
    writer: Principal
    content: Base64Bytes
