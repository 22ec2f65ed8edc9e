"""What people do about their own accounts."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from shared.schemas.user import Email, Password

Loose = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00]*$")]
"""Checked later: web catalogs want to be told in their own words."""

Link = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[^\x00]*$"),
    Field(description="The last part of the address in the mail.", examples=["7q2xk9v4mtb0c8r5hjn3wzd6ys"]),
]


class SignUp(BaseModel):
    """An account that somebody wants, as Quilt's web catalogs say it."""

    username: Loose = Field(examples=["amy"])
    email: Loose = Field(examples=["amy@example.com"])
    password: Password
    invitation: Link | None = Field(None, description="Where sign-up is by invitation.")


class SignedUp(BaseModel):
    is_active: bool = Field(
        description="False: a mail was sent, and its link makes the account active. True: it is, as the invitation "
        "had already shown that the address is theirs."
    )


class Activation(BaseModel, extra="forbid"):
    link: Link


class ResetRequest(BaseModel):
    email: Loose = Field(examples=["amy@example.com"])


class PasswordReset(BaseModel):
    link: Link
    password: Password


class PasswordChange(BaseModel, extra="forbid"):
    current: str = Field(max_length=1024, examples=["correct horse battery"])
    password: Password


class Invitation(BaseModel, extra="forbid"):
    email: Email
