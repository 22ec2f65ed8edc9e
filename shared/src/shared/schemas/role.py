from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from shared.schemas.bucket import BucketName
from shared.schemas.principal import Level
from shared.schemas.query_budgets import QueryBudgets, QueryBudgetsSet

MAX_ROLE_NAME = 64
RoleName = Annotated[
    str,
    StringConstraints(pattern=rf"^[A-Za-z0-9][A-Za-z0-9 _.-]{{0,{MAX_ROLE_NAME - 1}}}$"),
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
MAX_PERMISSIONS = 1000
"""Buckets that one policy names."""
Permissions = Annotated[
    dict[BucketName | Literal["*"], Level],
    Field(
        max_length=MAX_PERMISSIONS,
        examples=[{"quilt-example": "READ_WRITE", "*": "READ"}],
        description="Level by name of the bucket; `*` stands for all registered buckets.",
    ),
]
_ID = "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"
PolicyIds = Annotated[list[UUID], Field(max_length=1000, examples=[[_ID]], description="Policies of a managed role.")]
MAX_POLICIES = 10
"""Policies of one role: the limit of IAM."""


class PolicyLink(BaseModel):
    id: UUID
    title: str = Field(examples=["Read inventory"])


class RoleLink(BaseModel):
    id: UUID
    name: str = Field(examples=["Curators"])


class Role(BaseModel):
    """A role. A managed role has the permissions of its policies, an unmanaged role those of an existing IAM role."""

    id: UUID
    name: str = Field(examples=["Curators"])
    is_default: bool = Field(description="New users get this role.")
    managed: bool
    arn: str = Field(
        description="ARN of the IAM role. A managed role has one only if it needs it; otherwise this is empty.",
        examples=["arn:aws:iam::123456789012:role/Curators"],
    )
    policies: list[PolicyLink]
    permissions: dict[str, Level] = Field(
        examples=[{"quilt-example": "READ_WRITE"}],
        description="Highest level of all policies by bucket. For an unmanaged role, the levels that were last observed.",
    )
    query_budgets: QueryBudgets = Field(
        QueryBudgets(),
        description="Budgets of its people's queries in SQL. Of several roles of a person, the largest of each counts.",
    )


class RoleUpdate(BaseModel, extra="forbid"):
    """A managed role has `policies`, an unmanaged one an `arn`."""

    name: RoleName
    policies: PolicyIds | None = None
    arn: RoleArn | None = None
    query_budgets: QueryBudgetsSet | None = Field(
        None, description="If left out, they stay as they are.", examples=[{"seconds": 600}]
    )

    @model_validator(mode="after")
    def either_or(self) -> Self:
        if (self.policies is None) is (self.arn is None):
            raise ValueError("Give either policies or an arn")
        return self


class RoleCreate(BaseModel, extra="forbid"):
    """A managed role has `policies` or `permissions`, an unmanaged one an `arn`."""

    name: RoleName
    policies: PolicyIds | None = None
    permissions: Permissions | None = Field(
        None, description="Creates a policy for this role, with the name of the role as its title."
    )
    arn: RoleArn | None = None
    query_budgets: QueryBudgetsSet | None = Field(None, examples=[{"seconds": 600}])

    @model_validator(mode="after")
    def one_of(self) -> Self:
        if [self.policies, self.permissions, self.arn].count(None) != 2:
            raise ValueError("Give either policies or permissions or an arn")
        return self


class DefaultRole(BaseModel):
    role: RoleLink | None


class DefaultRoleSet(BaseModel, extra="forbid"):
    role: str | None = Field(
        max_length=64, description="Id or name of the role; null for no default role.", examples=["ReadAll"]
    )


class Policy(BaseModel):
    """A policy. A managed policy has permissions on buckets; an unmanaged policy is an existing IAM policy."""

    id: UUID
    title: str = Field(examples=["Read inventory"])
    managed: bool
    arn: str | None = Field(description="ARN of the IAM policy of an unmanaged policy.")
    permissions: dict[str, Level] = Field(examples=[{"quilt-example": "READ_WRITE"}])
    roles: list[RoleLink] = Field(description="Roles that have the policy.")


class PolicyWrite(BaseModel, extra="forbid"):
    """A managed policy has `permissions`, an unmanaged one an `arn`."""

    title: PolicyTitle
    permissions: Permissions | None = None
    arn: PolicyArn | None = None
    roles: list[UUID] | None = Field(
        None,
        max_length=1000,
        examples=[[_ID]],
        description="Ids of the managed roles that get the policy. If left out, they stay as they are.",
    )

    @model_validator(mode="after")
    def either_or(self) -> Self:
        if (self.permissions is None) is (self.arn is None):
            raise ValueError("Give either permissions or an arn")
        return self


class BucketAccess(BaseModel, extra="forbid"):
    """Access of one person to one bucket, besides what their active role permits."""

    level: Level = Field(examples=["READ_WRITE"])


class RoleTrust(BaseModel):
    """The trust policy that an existing IAM role needs, so that it can be assumed for this role."""

    principal: str = Field(examples=["arn:aws:iam::123456789012:role/patchwork-auth"])
    external_id: str = Field(
        description="External id of this role. It prevents that the IAM role is assumed for other installations."
    )
    policy: str = Field(description="The trust policy as JSON.")


class BucketVerdict(BaseModel):
    """Result of trying out the credentials of a role in a bucket."""

    bucket: str = Field(examples=["quilt-example"])
    expected: Level | None = Field(
        description="Level of its policies; null for no access, and for all unmanaged roles."
    )
    found: Level | None
    problem: str | None = Field(examples=["It should write, and cannot"])
    ok: bool


class RoleCheck(BaseModel):
    """Result of a check: the role can be assumed, and has the expected permissions and no others."""

    can_assume: bool
    problem: str | None = Field(description="Reason why the role cannot be assumed.")
    ok: bool
    buckets: list[BucketVerdict] = Field(
        description="All registered buckets, and buckets to which no role may have access."
    )
