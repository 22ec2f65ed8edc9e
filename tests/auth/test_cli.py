import asyncio
import io
import os
import sys
from collections.abc import Awaitable, Callable

import pytest
from pydantic import ValidationError
from support.people import PASSWORD, Given, app_with, client_of

from auth.cli import parser, run
from auth.resources import Resources
from shared.errors import AppError

Cli = Callable[..., Awaitable[str]]


@pytest.fixture
def cli(committing: Resources, monkeypatch: pytest.MonkeyPatch) -> Cli:
    async def in_process(*arguments: str, password: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        return await run(parser().parse_args(arguments), committing.settings)

    return in_process


async def test_people_are_administered_from_a_shell(cli: Cli, committing: Resources, unique: str) -> None:
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


async def test_keys_are_rotated_from_a_shell(cli: Cli) -> None:
    assert "which signs from" in await cli("rotate-key")


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["create-user", "Amy", "--email", "amy@example.com", "--password-stdin"], ValidationError),
        (["create-user", "amy", "--email", "amy@example.com", "--password-stdin"], AppError),
        (["create-user", "amy", "--password-stdin"], SystemExit),
        (["disable-user", "nobody"], AppError),
        (["create-role", "R", "--permission", "b-1"], SystemExit),
        (["create-role", "R", "--permission", "b-1=WRITE"], ValidationError),
        ([], SystemExit),
    ],
)
async def test_what_cannot_be_done_is_refused(cli: Cli, arguments: list[str], kind: type[BaseException]) -> None:
    with pytest.raises(kind):
        await cli(*arguments, password="short")


async def test_the_command_takes_its_settings_from_the_environment(committing: Resources) -> None:
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
