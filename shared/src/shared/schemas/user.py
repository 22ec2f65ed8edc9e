from datetime import datetime
from typing import Annotated
from uuid import UUID

import email_validator
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.schemas.role import RoleName

RESERVED = frozenset({"anonymous", "public", "quilt", "team"})
"""Names with another meaning for clients."""
MAX_EMAIL = 254
MAX_USER_NAME = 64
USER_NAME_PATTERN = r"^[a-z][a-z0-9_-]*$"

email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()  # mail servers of an organisation also deliver to domains like `.local`


USER_NAME_REFUSAL = (
    "Username is not valid. Usernames must start with a lower-case letter, and hold lower-case letters, digits, "
    "hyphens and underscores."
)
"""Refusal of a name that does not match USER_NAME_PATTERN; Quilt's clients show it to users."""


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError("This name is reserved")
    return name


def parse_email(text: str) -> str:
    """The address in lower case. Raises ValueError for text that is not an e-mail address; it uses no name server.

    Unlike pydantic's EmailStr it refuses `Amy <amy@example.com>`, and accepts hosts without a domain and domains of an
    intranet.
    """
    stripped = text.strip()
    if not stripped.isascii():
        raise ValueError("An email address must have only ASCII characters")
    parsed = email_validator.validate_email(
        stripped, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False
    )
    return (parsed.ascii_email or parsed.normalized).lower()  # an international domain stays `xn--…`: mails are ASCII


def _valid_email(text: str) -> str:
    try:
        return parse_email(text)
    except ValueError as error:
        raise PydanticCustomError("email", "{reason}", {"reason": str(error)}) from error


UserName = Annotated[
    str,
    StringConstraints(max_length=MAX_USER_NAME, pattern=USER_NAME_PATTERN),
    AfterValidator(_not_reserved),
    Field(examples=["amy"], description="Lower-case letters, digits, `_` and `-`, beginning with a letter."),
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
    Field(examples=["correct horse battery"], description="At least 8 characters."),
]


class User(BaseModel):
    """A user account."""

    id: UUID
    name: str = Field(examples=["amy"])
    email: str = Field(examples=["amy@example.com"])
    is_admin: bool
    is_active: bool
    role: str | None = Field(description="Active role.", examples=["ReadAll"])
    roles: list[str] = Field(description="All roles of the user.", examples=[["ReadAll"]])
    is_sso_only: bool = Field(description="The user signs in only with a provider and has no password.")
    is_governed: bool = Field(
        description="The SSO configuration sets the roles and rights of the user at each sign-in."
    )
    has_second_factor: bool = Field(False, description="Signing in with the password also takes a code.")
    created_at: datetime
    last_login: datetime | None


class UserCreate(BaseModel, extra="forbid"):
    name: UserName
    email: Email
    password: Password | None = Field(None, description="If left out, the user cannot sign in with a password.")
    is_admin: bool = False
    roles: list[RoleName] | None = Field(
        None,
        max_length=32,
        description="Roles of the user, of which the first is active; the default role if left out.",
    )


class RolesSet(BaseModel, extra="forbid"):
    roles: list[RoleName] = Field(max_length=32, examples=[["ReadWriteAll", "ReadAll"]])
    active: RoleName | None = Field(
        None,
        description="One of `roles`. If left out, the active role stays active if it is among them; otherwise the first is.",
        examples=["ReadAll"],
    )


class RolesChange(BaseModel, extra="forbid"):
    """Roles to add to a user and to remove; other roles stay."""

    add: list[RoleName] = Field([], max_length=32)
    remove: list[RoleName] = Field([], max_length=32)
    active: RoleName | None = Field(None, description="Role to make active. If left out, the active role stays active.")
    fallback: RoleName | None = Field(
        None, description="Role to make active if the active role is removed; the first of the other roles if left out."
    )


class UserUpdate(BaseModel, extra="forbid"):
    """Changes of a user. Fields that are left out keep their values."""

    email: Email | None = None
    is_admin: bool | None = Field(None, examples=[True])


class RoleSwitch(BaseModel, extra="forbid"):
    """The role to make active, one of the user's roles."""

    role: str = Field(examples=["ReadAll"])


class PasswordSet(BaseModel, extra="forbid"):
    password: Password


class Me(BaseModel):
    """The caller in the form of Quilt's web catalogs."""

    current_user: str = Field(examples=["amy"])
    email: str = Field(examples=["amy@example.com"])
    is_staff: bool
    is_active: bool
