from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from shared.schemas.bucket import BucketName
from shared.schemas.principal import Level

RoleName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$"),
    Field(examples=["Curators"], description="Up to 64 letters, digits, spaces, `_`, `.` and `-`."),
]
RoleArn = Annotated[
    str,
    StringConstraints(max_length=600, pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$"),
    Field(examples=["arn:aws:iam::123456789012:role/Curators"]),
]
PolicyArn = Annotated[
    str,
    StringConstraints(max_length=600, pattern=r"^arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):policy/[\w+=,.@/-]+$"),
    Field(examples=["arn:aws:iam::123456789012:policy/ReadInventory"]),
]
PolicyTitle = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,128}$", strip_whitespace=True), Field(examples=["Read inventory"])
]
Permissions = Annotated[
    dict[BucketName | Literal["*"], Level],
    Field(
        max_length=1000,
        examples=[{"quilt-example": "READ_WRITE", "*": "READ"}],
        description="Bucket name, or `*` for every registered bucket, to level.",
    ),
]
_ID = "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"
PolicyIds = Annotated[list[UUID], Field(max_length=1000, examples=[[_ID]], description="Of managed roles.")]
MAX_POLICIES = 10
"""Of one role: IAM takes no more."""


class PolicyLink(BaseModel):
    id: UUID
    title: str = Field(examples=["Read inventory"])


class RoleLink(BaseModel):
    id: UUID
    name: str = Field(examples=["Curators"])


class Role(BaseModel):
    """What its holders may do: all that its policies permit or, unmanaged, what an IAM role of yours does."""

    id: UUID
    name: str = Field(examples=["Curators"])
    is_default: bool = Field(description="New users are given it.")
    managed: bool
    arn: str = Field(
        description="Of the IAM role: an unmanaged role's own, a managed role's once it needs one.",
        examples=["arn:aws:iam::123456789012:role/Curators"],
    )
    policies: list[PolicyLink]
    permissions: dict[str, Level] = Field(
        examples=[{"quilt-example": "READ_WRITE"}],
        description="Over all policies, the higher level of each bucket; of what is unmanaged, what was last observed.",
    )


class RoleUpdate(BaseModel, extra="forbid"):
    """A managed role has `policies`, an unmanaged one an `arn`."""

    name: RoleName
    policies: PolicyIds | None = None
    arn: RoleArn | None = None

    @model_validator(mode="after")
    def either_or(self) -> Self:
        if (self.policies is None) is (self.arn is None):
            raise ValueError("Say either policies or an arn")
        return self


class RoleCreate(BaseModel, extra="forbid"):
    """A managed role has `policies` or `permissions`, an unmanaged one an `arn`."""

    name: RoleName
    policies: PolicyIds | None = None
    permissions: Permissions | None = Field(None, description="Makes a policy titled as the role, for this role.")
    arn: RoleArn | None = None

    @model_validator(mode="after")
    def one_of(self) -> Self:
        if [self.policies, self.permissions, self.arn].count(None) != 2:
            raise ValueError("Say either policies or permissions or an arn")
        return self


class DefaultRole(BaseModel):
    role: RoleLink | None


class DefaultRoleSet(BaseModel, extra="forbid"):
    role: str | None = Field(max_length=64, description="Its id or name; null for none.", examples=["ReadAll"])


class Policy(BaseModel):
    """Permissions on buckets or, unmanaged, an IAM policy of yours."""

    id: UUID
    title: str = Field(examples=["Read inventory"])
    managed: bool
    arn: str | None = Field(description="Of the IAM policy, if it is unmanaged.")
    permissions: dict[str, Level] = Field(examples=[{"quilt-example": "READ_WRITE"}])
    roles: list[RoleLink] = Field(description="That have it.")


class PolicyWrite(BaseModel, extra="forbid"):
    """A managed policy has `permissions`, an unmanaged one an `arn`."""

    title: PolicyTitle
    permissions: Permissions | None = None
    arn: PolicyArn | None = None
    roles: list[UUID] | None = Field(
        None,
        max_length=1000,
        examples=[[_ID]],
        description="Ids of the managed roles that have it. Left out: as they are.",
    )

    @model_validator(mode="after")
    def either_or(self) -> Self:
        if (self.permissions is None) is (self.arn is None):
            raise ValueError("Say either permissions or an arn")
        return self


class RoleTrust(BaseModel):
    """What an existing IAM role has to say so that it can be assumed for this role."""

    principal: str = Field(examples=["arn:aws:iam::123456789012:role/patchwork-auth"])
    external_id: str = Field(description="Of this role alone: it keeps others from having it assumed for them.")
    policy: str = Field(description="The trust policy, ready to copy: JSON.")


class BucketVerdict(BaseModel):
    """What the role's credentials did in a bucket."""

    bucket: str = Field(examples=["quilt-example"])
    expected: Level | None = Field(description="By its policies; null is nothing. Always null of an unmanaged role.")
    found: Level | None
    problem: str | None = Field(examples=["It should write, and cannot"])
    ok: bool


class RoleCheck(BaseModel):
    """Whether a role can be assumed, and does what it should, and is refused the rest."""

    can_assume: bool
    problem: str | None = Field(description="Why it cannot be assumed.")
    ok: bool
    buckets: list[BucketVerdict] = Field(description="Every registered one, and those that nobody should reach.")
