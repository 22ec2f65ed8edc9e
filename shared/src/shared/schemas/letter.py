"""Mails that other services want sent."""

from typing import Literal

from pydantic import BaseModel

from shared.schemas.user import Email


class PackageLetter(BaseModel):
    """About a package of Quilt 2."""

    kind: Literal["shared", "comment"]
    package: str
    """`owner/name`"""
    by: str
    """Who shared it, or commented on it."""
    email: Email | None = None
    """Whom to write to; the package's owner, if nobody is named."""
