"""Requests of the S3 proxy to the registry for somebody who signed them.

The signed request is passed on, so that the registry itself verifies who signed it and what for.
"""

from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import Base64Bytes, BaseModel, StringConstraints

_OBJECTS_ONLY = "*,-*_packages"
_SIMPLE = "2"


class SignedCall(BaseModel):
    """A request with its signature in `authorization`: nothing is decoded, and names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]

    def search_parameters(self) -> dict[str, str]:
        """The parameters of `/api/search` for a search of the catalog of 2020, which knows neither packages nor a syntax."""
        asked = dict(parse_qsl(self.query, keep_blank_values=True))
        if asked.get("index") == "*":
            asked["index"] = _OBJECTS_ONLY
        return {"retry": _SIMPLE, **asked}


class SettingsChange(BaseModel):
    signed: SignedCall
    text: str
    """JSON, stored unchanged."""


LOGO_NAME = r"logo\.(?:gif|jpe?g|png|webp)"
LOGO_TYPES = {"gif": "image/gif", "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
MAX_LOGO_BYTES = 1 << 20

LogoName = Annotated[str, StringConstraints(pattern=f"^{LOGO_NAME}$")]


class LogoChange(BaseModel):
    signed: SignedCall
    content: Base64Bytes
