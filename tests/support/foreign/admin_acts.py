"""Run by the real client's own Python: every public function of `quilt3.admin`, each when it works and when it fails.

Prints, as JSON, one line per case: its name, and what was returned or which exception was raised.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from quilt3.admin import buckets, policies, roles, sso_config, tabulator, users
from quilt3.admin.types import Permission

BUCKET = sys.argv[1]
ARN = "arn:aws:iam::123456789012:role/Lab"
POLICY_ARN = "arn:aws:iam::123456789012:policy/Inventory"
NOBODY = "00000000-0000-4000-8000-000000000000"
SSO = 'version: "1.0"\ndefault_role: ReadAll\nmappings:\n  - {schema: true, roles: [Lab]}\n'
TABLE = """
schema: [{name: gene, type: STRING}]
source: {type: quilt-packages, package_name: '^amy/', logical_key: '\\.csv$'}
parser: {format: csv, delimiter: ",", header: true}
"""


def said(name: str, act: Callable[[], Any], show: Callable[[Any], Any] = lambda found: found) -> Any:
    """Print what came of it; returns what was returned."""
    try:
        found = act()
    except Exception as error:  # noqa: BLE001 – its type is the answer
        sys.stdout.write(json.dumps([name, "raised", type(error).__name__]) + "\n")
        return None
    sys.stdout.write(json.dumps([name, "returned", show(found)]) + "\n")
    return found


def role_of(role: Any) -> Any:
    if role is None:
        return None
    shown = {"kind": role.typename__, "name": role.name}
    if role.typename__ == "UnmanagedRole":
        return {**shown, "arn": role.arn}
    return {
        **shown,
        "policies": sorted(policy.title for policy in role.policies),
        "permissions": permissions_of(role),
    }


def permissions_of(held: Any) -> dict[str, str]:
    return {each.bucket: each.level.value for each in held.permissions}


def policy_of(policy: Any) -> Any:
    if policy is None:
        return None
    return {
        "title": policy.title,
        "managed": policy.managed,
        "arn": policy.arn if not policy.managed else bool(policy.arn),
        "permissions": permissions_of(policy),
        "roles": sorted(role.name for role in policy.roles),
    }


def user_of(user: Any) -> Any:
    if user is None:
        return None
    return {
        "name": user.name,
        "email": user.email,
        "active": user.is_active,
        "admin": user.is_admin,
        "role": user.role and user.role.name,
        "extra": sorted(role.name for role in user.extra_roles),
    }


def names(found: list[Any]) -> list[str]:
    return [getattr(each, "name", None) or each.title for each in found]


def known(found: list[Any]) -> list[str]:
    """The items that other tests have not made."""
    return [name for name in names(found) if name in {"Lab", "ReadAll", "ReadWriteAll", "Stock", "Tasters", "Wine"}]


def policies_and_roles() -> None:
    wine = [Permission.read_write(BUCKET), Permission.read("elsewhere")]
    made = said("policies.create_managed", lambda: policies.create_managed("Wine", permissions=wine), policy_of)
    said("policies.create_managed twice", lambda: policies.create_managed("Wine", permissions=wine))
    odd = [Permission.read("No Bucket")]
    said("policies.create_managed badly", lambda: policies.create_managed("Odd", permissions=odd))
    said("policies.create_unmanaged", lambda: policies.create_unmanaged("Stock", arn=POLICY_ARN), policy_of)
    said("policies.create_unmanaged twice", lambda: policies.create_unmanaged("Again", arn=POLICY_ARN))
    said("policies.create_unmanaged badly", lambda: policies.create_unmanaged("Bad", arn="x"))
    said("policies.get", lambda: policies.get("Wine"), policy_of)
    said("policies.get by id", lambda: policies.get(made.id), policy_of)
    said("policies.get nothing", lambda: policies.get("Nothing"))
    said("policies.list", policies.list, known)

    role = said("roles.create_managed", lambda: roles.create_managed("Tasters", [made.id]), role_of)
    said("roles.create_managed twice", lambda: roles.create_managed("Tasters", []))
    said("roles.create_managed badly", lambda: roles.create_managed("/", []))
    said("roles.create_managed reserved", lambda: roles.create_managed("default", []))
    said("roles.create_unmanaged", lambda: roles.create_unmanaged("Lab", ARN), role_of)
    said("roles.create_unmanaged twice", lambda: roles.create_unmanaged("Lab", ARN))
    many = [policies.create_managed(f"P{number}", permissions=[]).id for number in range(11)]
    said("roles.create_managed with too many", lambda: roles.create_managed("Full", many))
    roles.create_managed("Full", many[:10])
    full = [roles.get("Full").id]
    said(
        "policies.create_managed for the full",
        lambda: policies.create_managed("More", permissions=[], roles=full),
    )
    roles.delete("Full")
    for policy_id in many:
        policies.delete(policy_id)
    said("roles.get", lambda: roles.get("Tasters"), role_of)
    said("roles.get by id", lambda: roles.get(role.id), role_of)
    said("roles.get nothing", lambda: roles.get(NOBODY))
    said("roles.list", roles.list, known)
    changes(role)


def changes(role: Any) -> None:
    wine = policies.get("Wine").id
    said(
        "policies.update_managed",
        lambda: policies.update_managed("Wine", title="Wines", permissions=[Permission.read(BUCKET)], roles=[role.id]),
        policy_of,
    )
    said(
        "policies.update_managed nothing", lambda: policies.update_managed(NOBODY, title="x", permissions=[], roles=[])
    )
    said("policies.patch_managed", lambda: policies.patch_managed("Wines", title="Wine"), policy_of)
    said("policies.patch_managed the other", lambda: policies.patch_managed("Stock", title="x"))
    said("policies.patch_managed nothing", lambda: policies.patch_managed("Nothing", title="x"))
    said(
        "policies.update_unmanaged",
        lambda: policies.update_unmanaged("Stock", title="Stocks", arn=POLICY_ARN, roles=[role.id]),
        policy_of,
    )
    said("policies.update_unmanaged the other", lambda: policies.update_unmanaged("Wine", title="x", arn=ARN, roles=[]))
    said("policies.patch_unmanaged", lambda: policies.patch_unmanaged("Stocks", title="Stock", roles=[]), policy_of)
    said("policies.patch_unmanaged the other", lambda: policies.patch_unmanaged("Wine", title="x"))

    said("roles.update_managed", lambda: roles.update_managed("Tasters", name="Noses", policies=[]), role_of)
    said("roles.update_managed the other", lambda: roles.update_managed("Lab", name="Lab", policies=[]))
    said("roles.update_managed nothing", lambda: roles.update_managed("Nothing", name="x", policies=[]))
    said("roles.update_managed to another", lambda: roles.update_managed("Noses", name="Lab", policies=[]))
    said("roles.patch_managed", lambda: roles.patch_managed("Noses", name="Tasters", policies=[wine]), role_of)
    said("roles.patch_managed the other", lambda: roles.patch_managed("Lab", name="x"))
    said("roles.update_unmanaged", lambda: roles.update_unmanaged("Lab", name="Labs", arn=ARN + "s"), role_of)
    said("roles.update_unmanaged the other", lambda: roles.update_unmanaged("Tasters", name="x", arn=ARN))
    said("roles.patch_unmanaged", lambda: roles.patch_unmanaged("Labs", name="Lab", arn=ARN), role_of)
    said("roles.patch_unmanaged the other", lambda: roles.patch_unmanaged("Tasters", name="x"))
    said("roles.get_default", roles.get_default, role_of)
    said("roles.set_default", lambda: roles.set_default("Tasters"), role_of)
    said("roles.set_default nothing", lambda: roles.set_default("Nothing"))
    said("roles.delete the default", lambda: roles.delete("Tasters"))
    roles.set_default("ReadAll")


def people() -> None:
    said("users.create", lambda: users.create("ada", "ada@example.com", "ReadAll", ["Lab"]), user_of)
    for name, given in {
        "a taken name": ("ada", "other@example.com", "ReadAll"),
        "a taken address": ("eva", "ada@example.com", "ReadAll"),
        "a wrong name": ("E v a", "eva@example.com", "ReadAll"),
        "a wrong address": ("eva", "nowhere", "ReadAll"),
        "no such role": ("eva", "eva@example.com", "Nope"),
    }.items():
        said(f"users.create with {name}", partial(users.create, *given))
    said("users.get", lambda: users.get("ada"), user_of)
    said("users.get nobody", lambda: users.get("nobody"))
    said("users.list", users.list, lambda found: "ada" in names(found))
    said("users.set_email", lambda: users.set_email("ada", "ada@example.org"), user_of)
    said("users.set_email badly", lambda: users.set_email("ada", "x"))
    said("users.set_email of another", lambda: users.set_email("ada", "admin@example.com"))
    said("users.set_admin", lambda: users.set_admin("ada", True), user_of)
    said("users.set_admin of oneself", lambda: users.set_admin("admin", False))
    said("users.set_active", lambda: users.set_active("ada", False), user_of)
    said("users.set_active of oneself", lambda: users.set_active("admin", False))
    said("users.set_role", lambda: users.set_role("ada", "Tasters"), user_of)
    said("users.set_role and more", lambda: users.set_role("ada", "Lab", ["ReadAll"], append=True), user_of)
    said("users.set_role to none such", lambda: users.set_role("ada", "Nope"))
    said("roles.delete in use", lambda: roles.delete("Lab"))
    said("users.remove_roles", lambda: users.remove_roles("ada", ["Lab"], "Tasters"), user_of)
    said("users.remove_roles none such", lambda: users.remove_roles("ada", ["Nope"]))
    said("users.add_roles", lambda: users.add_roles("ada", ["Lab"]), user_of)
    said("users.add_roles none such", lambda: users.add_roles("ada", ["Nope"]))
    said("users.reset_password", lambda: users.reset_password("ada"))
    for name, act in {
        "set_email": lambda: users.set_email("nobody", "x@example.com"),
        "set_admin": lambda: users.set_admin("nobody", True),
        "set_active": lambda: users.set_active("nobody", True),
        "set_role": lambda: users.set_role("nobody", "ReadAll"),
        "add_roles": lambda: users.add_roles("nobody", ["ReadAll"]),
        "remove_roles": lambda: users.remove_roles("nobody", ["ReadAll"]),
        "reset_password": lambda: users.reset_password("nobody"),
        "delete": lambda: users.delete("nobody"),
    }.items():
        said(f"users.{name} of nobody", act)
    said("users.delete oneself", lambda: users.delete("admin"))
    said("users.delete", lambda: users.delete("ada"))


def single_sign_on() -> None:
    said("sso_config.get nothing", sso_config.get)
    said("sso_config.set", lambda: sso_config.set(SSO), lambda found: [found.text == SSO, found.uploader.name])
    said("sso_config.get", sso_config.get, lambda found: [found.text == SSO, found.uploader.name])
    said("sso_config.set badly", lambda: sso_config.set("version: 2"))
    said("roles.set_default under SSO", lambda: roles.set_default("Lab"))
    said("roles.delete under SSO", lambda: roles.delete("Lab"))
    said("roles.patch_unmanaged under SSO", lambda: roles.patch_unmanaged("Lab", name="x"))
    said("sso_config.set nothing", lambda: sso_config.set(None))


def tables() -> None:
    said("tabulator.set_table", lambda: tabulator.set_table(BUCKET, "genes", TABLE))
    said("tabulator.set_table badly", lambda: tabulator.set_table(BUCKET, "genes", "a: ["))
    said(
        "tabulator.list_tables",
        lambda: tabulator.list_tables(BUCKET),
        lambda found: [[t.name, t.config] for t in found],
    )
    said("tabulator.list_tables nowhere", lambda: tabulator.list_tables("nowhere"))
    said("tabulator.rename_table", lambda: tabulator.rename_table(BUCKET, "genes", "levels"))
    said("tabulator.rename_table nothing", lambda: tabulator.rename_table(BUCKET, "genes", "x"))
    said("tabulator.set_table nowhere", lambda: tabulator.set_table("nowhere", "genes", TABLE))
    said("tabulator.set_table to nothing", lambda: tabulator.set_table(BUCKET, "levels", None))
    said("tabulator.get_open_query", tabulator.get_open_query)
    said("tabulator.set_open_query", lambda: tabulator.set_open_query(True))
    said("tabulator.get_open_query again", tabulator.get_open_query)
    tabulator.set_open_query(False)


def storage() -> None:
    name = "admin-client"

    def bucket_of(found: Any) -> Any:
        return found and [found.name, found.title, found.description, found.tags, found.relevance_score, found.prefixes]

    said("buckets.add", lambda: buckets.add(name, "Added", description="d", tags=["t"], relevance_score=3), bucket_of)
    said("buckets.add twice", lambda: buckets.add(name, "Added"))
    said("buckets.add with a topic", lambda: buckets.add("another", "x", sns_notification_arn="arn:aws:sns:x"))
    said("buckets.add badly", lambda: buckets.add("No Bucket", "x"))
    said("buckets.get", lambda: buckets.get(name), bucket_of)
    said("buckets.get nothing", lambda: buckets.get("nothing"))
    said("buckets.list", buckets.list, lambda found: {BUCKET, name} <= set(names(found)))
    said("buckets.update", lambda: buckets.update(name, "Updated"), bucket_of)
    said("buckets.update nothing", lambda: buckets.update("nothing", "x"))
    said("buckets.update with a topic", lambda: buckets.update(name, "x", sns_notification_arn="arn:aws:sns:x"))
    said("buckets.remove", lambda: buckets.remove(name))
    said("buckets.remove nothing", lambda: buckets.remove(name))


def end() -> None:
    said("roles.delete", lambda: roles.delete("Lab"))
    said("roles.delete nothing", lambda: roles.delete("Lab"))
    roles.delete("Tasters")
    said("policies.delete", lambda: policies.delete("Wine"))
    said("policies.delete nothing", lambda: policies.delete("Wine"))
    policies.delete("Stock")


for each in (policies_and_roles, people, single_sign_on, tables, storage, end):
    each()
