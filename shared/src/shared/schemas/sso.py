from datetime import datetime

from pydantic import BaseModel, Field

_TEXT = 'version: "1.0"\ndefault_role: ReadAll\nmappings: []\n'


class SsoConfig(BaseModel):
    """Which roles single sign-on gives to whom: a document as Quilt's `sso-config-1.0`, in YAML or JSON."""

    version: int = Field(description="Of the text: the first is 1.")
    text: str = Field(examples=[_TEXT])
    uploader: str = Field(description="Name of the user who set it.", examples=["admin"])
    at: datetime


class SsoConfigSet(BaseModel, extra="forbid"):
    text: str = Field(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$", examples=[_TEXT])
