"""The IAM role that is assumed for a role of ours, and the session policy that narrows it."""

import hashlib
from dataclasses import dataclass, replace

from auth.db.roles import RoleRecord
from auth.errors import NoAccess, TooManyBuckets
from auth.services.vending.iam_names import IamNames
from auth.services.vending.session_policy import reading_policy, role_documents, session_policy
from auth.services.vending.trust import boundary_policy, trust_policy
from auth.settings import AuthSettings
from shared.aws.credentials import AssumedRole
from shared.aws.iam import WantedRole


@dataclass(frozen=True, slots=True)
class Assumption:
    """An IAM role, and the session policy; `kept_in_iam` if `auth` makes and updates the role."""

    role: AssumedRole
    policy: str | None
    kept_in_iam: bool = False


def assumption_for(role: RoleRecord, settings: AuthSettings) -> Assumption:
    """Raises NoAccess or TooManyBuckets."""
    if role.arn:
        return Assumption(AssumedRole(role.arn, role.external_id), None)
    if not role.granted and not role.policy_arns:
        raise NoAccess("Your role gives access to no bucket")
    names, hidden = IamNames.of(settings), settings.user_role_external_id
    try:
        policy = (
            session_policy(
                role.granted,
                outside_star=_outside_star(settings),
                partition=names.partition,
                kms_key_arn=settings.iam.kms_key_arn,
            )
            if role.granted
            else None
        )
    except TooManyBuckets:
        if not settings.iam.manage:
            raise
        return Assumption(AssumedRole(names.role_arn(role.id), role.external_id), None, kept_in_iam=True)
    people = AssumedRole(
        settings.user_role_arn, hidden.get_secret_value() if hidden else None, policy_arns=role.policy_arns
    )
    return Assumption(people, policy)


def reading_assumption(role: RoleRecord, bucket: str, settings: AuthSettings) -> Assumption:
    """The same, narrowed to reading one bucket that the role may read.

    A role with managed session policies is not narrowed: a session policy would add to them.
    """
    whole = assumption_for(role, settings)
    if role.policy_arns:
        return whole
    return replace(whole, policy=reading_policy(bucket, IamNames.of(settings).partition))


def wanted_role(role: RoleRecord, settings: AuthSettings, assumer: str) -> WantedRole | None:
    """The role that IAM should have, or None if a session policy suffices. Raises TooManyBuckets."""
    try:
        if not assumption_for(role, settings).kept_in_iam:
            return None
    except NoAccess:
        return None
    names = IamNames.of(settings)
    return WantedRole(
        name=names.role(role.id),
        path=names.path,
        trust=trust_policy(assumer, role.external_id),
        documents=role_documents(
            role.granted,
            outside_star=_outside_star(settings),
            partition=names.partition,
            kms_key_arn=settings.iam.kms_key_arn,
        ),
        never=boundary_policy(names.partition, settings.forbidden_buckets),
        boundary=settings.iam.permissions_boundary,
        attached=role.policy_arns,
    )


def _outside_star(settings: AuthSettings) -> frozenset[str]:
    return settings.buckets_outside_star | settings.forbidden_buckets


def digest(wanted: WantedRole) -> str:
    return hashlib.sha256(repr(wanted).encode()).hexdigest()
