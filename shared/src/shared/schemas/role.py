from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from shared.schemas.bucket import BucketName
from shared.schemas.principal import Level

RoleName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$"),
    Field(examples=["Curators"], description="Up to 64 letters, digits, spaces, `_`, `.` and `-`."),
]
Permissions = Annotated[
    dict[BucketName | Literal["*"], Level],
    Field(
        max_length=1000,
        examples=[{"quilt-example": "READ_WRITE", "*": "READ"}],
        description="Bucket name, or `*` for every registered bucket, to level.",
    ),
]


class Role(BaseModel):
    """What its holders may do, summed over its policies."""

    id: UUID
    name: str = Field(examples=["Curators"])
    is_default: bool = Field(description="New users are given it.")
    permissions: dict[str, Level] = Field(examples=[{"quilt-example": "READ_WRITE"}])


class RoleCreate(BaseModel, extra="forbid"):
    name: RoleName
    permissions: Permissions


class PermissionsSet(BaseModel, extra="forbid"):
    permissions: Permissions
