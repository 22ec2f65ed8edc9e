"""What the S3 proxy asks the registry on behalf of a caller whose signature it has checked."""

from pydantic import BaseModel

from shared.schemas.principal import Principal


class SettingsChange(BaseModel):
    writer: Principal
    text: str
    """JSON, kept as it is."""
