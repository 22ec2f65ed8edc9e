import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds.registry_world import PRINCIPAL

from auth.errors import NoAccess, TooManyBuckets
from auth.services.vending.iam_names import session_name, unique_session_name
from auth.services.vending.session_policy import MAX_SESSION_POLICY_CHARACTERS, role_documents, session_policy
from auth.services.vending.trust import denial_policy
from shared.permissions import level
from shared.schemas.principal import EVERY_BUCKET, Level

READ_OBJECT = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectAttributes"]
READ_BUCKET = ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation", "s3:GetBucketVersioning"]
WRITE_OBJECT = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:PutObjectTagging", "s3:RestoreObject"]
NEVER_OBJECT = ["s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:BypassGovernanceRetention"]
NEVER_BUCKET = [
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:GetBucketPolicy",
    "s3:ListAllMyBuckets",
    "s3:PutBucketCORS",
    "s3:PutBucketNotification",
    "s3:PutBucketPolicy",
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
]
names = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True)
levels = st.sampled_from(Level)


def allowed(policy: str, action: str, resource: str) -> bool:
    """Decide as IAM does: an explicit denial wins."""
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    effects = {
        statement["Effect"]
        for statement in statements
        if any(fnmatchcase(action, pattern) for pattern in statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in statement["Resource"])
    }
    return effects == {"Allow"}


@given(st.dictionaries(names | st.just(EVERY_BUCKET), levels, min_size=1, max_size=8), names)
def test_a_session_policy_permits_exactly_the_permissions_of_the_role(
    permissions: dict[str, Level], other: str
) -> None:
    policy = session_policy(permissions)
    assert len(policy) <= MAX_SESSION_POLICY_CHARACTERS
    everywhere = permissions.get(EVERY_BUCKET)
    for bucket in [*permissions.keys() - {EVERY_BUCKET}, other]:
        granted = {everywhere, permissions.get(bucket)}
        arn, key = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/a/b c.csv"
        assert {allowed(policy, action, arn) for action in READ_BUCKET} == {granted != {None}}
        assert {allowed(policy, action, key) for action in READ_OBJECT} == {granted != {None}}
        assert {allowed(policy, action, key) for action in WRITE_OBJECT} == {Level.READ_WRITE in granted}
        assert not any(allowed(policy, action, key) for action in NEVER_OBJECT)
        assert not any(allowed(policy, action, arn) for action in NEVER_BUCKET)


@given(st.dictionaries(names | st.just(EVERY_BUCKET) | st.just("package"), levels, min_size=1, max_size=8), names)
def test_a_bucket_outside_star_is_permitted_only_if_named(permissions: dict[str, Level], other: str) -> None:
    viewer = PRINCIPAL.model_copy(update={"permissions": permissions, "apart": frozenset({"package"})})
    for policy in (
        session_policy(permissions, outside_star=["package"]),
        *role_documents(permissions, outside_star=["package"]),
    ):
        for bucket in ("package", other):
            granted = level(viewer, bucket)
            arn, key = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/objs/amy/0a"
            assert {allowed(policy, action, arn) for action in READ_BUCKET} == {granted is not None}
            assert {allowed(policy, action, key) for action in READ_OBJECT} == {granted is not None}
            assert {allowed(policy, action, key) for action in WRITE_OBJECT} == {granted is Level.READ_WRITE}


@given(st.dictionaries(names, levels, min_size=1, max_size=60))
def test_a_session_policy_fits_the_limit_or_is_refused_with_the_count(permissions: dict[str, Level]) -> None:
    try:
        policy = session_policy(permissions)
    except TooManyBuckets as error:
        assert f"{len(permissions)} buckets" in str(error)  # noqa: PT017
        written = sum(len(f'"arn:aws:s3:::{name}","arn:aws:s3:::{name}/*",') for name in permissions)
        assert written > MAX_SESSION_POLICY_CHARACTERS - 500, "the rest of the policy is shorter than that"
    else:
        assert len(policy) <= MAX_SESSION_POLICY_CHARACTERS


def test_a_session_policy_holds_twenty_buckets_with_usual_names() -> None:
    permissions = {f"company-department-{number:02}": Level(["READ", "READ_WRITE"][number % 2]) for number in range(20)}
    session_policy(permissions)
    with pytest.raises(TooManyBuckets):
        session_policy({f"{name}-{again}": level for name, level in permissions.items() for again in range(2)})


def test_a_session_policy_for_star_fits_whatever_else_the_role_names() -> None:
    many = {f"bucket-{number}": Level.READ for number in range(500)}
    session_policy({EVERY_BUCKET: Level.READ, **many})
    session_policy({EVERY_BUCKET: Level.READ_WRITE, **many})


def test_a_session_policy_without_permissions_is_refused() -> None:
    with pytest.raises(NoAccess):
        session_policy({})


def test_a_session_policy_uses_the_partition_of_the_account() -> None:
    policy = session_policy({"b-1": Level.READ}, partition="aws-cn")
    assert allowed(policy, "s3:GetObject", "arn:aws-cn:s3:::b-1/x")


@pytest.mark.parametrize(
    ("user", "name"), [("a", "patchwork-a"), ("amy_x-1", "patchwork-amy_x-1"), ("x" * 37, "patchwork-" + "x" * 37)]
)
def test_role_sessions_are_named_after_their_user(user: str, name: str) -> None:
    assert session_name(user) == name


def test_long_user_names_get_distinct_session_names() -> None:
    one, other = session_name("x" * 63 + "a"), session_name("x" * 63 + "b")
    assert one != other
    assert len(one) == len(other) == 47


@pytest.mark.parametrize("user", ["amy", "x" * 64])
def test_each_credential_has_a_session_name_of_its_own_that_the_users_denial_matches(user: str) -> None:
    one, other = unique_session_name(user), unique_session_name(user)
    assert one != other
    assert len(one) <= 64
    denied = json.loads(denial_policy([(session_name(user), datetime.now(UTC))]) or "")["Statement"][0]
    pattern = denied["Condition"]["StringLike"]["aws:userid"]
    assert all(fnmatchcase(f"AROAEXAMPLE:{name}", pattern) for name in (one, other, session_name(user)))
    assert not fnmatchcase(f"AROAEXAMPLE:{unique_session_name('ben')}", pattern)
