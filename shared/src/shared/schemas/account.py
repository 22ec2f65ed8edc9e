"""Sign-up, and links to activate an account or reset a password."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from shared.schemas.user import Password

Loose = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00]*$")]
"""Text that is checked later, since web catalogs expect refusals in their own words."""

Link = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[^\x00]*$"),
    Field(description="Last part of the URL in the mail.", examples=["7q2xk9v4mtb0c8r5hjn3wzd6ys"]),
]


class SignUp(BaseModel):
    """A request for an account, as Quilt's web catalogs send it."""

    username: Loose = Field(examples=["amy"])
    email: Loose = Field(examples=["amy@example.com"])
    password: Password
    invitation: Link | None = Field(None, description="Code of the invitation, if sign-up requires one.")


class SignedUp(BaseModel):
    is_active: bool = Field(
        description="False: a mail was sent, and its link activates the account. True: the account is active, since the "
        "invitation has confirmed the e-mail address."
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
