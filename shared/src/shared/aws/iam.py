"""Creates, updates and removes the IAM roles that Patchwork manages. All calls may be repeated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.clients import open_iam
from shared.errors import Unavailable
from shared.settings import AwsSettings

MAX_INLINE_CHARACTERS = 10_240 - 2_560 - 512
"""AWS's limit for all inline policies of a role, less the sizes of DENIAL and NEVER."""
DENIAL = "ended-sessions"
"""Name of the inline policy that denies everything to ended sessions."""
NEVER = "never"
"""Name of the inline policy that denies what no session of the role may do."""
_INLINE_PREFIX = "buckets-"
"""Beginning of the names of our other inline policies."""
_MAX_POLICY_VERSIONS = 5
"""AWS's limit for versions of a managed policy."""
TIMEOUT_SECONDS = 30.0


class IamRefused(Unavailable):
    title = "IAM refused a change"


@dataclass(frozen=True, slots=True)
class WantedRole:
    """The state that a role shall have. `documents` and `attached` together are at most ten."""

    name: str
    path: str
    trust: str
    """The trust policy."""
    documents: tuple[str, ...]
    """Policies, each of at most 6,144 characters."""
    never: str
    """A policy that denies, of at most 512 characters."""
    boundary: str | None = None
    """ARN of the permissions boundary."""
    attached: tuple[str, ...] = ()
    """ARNs of policies that Patchwork does not manage."""


class RoleKeeper(Protocol):
    """All calls raise IamRefused, or Unavailable when IAM does not answer."""

    async def put(self, role: WantedRole) -> str:
        """Create or update the role, and return its ARN."""
        ...

    async def remove(self, name: str) -> None: ...

    async def deny(self, name: str, document: str | None) -> None:
        """Set the policy that denies something to sessions of the role; None removes it."""
        ...


class IamRoleKeeper:
    def __init__(self, iam: Any) -> None:
        self._iam = iam

    async def put(self, role: WantedRole) -> str:
        async with _errors_translated():
            arn = await self._ensure(role)
            await self._iam.put_role_policy(RoleName=role.name, PolicyName=NEVER, PolicyDocument=role.never)
            is_inline = len("".join(role.documents)) <= MAX_INLINE_CHARACTERS
            names = [f"{_INLINE_PREFIX}{number}" for number in range(len(role.documents))]
            if is_inline:
                for name, document in zip(names, role.documents, strict=True):
                    await self._iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=document)
                await self._remove_managed(role.name, keep=0)
                await self._remove_inline(role.name, keep=set(names))
            else:
                for number, document in enumerate(role.documents):
                    await self._put_managed(arn, role, number, document)
                await self._remove_managed(role.name, keep=len(role.documents))
                await self._remove_inline(role.name, keep=set())
            await self._attach(role)
        return arn

    async def remove(self, name: str) -> None:
        async with _errors_translated():
            try:
                await self._remove_managed(name, keep=0)
                await self._remove_inline(name, keep=set())
                for other in (await self._iam.list_attached_role_policies(RoleName=name))["AttachedPolicies"]:
                    await self._iam.detach_role_policy(RoleName=name, PolicyArn=other["PolicyArn"])
                for denying in (DENIAL, NEVER):
                    with suppress(self._iam.exceptions.NoSuchEntityException):
                        await self._iam.delete_role_policy(RoleName=name, PolicyName=denying)
                await self._iam.delete_role(RoleName=name)
            except self._iam.exceptions.NoSuchEntityException:
                return

    async def deny(self, name: str, document: str | None) -> None:
        async with _errors_translated():
            try:
                if document:
                    await self._iam.put_role_policy(RoleName=name, PolicyName=DENIAL, PolicyDocument=document)
                else:
                    await self._iam.delete_role_policy(RoleName=name, PolicyName=DENIAL)
            except self._iam.exceptions.NoSuchEntityException:
                return

    async def _ensure(self, role: WantedRole) -> str:
        bounded = {"PermissionsBoundary": role.boundary} if role.boundary else {}
        try:
            made = await self._iam.create_role(
                RoleName=role.name,
                Path=role.path,
                AssumeRolePolicyDocument=role.trust,
                Description="Managed by Patchwork, which undoes changes that are made here.",
                **bounded,
            )
        except self._iam.exceptions.EntityAlreadyExistsException:
            await self._iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=role.trust)
            made = await self._iam.get_role(RoleName=role.name)
            bound = made["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
            if role.boundary and bound != role.boundary:
                await self._iam.put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=role.boundary)
        return str(made["Role"]["Arn"])

    async def _put_managed(self, role_arn: str, role: WantedRole, number: int, document: str) -> None:
        name = f"{role.name}-{number}"
        arn = f"{role_arn.partition(':role/')[0]}:policy{role.path}{name}"
        try:
            await self._iam.create_policy(PolicyName=name, Path=role.path, PolicyDocument=document)
        except self._iam.exceptions.EntityAlreadyExistsException:
            versions = (await self._iam.list_policy_versions(PolicyArn=arn))["Versions"]
            spare = sorted(
                (each["VersionId"] for each in versions if not each["IsDefaultVersion"]), key=_version_number
            )
            for version in spare[: max(0, len(versions) - _MAX_POLICY_VERSIONS + 1)]:
                await self._iam.delete_policy_version(PolicyArn=arn, VersionId=version)
            await self._iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
        await self._iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)

    async def _attach(self, role: WantedRole) -> None:
        """Attach the policies in `role.attached`, and detach all others that Patchwork does not manage."""
        present = (await self._iam.list_attached_role_policies(RoleName=role.name))["AttachedPolicies"]
        others = {each["PolicyArn"] for each in present if not each["PolicyName"].startswith(f"{role.name}-")}
        for arn in set(role.attached) - others:
            await self._iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
        for arn in others - set(role.attached):
            await self._iam.detach_role_policy(RoleName=role.name, PolicyArn=arn)

    async def _remove_managed(self, name: str, *, keep: int) -> None:
        attached = (await self._iam.list_attached_role_policies(RoleName=name))["AttachedPolicies"]
        kept = {f"{name}-{number}" for number in range(keep)}
        for policy in attached:
            if policy["PolicyName"].startswith(f"{name}-") and policy["PolicyName"] not in kept:
                arn = policy["PolicyArn"]
                await self._iam.detach_role_policy(RoleName=name, PolicyArn=arn)
                for version in (await self._iam.list_policy_versions(PolicyArn=arn))["Versions"]:
                    if not version["IsDefaultVersion"]:
                        await self._iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
                await self._iam.delete_policy(PolicyArn=arn)

    async def _remove_inline(self, name: str, *, keep: set[str]) -> None:
        for policy in (await self._iam.list_role_policies(RoleName=name))["PolicyNames"]:
            if policy.startswith(_INLINE_PREFIX) and policy not in keep:
                await self._iam.delete_role_policy(RoleName=name, PolicyName=policy)


@asynccontextmanager
async def open_role_keeper(settings: AwsSettings) -> AsyncIterator[IamRoleKeeper]:
    async with open_iam(settings) as iam:
        yield IamRoleKeeper(iam)


@asynccontextmanager
async def _errors_translated() -> AsyncIterator[None]:
    """Limit the time, and translate errors of IAM into ours."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "NoSuchEntity":
            raise
        raise IamRefused(f"IAM refused ({code}): {error}"[:500]) from error
    except (BotoCoreError, OSError, TimeoutError) as error:
        raise Unavailable(f"IAM does not answer ({type(error).__name__})") from error


def _version_number(version: str) -> int:
    return int(version.removeprefix("v"))
