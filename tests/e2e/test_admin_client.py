"""Every public function of `quilt3.admin` in the real client: what it returns, and how it fails."""

import json
from typing import Any

import pytest
from support.worlds.system import ADMIN, BUCKET, ROOT, Client, System

ACTS = ROOT / "tests" / "support" / "foreign" / "admin_acts.py"
ARN = "arn:aws:iam::123456789012:role/Lab"
POLICY_ARN = "arn:aws:iam::123456789012:policy/Inventory"


def tasters(name: str = "Tasters", **permissions: str) -> dict[str, Any]:
    policies = ["Wine"] if permissions else []
    return {
        "kind": "ManagedRole",
        "name": name,
        "policies": policies,
        "permissions": {each.replace("_", "-"): level for each, level in permissions.items()},
    }


def lab(name: str = "Lab", arn: str = ARN) -> dict[str, str]:
    return {"kind": "UnmanagedRole", "name": name, "arn": arn}


def wine(title: str = "Wine", *, roles: list[str] | None = None, **permissions: str) -> dict[str, Any]:
    held = {each.replace("_", "-"): level for each, level in permissions.items()}
    return {"title": title, "managed": True, "arn": True, "permissions": held, "roles": roles or []}


def stock(title: str = "Stock", roles: list[str] | None = None) -> dict[str, Any]:
    return {"title": title, "managed": False, "arn": POLICY_ARN, "permissions": {}, "roles": roles or []}


