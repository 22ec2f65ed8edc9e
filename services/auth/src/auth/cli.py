"""Administration from a shell: `python -m auth.cli --help`. Settings come from the environment, as the service's do."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from auth.db.stores import Stores
from auth.resources import Resources, open_resources
from auth.services.keys import KeyService
from auth.services.roles import RoleService
from auth.services.users import UserService
from auth.settings import Settings
from shared.db.engine import transaction
from shared.errors import AppError
from shared.schemas.role import RoleCreate
from shared.schemas.user import UserCreate

Command = Callable[[argparse.Namespace, Stores, Resources], Awaitable[str]]


async def create_user(given: argparse.Namespace, stores: Stores, res: Resources) -> str:
    new = UserCreate(
        name=given.name,
        email=given.email,
        is_admin=given.admin,
        roles=given.role or None,
        password=read_password(from_stdin=given.password_stdin),
    )
    user = await UserService(stores, res.hasher, res.settings).create(new)
    kind = "administrator" if user.is_admin else "user"
    return f"Created the {kind} {user.name} with role {user.role or 'none'}"


async def set_password(given: argparse.Namespace, stores: Stores, res: Resources) -> str:
    user = await UserService(stores, res.hasher, res.settings).set_password(
        given.name, read_password(from_stdin=given.password_stdin)
    )
    return f"Set the password of {user.name} and ended their sessions"


async def disable_user(given: argparse.Namespace, stores: Stores, res: Resources) -> str:
    user = await UserService(stores, res.hasher, res.settings).disable(given.name)
    return f"Disabled {user.name} and ended their sessions"


async def create_role(given: argparse.Namespace, stores: Stores, res: Resources) -> str:
    permissions = dict(permission.split("=", 1) for permission in given.permission)
    role = await RoleService(stores, res.settings).create(RoleCreate(name=given.name, permissions=permissions))
    return f"Created the role {role.name}"


async def rotate_key(_: argparse.Namespace, stores: Stores, res: Resources) -> str:
    kid, active_from = await KeyService(stores, res.sealer, res.settings).rotate()
    return f"Made the key {kid}, which signs from {active_from:%Y-%m-%d %H:%M:%S} UTC"


def read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise SystemExit("The two differ")
    return password


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m auth.cli", description="Administration of people, roles and keys.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command, help_: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_)
        made.set_defaults(run=run)
        return made

    def takes_password(made: argparse.ArgumentParser) -> None:
        made.add_argument("--password-stdin", action="store_true", help="read it from standard input; else prompt")

    made = command("create-user", create_user, "Create a user.")
    made.add_argument("name")
    made.add_argument("--email", required=True)
    made.add_argument("--admin", action="store_true", help="may administer this installation")
    made.add_argument(
        "--role", action="append", help="may be repeated; the first is active (default: the default role)"
    )
    takes_password(made)
    made = command("set-password", set_password, "Set a user's password and end their sessions.")
    made.add_argument("name")
    takes_password(made)
    made = command("disable-user", disable_user, "Keep a user out and end their sessions.")
    made.add_argument("name")
    made = command("create-role", create_role, "Create a role.")
    made.add_argument("name")
    made.add_argument(
        "--permission",
        action="append",
        default=[],
        type=_permission,
        metavar="BUCKET=LEVEL",
        help="READ or READ_WRITE on a bucket, or on `*` for every registered one; may be repeated",
    )
    command("rotate-key", rotate_key, "Make a new key to sign access tokens with; older ones go on verifying.")
    return top


def _permission(given: str) -> str:
    if not all(given.partition("=")):
        raise argparse.ArgumentTypeError(f"{given} is not BUCKET=READ or BUCKET=READ_WRITE")
    return given


async def run(given: argparse.Namespace, settings: Settings) -> str:
    async with open_resources(settings) as resources, transaction(resources.sessions) as session:
        command: Command = given.run
        return await command(given, Stores(session), resources)


def main() -> None:
    given = parser().parse_args()
    try:
        print(asyncio.run(run(given, Settings())))  # from the environment
    except AppError as error:
        raise SystemExit(str(error)) from error
    except ValidationError as error:
        reasons = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise SystemExit("; ".join(reasons)) from error


if __name__ == "__main__":
    main()
