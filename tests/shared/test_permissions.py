from uuid import uuid4

import pytest

from shared.permissions import allows, level, readable
from shared.schemas.principal import EVERY_BUCKET, Level, Principal

READ, READ_WRITE = Level.READ, Level.READ_WRITE


def someone(permissions: dict[str, Level]) -> Principal:
    return Principal(
        user_id=uuid4(),
        name="amy",
        session_id=uuid4(),
        is_admin=True,  # gives no bucket by itself
        role_id=uuid4(),
        role="role",
        permissions=permissions,
    )


@pytest.mark.parametrize(
    ("permissions", "granted"),
    [
        ({}, None),
        ({"other": READ_WRITE}, None),
        ({"mine": READ}, READ),
        ({"mine": READ_WRITE}, READ_WRITE),
        ({EVERY_BUCKET: READ}, READ),
        ({EVERY_BUCKET: READ_WRITE}, READ_WRITE),
        ({EVERY_BUCKET: READ, "mine": READ_WRITE}, READ_WRITE),
        ({EVERY_BUCKET: READ_WRITE, "mine": READ}, READ_WRITE),
        ({"mine-too": READ_WRITE, "min": READ_WRITE}, None),
    ],
)
def test_a_callers_level_is_the_higher_of_the_buckets_and_that_of_all_buckets(
    permissions: dict[str, Level], granted: Level | None
) -> None:
    principal = someone(permissions)
    assert level(principal, "mine") is granted
    assert allows(principal, "mine") is (granted is not None)
    assert allows(principal, "mine", READ_WRITE) is (granted is READ_WRITE)


def test_readable_buckets_are_the_named_ones_or_all() -> None:
    assert readable(someone({})) == frozenset()
    assert readable(someone({"a": READ, "b": READ_WRITE})) == frozenset({"a", "b"})
    assert readable(someone({"a": READ, EVERY_BUCKET: READ})) is None


def test_the_subjects_of_a_principal_are_its_user_credential_role_and_all() -> None:
    principal = someone({})
    assert principal.subjects == {
        "*",
        f"user:{principal.user_id}",
        f"session:{principal.session_id}",
        f"role:{principal.role_id}",
    }
    assert not any(subject.startswith("role:") for subject in principal.model_copy(update={"role_id": None}).subjects)
