import asyncio
import io
import json
import os
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable
from hashlib import pbkdf2_hmac
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.worlds.auth_world import PASSWORD, Given, app_with, client_of

from auth.cli import parser, run
from auth.db.roles import RoleStore
from auth.resources import AuthResources
from shared.db.engine import transaction
from shared.errors import AppError
from shared.schemas.canary import CANARY_ROLE
from shared.schemas.principal import Level

Cli = Callable[..., Awaitable[str]]


@pytest.fixture
def cli(committing: AuthResources, monkeypatch: pytest.MonkeyPatch) -> Cli:
    async def in_process(*arguments: str, password: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        return await run(parser().parse_args(arguments), committing.settings)

    return in_process


async def test_users_are_created_and_changed_from_a_shell(cli: Cli, committing: AuthResources, unique: str) -> None:
    made = await cli("create-role", unique, "--permission", "b-1=READ_WRITE", "--permission", "*=READ")
    assert made == f"Created the role {unique}"
    new = [unique, "--email", f"{unique}@example.com", "--admin", "--role", unique, "--password-stdin"]
    made = await cli("create-user", *new, password=PASSWORD)
    assert made == f"Created the administrator {unique} with role {unique}"
    async with client_of(app_with(committing)) as client:
        given = Given(committing, client)
        assert await given.token(unique)
        await cli("set-password", unique, "--password-stdin", password="another password")
        assert await given.token(unique, "another password")
        await cli("disable-user", unique)
        refused = await client.post("/api/login", json={"username": unique, "password": "another password"})
        assert refused.status_code == 401


async def test_the_canary_may_push_in_each_bucket_for_which_its_accounts_were_made(
    cli: Cli, committing: AuthResources, unique: str
) -> None:
    for bucket in ("b-1", "b-2", "b-2"):
        made = await cli("create-canary", bucket, "--name", unique, "--password-stdin", password=PASSWORD)
        assert made == f"The accounts {unique} and {unique}-outsider are ready for the bucket {bucket}"
    async with transaction(committing.sessions) as session:
        role = await RoleStore(session).get(CANARY_ROLE)
    assert role.permissions == {"b-1": Level.READ_WRITE, "b-2": Level.READ_WRITE}
    async with client_of(app_with(committing)) as client:
        given = Given(committing, client)
        assert await given.token(unique)
        assert await given.token(f"{unique}-outsider")


async def test_the_canary_takes_over_nobodys_account(cli: Cli, unique: str) -> None:
    await cli(
        "create-user", unique, "--email", f"{unique}@example.com", "--admin", "--password-stdin", password=PASSWORD
    )
    with pytest.raises(AppError, match="the account of somebody else"):
        await cli("create-canary", "b-1", "--name", unique, "--password-stdin", password="another password")


async def test_a_password_is_replaced_only_if_it_is_the_given_one(
    cli: Cli, committing: AuthResources, unique: str
) -> None:
    new = [unique, "--email", f"{unique}@example.com", "--admin", "--password-stdin"]
    await cli("create-user", *new, password=PASSWORD)
    replace = ["set-password", unique, "--password-stdin", "--replaces"]
    nothing = f"Nothing changed: this is not the password of {unique}"
    assert await cli(*replace, "another one", password="a third password") == nothing
    assert (
        await cli("set-password", f"{unique}x", *replace[2:], "x", password="a third password")
        == f"Nothing changed: this is not the password of {unique}x"
    )
    async with client_of(app_with(committing)) as client:
        assert await Given(committing, client).token(unique)
        assert (await cli(*replace, PASSWORD, password="a third password")).startswith("Set the password")
        assert await Given(committing, client).token(unique, "a third password")


async def test_create_admin_prompts_for_missing_arguments(
    cli: Cli, committing: AuthResources, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([unique, f"{unique}@example.com"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    monkeypatch.setattr("getpass.getpass", lambda _: PASSWORD)
    assert await cli("create-admin") == f"Created the administrator {unique} with role ReadWriteAll"
    other = f"{unique}2"
    given = [other, "--email", f"{other}@example.com", "--password-stdin"]
    assert (await cli("create-admin", *given, password=PASSWORD)).startswith(f"Created the administrator {other}")
    async with client_of(app_with(committing)) as client:
        assert await Given(committing, client).token(unique)


async def test_users_are_listed_disabled_and_enabled(cli: Cli, committing: AuthResources, unique: str) -> None:
    new = [unique, "--email", f"{unique}@example.com", "--password-stdin"]
    await cli("create-user", *new, password=PASSWORD)
    await cli("disable-user", unique)
    line = next(line for line in (await cli("list-users")).splitlines() if line.startswith(unique))
    assert line.split() == [unique, "disabled", "never", "ReadAll", f"{unique}@example.com"]
    assert await cli("enable-user", unique) == f"Enabled {unique}"
    assert "queued a mail with a link" in await cli("reset-password", unique)
    async with client_of(app_with(committing)) as client:
        given = Given(committing, client)
        answer = await client.get(
            "/api/v1/admin/audit", headers=await given.admin(), params={"target": f"user:{unique}"}
        )
    trail = [(each["action"], each["credential"]) for each in answer.json()["items"]]
    assert trail == [(f"Users.{action}", "command") for action in ("ResetPassword", "Enable", "Disable", "Create")]


async def test_import_users_imports_users_of_quilt_2_with_their_passwords(
    cli: Cli, committing: AuthResources, unique: str, tmp_path: Path
) -> None:
    old = pbkdf2_hash("the old password")
    users = [
        {"id": "ignored", "name": unique, "email": f"{unique}@Example.com", "password": old, "is_active": True},
        {"name": "admin", "email": "admin@example.com", "password": old, "is_active": True},
        {"name": f"{unique}2", "email": f"{unique}2@example.com", "password": "", "is_active": False},
    ]
    file = tmp_path / "users.jsonl"
    file.write_text("\n".join(json.dumps(user) for user in users))
    assert await cli("import-users", str(file)) == "Imported 2 users; skipped 1 whose name or address is taken already"
    async with client_of(app_with(committing)) as client:
        given = Given(committing, client)
        assert await given.token(unique, "the old password")
        disabled = await client.get(f"/api/v1/admin/users/{unique}2", headers=await given.admin())
        assert disabled.json()["is_active"] is False
    file.write_text(json.dumps({"name": f"{unique}3", "email": "x@example.com", "password": "plain text"}))
    with pytest.raises(ValidationError, match="not one of Quilt 2"):
        await cli("import-users", str(file))


def pbkdf2_hash(password: str) -> str:
    key = b64encode(pbkdf2_hmac("sha256", password.encode(), b"salt", 100)).decode()
    return f"pbkdf2_sha256$100$salt${key}"


async def test_keys_are_rotated_from_a_shell(cli: Cli) -> None:
    assert "which signs from" in await cli("rotate-key")


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["create-user", "Amy", "--email", "amy@example.com", "--password-stdin"], ValidationError),
        (["create-user", "amy", "--email", "amy@example.com", "--password-stdin"], AppError),
        (["create-user", "amy", "--email", "a@b..c", "--password-stdin"], ValidationError),
        (["create-user", "amy", "--password-stdin"], SystemExit),
        (["disable-user", "nobody"], AppError),
        (["create-role", "R", "--permission", "b-1"], SystemExit),
        (["create-role", "R", "--permission", "b-1=WRITE"], ValidationError),
        ([], SystemExit),
    ],
)
async def test_commands_with_wrong_arguments_are_refused(
    cli: Cli, arguments: list[str], kind: type[BaseException]
) -> None:
    with pytest.raises(kind):
        await cli(*arguments, password="short")


async def test_the_command_takes_its_settings_from_the_environment(committing: AuthResources) -> None:
    settings = committing.settings
    environment = {
        "AUTH_PROFILE": "development",
        "AUTH_DATABASE__URL": settings.database.url.get_secret_value(),
        "AUTH_SECRET_KEY": settings.secret_key.get_secret_value(),
        "AUTH_USER_ROLE_ARN": settings.user_role_arn,
        "AUTH_PUBLIC__CATALOG_URL": settings.public.catalog_url,
        "AUTH_PUBLIC__REGISTRY_URL": settings.public.registry_url,
        "AUTH_PUBLIC__S3PROXY_URL": settings.public.s3proxy_url,
        "AUTH_INTERNAL__TOKEN": "internal-token",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "auth.cli", "disable-user", "nobody"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    output, complaint = await process.communicate()
    assert (process.returncode, output, complaint) == (1, b"", b"No such user\n")
