from datetime import datetime
from typing import Annotated
from uuid import UUID

import email_validator
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.schemas.role import RoleName

RESERVED = frozenset({"anonymous", "public", "quilt", "team"})
"""Names that mean something else to clients."""
MAX_EMAIL = 254
MAX_USER_NAME = 64
USER_NAME_PATTERN = r"^[a-z][a-z0-9_-]*$"

email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()  # mail servers inside an organisation deliver to `.local` and its like


USER_NAME_REFUSAL = (
    "Username is not valid. Usernames must start with a lower-case letter, and hold lower-case letters, digits, "
    "hyphens and underscores."
)
"""USER_NAME_PATTERN in the words that Quilt's clients show to people."""


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError("This name is reserved")
    return name


def parse_email(text: str) -> str:
    """The address in lower case. Raises ValueError for what no mail can be sent to; no name server is asked.

    Stricter and wider than pydantic's EmailStr: that takes `Amy <amy@example.com>`, and neither hosts without a
    domain nor domains that only an intranet knows.
    """
    stripped = text.strip()
    if not stripped.isascii():
        raise ValueError("An email address has ASCII characters only")
    parsed = email_validator.validate_email(
        stripped, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False
    )
    return (parsed.ascii_email or parsed.normalized).lower()  # a domain stays `xn--…`: mails are written in ASCII


def _valid_email(text: str) -> str:
    try:
        return parse_email(text)
    except ValueError as error:
        raise PydanticCustomError("email", "{reason}", {"reason": str(error)}) from error


UserName = Annotated[
    str,
    StringConstraints(max_length=MAX_USER_NAME, pattern=USER_NAME_PATTERN),
    AfterValidator(_not_reserved),
    Field(examples=["amy"], description="A lower-case letter, then lower-case letters, digits, `_` and `-`."),
]
Email = Annotated[
    str,
    StringConstraints(max_length=MAX_EMAIL),
    AfterValidator(_valid_email),
    Field(examples=["amy@example.com"], json_schema_extra={"format": "email"}),
]
Password = Annotated[
    str,
    StringConstraints(max_length=1024),
    Field(examples=["correct horse battery"], description="8 or more characters."),
]


class User(BaseModel):
    """A person who can sign in."""

    id: UUID
    name: str = Field(examples=["amy"])
    email: str = Field(examples=["amy@example.com"])
    is_admin: bool
    is_active: bool
    role: str | None = Field(description="The role they act under.", examples=["ReadAll"])
    roles: list[str] = Field(description="The roles they may choose from.", examples=[["ReadAll"]])
    is_sso_only: bool = Field(description="They sign in with a provider, and have no password.")
    is_governed: bool = Field(description="The SSO configuration decides their roles and rights, at each sign-in.")
    created_at: datetime
    last_login: datetime | None


class UserCreate(BaseModel, extra="forbid"):
    name: UserName
    email: Email
    password: Password | None = Field(None, description="Without one they cannot sign in with a password.")
    is_admin: bool = False
    roles: list[RoleName] | None = Field(
        None, max_length=32, description="The first is the active one. Left out: the default role."
    )


class RolesSet(BaseModel, extra="forbid"):
    roles: list[RoleName] = Field(max_length=32, examples=[["ReadWriteAll", "ReadAll"]])
    active: RoleName | None = Field(
        None, description="One of `roles`; left out, the present one if it stays, else the first.", examples=["ReadAll"]
    )


class RolesChange(BaseModel, extra="forbid"):
    """To some of a user's roles; the others stay."""

    add: list[RoleName] = Field([], max_length=32)
    remove: list[RoleName] = Field([], max_length=32)
    active: RoleName | None = Field(None, description="Left out: the present one, if it stays.")
    fallback: RoleName | None = Field(
        None, description="Active when the present one is removed. Left out: the first of those that stay."
    )


class UserUpdate(BaseModel, extra="forbid"):
    """Fields left out stay as they are."""

    email: Email | None = None
    is_admin: bool | None = Field(None, examples=[True])


class RoleSwitch(BaseModel, extra="forbid"):
    """Of the roles that somebody has, the one to act under."""

    role: str = Field(examples=["ReadAll"])


class PasswordSet(BaseModel, extra="forbid"):
    password: Password


class Me(BaseModel):
    """The caller, as Quilt's web catalogs want it."""

    current_user: str = Field(examples=["amy"])
    email: str = Field(examples=["amy@example.com"])
    is_staff: bool
    is_active: bool
