"""Clients of 2019 to 2023 administer roles and users: successful calls and errors."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.environments import is_made
from support.worlds.system import ROOT, Client, System

ACTS = ROOT / "tests" / "support" / "foreign" / "old_admin_acts.py"
ARN = "arn:aws:iam::123456789012:role/Older"
ELDER = {"name": "Elder", "arn": f"{ARN}2"}
BOTH = {
    "set_role of nobody": "refused: No user exists by the provided name.",
    "set_role to no role": "refused: No role exists by the provided name.",
}
EXPECTED: dict[str, dict[str, Any]] = {
    "client3": {
        **BOTH,
        "create_role": {"name": "Older", "arn": ARN},
        "create_role again": "refused: Role name already exists",
        "create_role badly": "refused: Invalid name for role",
        "get_role": {"name": "Older", "arn": ARN},
        "edit_role": ELDER,
        "edit_role to another": "refused: Role name already exists",
        "list_roles": ["Elder", "ReadAll", "ReadWriteAll"],
        "set_role": None,
        "delete_role in use": "refused: The role is assigned to users",
        "set_role to none": None,
        "delete_role": None,
        "delete_role again": "refused: Role not found",
        "get_role of none": "refused: Role not found",
    },
    "client5": {
        **BOTH,
        "create_user": None,
        "create_user again": "refused: Username already taken.",
        "create_user badly": "refused: Username is not valid. Usernames must start with a lower-case letter, and hold "
        "lower-case letters, digits, hyphens and underscores.",
        "set_role": None,
        "delete_user": None,
        "delete_user again": "refused: No such user",
    },
}


@pytest.mark.parametrize("environment", ["client3", pytest.param("client5", marks=pytest.mark.long)])
def test_older_clients_administer_users_and_roles(system: System, homes: Path, environment: str) -> None:
    python = ROOT / ".venvs" / environment / "bin"
    if not is_made(environment) or not (python / "python").exists():
        pytest.skip(f"{environment} is not here: no Python that it runs on")
    if environment == "client3":
        system.create_user("old-amy", "old amy's password", "ReadAll")
    client = Client(homes / f"admin-{environment}", system, python)
    done = client.attempt("python", ACTS, system.catalog, system.sign_in().code())
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    if environment == "client3":
        answers["list_roles"] = [name for name in answers["list_roles"] if name in EXPECTED[environment]["list_roles"]]
    assert answers == EXPECTED[environment]
