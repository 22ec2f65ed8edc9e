"""Administration from a shell: `python -m auth.cli --help`. Settings come from the environment, as for the service."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import ValidationError

from auth.db.stores import Stores
from auth.errors import NameTaken
from auth.resources import AuthResources, open_resources
from auth.services.imports import import_users
from auth.services.keys import KeyService
from auth.services.policies import PolicyService
from auth.services.roles import RoleService
from auth.services.second_factors import SecondFactorService
from auth.services.seed import ADMINISTRATORS
from auth.services.users import UserService
from auth.settings import AuthSettings
from shared.caller import bound
from shared.db.engine import transaction
from shared.errors import AppError
from shared.schemas.audit import Caller
from shared.schemas.canary import CANARY_ROLE
from shared.schemas.principal import Level
from shared.schemas.role import PolicyWrite, RoleCreate
from shared.schemas.user import RolesSet, User, UserCreate

Command = Callable[[argparse.Namespace, Stores, AuthResources], Awaitable[str]]


async def create_admin(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    """Create an administrator; prompts for the arguments that are missing."""
    given.name = given.name or ask("User name: ")
    given.email = given.email or ask("E-mail address: ")
    if not given.role:
        known = await stores.roles.ids_of_names([ADMINISTRATORS])
        given.role = list(known)
    given.admin = True
    return await create_user(given, stores, res)


async def create_user(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    new = UserCreate(
        name=given.name,
        email=given.email,
        is_admin=given.admin,
        roles=given.role or None,
        password=read_password(from_stdin=given.password_stdin),
    )
    user = await users(stores, res).create(new)
    kind = "administrator" if user.is_admin else "user"
    return f"Created the {kind} {user.name} with role {user.role or 'none'}"


async def list_users(_: argparse.Namespace, stores: Stores, __: AuthResources) -> str:
    lines: list[str] = []
    cursor: str | None = None
    while True:
        page = await stores.users.page(after=cursor, limit=500)
        lines += [_line(user) for user in page.items]
        cursor = page.next
        if cursor is None:
            return "\n".join(lines)


async def set_password(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    password = read_password(from_stdin=given.password_stdin)
    if given.replaces is not None:
        account = await stores.users.find_account(given.name)
        if account is None or not await res.hasher.verify(account.password, given.replaces):
            return f"Nothing changed: this is not the password of {given.name}"
    user = await users(stores, res).set_password(given.name, password)
    return f"Set the password of {user.name} and ended their sessions"


async def reset_password(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    user = await users(stores, res).reset_password(given.name)
    return f"Removed the password of {user.name}, ended their sessions, and queued a mail with a link to set a new one"


async def remove_second_factor(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    await SecondFactorService(
        stores, res.encryptor, res.hasher, res.settings, res.clock, res.instance_name
    ).remove_for_user(given.name)
    return f"Removed the second factor of {given.name}"


async def disable_user(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    user = await users(stores, res).disable(given.name)
    return f"Disabled {user.name} and ended their sessions"


async def enable_user(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    user = await users(stores, res).enable(given.name)
    return f"Enabled {user.name}"


async def import_quilt_users(given: argparse.Namespace, stores: Stores, _: AuthResources) -> str:
    with sys.stdin if given.file == "-" else Path(given.file).open(encoding="utf-8") as lines:  # noqa: ASYNC230 – a command
        made, present = await import_users(stores, lines)
    return f"Imported {made} users; skipped {present} whose name or address is taken already"


async def create_role(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    permissions = dict(permission.split("=", 1) for permission in given.permission)
    role = await RoleService(stores, res.settings).create(RoleCreate(name=given.name, permissions=permissions))
    return f"Created the role {role.name}"


async def create_canary(given: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    """Make or repair the accounts of the canary: one that may write in its buckets, and one that may do nothing."""
    password = read_password(from_stdin=given.password_stdin)
    may_push = {given.bucket: Level.READ_WRITE}
    known = await stores.roles.ids_of_names([CANARY_ROLE])
    if role_id := known.get(CANARY_ROLE):
        if (await stores.roles.get(role_id)).permissions.get(given.bucket) is not Level.READ_WRITE:
            policy = PolicyWrite(title=f"{CANARY_ROLE} in {given.bucket}", permissions=may_push, roles=[role_id])
            await PolicyService(stores).create(policy)
    else:
        await RoleService(stores, res.settings).create(RoleCreate(name=CANARY_ROLE, permissions=may_push))
    service = users(stores, res)
    for name, roles in ((given.name, [CANARY_ROLE]), (f"{given.name}-outsider", [])):
        email = f"{name}@example.com"
        if await stores.users.find_account(name) is None:
            await service.create(UserCreate(name=name, email=email, roles=roles, password=password))
        else:
            user = await stores.users.get(name)
            if user.is_admin or user.email != email or not {*user.roles} <= {CANARY_ROLE}:
                raise NameTaken(f"{name} is the account of somebody else; give the canary another --name")
            await service.set_password(name, password)
            await service.set_roles(name, RolesSet(roles=roles))
    return f"The accounts {given.name} and {given.name}-outsider are ready for the bucket {given.bucket}"


async def rotate_key(_: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    kid, active_from = await KeyService(stores, res.encryptor, res.settings).rotate()
    return f"Made the key {kid}, which signs from {active_from:%Y-%m-%d %H:%M:%S} UTC"


async def reseal(_: argparse.Namespace, stores: Stores, res: AuthResources) -> str:
    count = await KeyService(stores, res.encryptor, res.settings).reseal()
    return f"Encrypted {count} secrets with AUTH_SECRET_KEY"


def users(stores: Stores, res: AuthResources) -> UserService:
    return UserService(stores, res.hasher, res.settings)


def ask(prompt: str) -> str:
    return input(prompt).strip()


def read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise SystemExit("The passwords differ")
    return password


def _line(user: User) -> str:
    kind = "disabled" if not user.is_active else "administrator" if user.is_admin else "user"
    last = f"{user.last_login:%Y-%m-%d}" if user.last_login else "never"
    return f"{user.name:<32} {kind:<14} {last:<11} {user.role or '-':<20} {user.email}"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m auth.cli", description="Administration of people, roles and keys.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command, help_: str, *, named: bool = False) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_)
        made.set_defaults(run=run)
        if named:
            made.add_argument("name")
        return made

    def takes_password(made: argparse.ArgumentParser) -> None:
        made.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input instead of prompting"
        )

    def takes_roles(made: argparse.ArgumentParser, default: str) -> None:
        made.add_argument(
            "--role",
            action="append",
            help=f"role of the user; may be repeated, the first is active (default: {default})",
        )

    made = command("create-admin", create_admin, "Create an administrator; prompts for what is not given.")
    made.add_argument("name", nargs="?")
    made.add_argument("--email")
    takes_roles(made, ADMINISTRATORS)
    takes_password(made)
    made = command("create-user", create_user, "Create a user.", named=True)
    made.add_argument("--email", required=True)
    made.add_argument("--admin", action="store_true", help="give administrator's rights")
    takes_roles(made, "the default role")
    takes_password(made)
    command("list-users", list_users, "List users: name, kind, last sign-in, role and e-mail address.")
    made = command("set-password", set_password, "Set a user's password and end their sessions.", named=True)
    takes_password(made)
    made.add_argument("--replaces", metavar="PASSWORD", help="change nothing unless this is the password now")
    command(
        "reset-password", reset_password, "Remove a user's password and mail them a link to set a new one.", named=True
    )
    command(
        "remove-second-factor",
        remove_second_factor,
        "Remove a user's second factor, so that the password alone lets them in.",
        named=True,
    )
    command("disable-user", disable_user, "Disable a user and end their sessions.", named=True)
    command("enable-user", enable_user, "Let a disabled user sign in again.", named=True)
    made = command(
        "import-users",
        import_quilt_users,
        "Import users of Quilt 2 with the hashes of their passwords: JSON Lines with the columns of its table `user`.",
    )
    made.add_argument("file", help="`-` for standard input")
    made = command("create-role", create_role, "Create a role.", named=True)
    made.add_argument(
        "--permission",
        action="append",
        default=[],
        type=_permission,
        metavar="BUCKET=LEVEL",
        help="READ or READ_WRITE on a bucket, or on `*` for every registered one; may be repeated",
    )
    made = command("create-canary", create_canary, "Make the accounts of the canary, or set their password.")
    made.add_argument("bucket", help="registered bucket in which the canary pushes")
    made.add_argument(
        "--name", default="canary", help="user name (canary); the account without a role has -outsider after it"
    )
    takes_password(made)
    command("rotate-key", rotate_key, "Make a new key that signs access tokens; older keys still verify.")
    command(
        "reseal",
        reseal,
        "Encrypt with AUTH_SECRET_KEY what AUTH_OTHER_SECRET_KEY has encrypted; afterwards the latter can be removed.",
    )
    return top


def _permission(given: str) -> str:
    if not all(given.partition("=")):
        raise argparse.ArgumentTypeError(f"{given} is not BUCKET=READ or BUCKET=READ_WRITE")
    return given


async def run(given: argparse.Namespace, settings: AuthSettings) -> str:
    who = Caller(user=getpass.getuser(), credential="command")
    async with open_resources(settings) as resources, transaction(resources.sessions) as session:
        with bound(who):
            command: Command = given.run
            return await command(given, Stores(session), resources)


def main() -> None:
    given = parser().parse_args()
    try:
        print(asyncio.run(run(given, AuthSettings())))  # from the environment
    except AppError as error:
        raise SystemExit(str(error)) from error
    except ValidationError as error:
        reasons = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise SystemExit("; ".join(reasons)) from error


if __name__ == "__main__":
    main()
