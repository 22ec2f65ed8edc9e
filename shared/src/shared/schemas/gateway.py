"""Requests of the S3 proxy to the registry for a caller whose signature it has verified."""

from pydantic import BaseModel

from shared.schemas.principal import Principal


class SettingsChange(BaseModel):
    writer: Principal
    text: str
    """JSON, stored unchanged."""