def ada(role: str = "ReadAll", extra: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    user = {"name": "ada", "email": "ada@example.org", "active": True, "admin": False}
    return {**user, "role": role, "extra": extra or [], **changes}


BOTH: dict[str, Any] = {"quilt_example": "READ_WRITE", "elsewhere": "READ"}
READ: dict[str, Any] = {"quilt_example": "READ"}
GONE: dict[str, Any] = {"admin": True, "active": False}
TABLE = """
schema: [{name: gene, type: STRING}]
source: {type: quilt-packages, package_name: '^amy/', logical_key: '\\.csv$'}
parser: {format: csv, delimiter: ",", header: true}
"""

RETURNED: dict[str, Any] = {
    "policies.create_managed": wine(**BOTH),
    "policies.create_unmanaged": stock(),
    "policies.get": wine(**BOTH),
    "policies.get by id": wine(**BOTH),
    "policies.get nothing": None,
    "policies.list": ["ReadAll", "ReadWriteAll", "Stock", "Wine"],
    "roles.create_managed": tasters(**BOTH),
    "roles.create_unmanaged": lab(),
    "roles.get": tasters(**BOTH),
    "roles.get by id": tasters(**BOTH),
    "roles.get nothing": None,
    "roles.list": ["Lab", "ReadAll", "ReadWriteAll", "Tasters"],
    "policies.update_managed": wine("Wines", roles=["Tasters"], **READ),
    "policies.patch_managed": wine(roles=["Tasters"], **READ),
    "policies.update_unmanaged": stock("Stocks", ["Tasters"]),
    "policies.patch_unmanaged": stock(),
    "roles.update_managed": tasters("Noses"),
    "roles.patch_managed": tasters(**READ),
    "roles.update_unmanaged": lab("Labs", f"{ARN}s"),
    "roles.patch_unmanaged": lab(),
    "roles.get_default": {
        "kind": "ManagedRole",
        "name": "ReadAll",
        "policies": ["ReadAll"],
        "permissions": {"*": "READ"},
    },
    "roles.set_default": tasters(**READ),
    "users.create": ada(extra=["Lab"], email="ada@example.com"),
    "users.get": ada(extra=["Lab"], email="ada@example.com"),
    "users.get nobody": None,
    "users.list": True,
    "users.set_email": ada(extra=["Lab"]),
    "users.set_admin": ada(extra=["Lab"], admin=True),
    "users.set_active": ada(extra=["Lab"], **GONE),
    "users.set_role": ada("Tasters", **GONE),
    "users.set_role and more": ada("Lab", ["ReadAll", "Tasters"], **GONE),
    "users.remove_roles": ada("Tasters", ["ReadAll"], **GONE),
    "users.add_roles": ada("Tasters", ["Lab", "ReadAll"], **GONE),
    "users.reset_password": None,
    "users.delete": None,
    "sso_config.get nothing": None,
    "sso_config.set": [True, "admin"],
    "sso_config.get": [True, "admin"],
    "sso_config.set nothing": None,
    "tabulator.set_table": None,
    "tabulator.list_tables": [["genes", TABLE]],
    "tabulator.rename_table": None,
    "tabulator.set_table to nothing": None,
    "tabulator.get_open_query": False,
    "tabulator.set_open_query": None,
    "tabulator.get_open_query again": True,
    "buckets.add": ["admin-client", "Added", "d", ["t"], 3, []],
    "buckets.get": ["admin-client", "Added", "d", ["t"], 3, []],
    "buckets.get nothing": None,
    "buckets.list": True,
    "buckets.update": ["admin-client", "Updated", None, [], 0, []],
    "buckets.remove": None,
    "roles.delete": None,
    "policies.delete": None,
}
RAISED = {
    "policies.create_managed twice": "PolicyTitleExistsError",
    "policies.create_managed badly": "InvalidInputError",
    "policies.create_managed for the full": "RoleTooManyPoliciesError",
    "policies.create_unmanaged twice": "PolicyArnExistsError",
    "policies.create_unmanaged badly": "InvalidInputError",
    "policies.update_managed nothing": "PolicyNotFoundError",
    "policies.patch_managed the other": "Quilt3AdminError",
    "policies.patch_managed nothing": "PolicyNotFoundError",
    "policies.update_unmanaged the other": "InvalidInputError",
    "policies.patch_unmanaged the other": "Quilt3AdminError",
    "policies.delete nothing": "PolicyNotFoundError",
    "roles.create_managed twice": "RoleNameExistsError",
    "roles.create_managed badly": "RoleNameInvalidError",
    "roles.create_managed reserved": "RoleNameReservedError",
    "roles.create_managed with too many": "RoleTooManyPoliciesError",
    "roles.create_unmanaged twice": "RoleNameExistsError",
    "roles.update_managed the other": "RoleTypeMismatchError",
    "roles.update_managed nothing": "RoleNotFoundError",
    "roles.update_managed to another": "RoleNameExistsError",
    "roles.patch_managed the other": "RoleTypeMismatchError",
    "roles.update_unmanaged the other": "RoleTypeMismatchError",
    "roles.patch_unmanaged the other": "RoleTypeMismatchError",
    "roles.set_default nothing": "RoleNotFoundError",
    "roles.delete the default": "RoleAssignedError",
    "roles.delete in use": "RoleAssignedError",
    "roles.delete nothing": "RoleNotFoundError",
    "roles.set_default under SSO": "RoleSsoConfigConflictError",
    "roles.delete under SSO": "RoleSsoConfigConflictError",
    "roles.patch_unmanaged under SSO": "RoleSsoConfigConflictError",
    **{
        f"users.create with {what}": "Quilt3AdminError"
        for what in ("a taken name", "a taken address", "a wrong name", "a wrong address", "no such role")
    },
    "users.set_email badly": "Quilt3AdminError",
    "users.set_email of another": "Quilt3AdminError",
    "users.set_admin of oneself": "Quilt3AdminError",
    "users.set_active of oneself": "Quilt3AdminError",
    "users.set_role to none such": "Quilt3AdminError",
    "users.remove_roles none such": "Quilt3AdminError",
    "users.add_roles none such": "Quilt3AdminError",
    "users.delete oneself": "Quilt3AdminError",
    **{
        f"users.{act} of nobody": "UserNotFoundError"
        for act in (
            *("set_email", "set_admin", "set_active", "set_role"),
            *("add_roles", "remove_roles", "reset_password", "delete"),
        )
    },
    "sso_config.set badly": "Quilt3AdminError",
    "tabulator.set_table badly": "Quilt3AdminError",
    "tabulator.list_tables nowhere": "BucketNotFoundError",
    "tabulator.rename_table nothing": "Quilt3AdminError",
    "tabulator.set_table nowhere": "Quilt3AdminError",
    "buckets.add twice": "Quilt3AdminError",
    "buckets.add with a topic": "Quilt3AdminError",
    "buckets.add badly": "GraphQLClientGraphQLMultiError",
    "buckets.update nothing": "BucketNotFoundError",
    "buckets.update with a topic": "Quilt3AdminError",
    "buckets.remove nothing": "BucketNotFoundError",
}
"""`buckets.add badly`: the contract has no answer for a name that no bucket can have."""


@pytest.fixture(scope="module")
def answers(system: System, homes: Any) -> dict[str, tuple[str, Any]]:
    """Output of the client from one process for all functions."""
    client = Client(homes / "administrator", system)
    client.sign_in(*ADMIN)
    done = client.attempt("python", ACTS, BUCKET)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return {name: (how, what) for name, how, what in lines}


def test_every_quilt3_admin_function_returns_its_documented_type(answers: dict[str, tuple[str, Any]]) -> None:
    wrong = {name: answers.get(name) for name, what in RETURNED.items() if answers.get(name) != ("returned", what)}
    assert not wrong


def test_every_quilt3_admin_error_has_its_documented_type(answers: dict[str, tuple[str, Any]]) -> None:
    wrong = {name: answers.get(name) for name, kind in RAISED.items() if answers.get(name) != ("raised", kind)}
    assert not wrong


def test_quilt3_admin_calls_only_the_covered_functions(answers: dict[str, tuple[str, Any]]) -> None:
    assert answers.keys() == RETURNED.keys() | RAISED.keys()
