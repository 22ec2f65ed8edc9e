"""Invitations to sign up."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from shared.schemas.account import Link
from shared.schemas.user import Email, UserName

_Role = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$", examples=["ReadAll"])]


class InvitationCreate(BaseModel, extra="forbid"):
    """An address to invite. The person may choose another name."""

    email: Email
    name: UserName | None = Field(None, description="User name that they are offered.", examples=["amy"])
    role: _Role | None = Field(None, description="Role that they get; the default role if it is left out.")


class Invitation(BaseModel):
    """An invitation that has not been accepted."""

    id: UUID
    email: str = Field(examples=["amy@example.com"])
    name: str | None = Field(description="User name that they are offered.", examples=["amy"])
    role: str | None = Field(description="Role that they get; null: the default role.", examples=["ReadAll"])
    invited_by: str = Field(examples=["admin"])
    created_at: datetime
    expires_at: datetime
    is_expired: bool


class InvitationShown(BaseModel, extra="forbid"):
    invitation: Link


class InvitationOffer(BaseModel):
    """An invitation as the invited person sees it before they sign up."""

    email: str = Field(examples=["amy@example.com"])
    name: str | None = Field(description="User name that is offered.", examples=["amy"])
    invited_by: str = Field(examples=["admin"])
