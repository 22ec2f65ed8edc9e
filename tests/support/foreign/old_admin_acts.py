"""Run by clients of 2019 to 2023, on Python 3.8 and later: what they can administer, when it works and when it fails.

`old_admin_acts.py CATALOG CODE` prints, as JSON, what each call returned or which message was raised.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import quilt3
from quilt3 import admin
from quilt3.session import login_with_token

if TYPE_CHECKING:
    from collections.abc import Callable

ARN = "arn:aws:iam::123456789012:role/Older"
ANSWERS: dict[str, Any] = {}


def said(name: str, act: Callable[..., Any], *given: str, **named: str) -> Any:
    try:
        found = act(*given, **named)
    except quilt3.util.QuiltException as error:
        ANSWERS[name] = "refused: " + str(error)
        return None
    ANSWERS[name] = {key: value for key, value in found.items() if key != "id"} if isinstance(found, dict) else found
    return found


def roles() -> None:
    made = said("create_role", admin.create_role, "Older", ARN)
    said("create_role again", admin.create_role, "Older", ARN)
    said("create_role badly", admin.create_role, "-", ARN)
    said("get_role", admin.get_role, made["id"])
    said("edit_role", admin.edit_role, made["id"], "Elder", ARN + "2")
    said("edit_role to another", admin.edit_role, made["id"], "ReadAll")
    ANSWERS["list_roles"] = sorted(each["name"] for each in admin.list_roles())
    said("set_role", admin.set_role, username="old-amy", role_name="Elder")
    said("delete_role in use", admin.delete_role, made["id"])
    said("set_role to none", admin.set_role, username="old-amy", role_name="")
    said("delete_role", admin.delete_role, made["id"])
    said("delete_role again", admin.delete_role, made["id"])
    said("get_role of none", admin.get_role, made["id"])


def users() -> None:
    said("create_user", admin.create_user, username="old-ben", email="old-ben@example.com")
    said("create_user again", admin.create_user, username="old-ben", email="old-ben@example.org")
    said("create_user badly", admin.create_user, username="Old Ben", email="x@example.com")
    said("set_role", admin.set_role, username="old-ben", role_name="ReadWriteAll")
    said("delete_user", admin.delete_user, username="old-ben")
    said("delete_user again", admin.delete_user, username="old-ben")


quilt3.config(sys.argv[1])
login_with_token(sys.argv[2])
if hasattr(admin, "create_role"):
    roles()
if hasattr(admin, "create_user"):
    users()
said("set_role of nobody", admin.set_role, username="nobody", role_name="ReadAll")
said("set_role to no role", admin.set_role, username="admin", role_name="Nope")
sys.stdout.write(json.dumps(ANSWERS) + "\n")
