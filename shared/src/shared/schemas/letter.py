"""Mails that `auth` sends for other services."""

from typing import Literal

from pydantic import BaseModel

from shared.schemas.user import Email


class PackageLetter(BaseModel):
    """A mail about a package of Quilt 2."""

    kind: Literal["shared", "comment"]
    package: str
    """`owner/name`"""
    by: str
    """Name of the user who shared the package or commented on it."""
    email: Email | None = None
    """Recipient; the owner of the package if None."""
