"""`patchwork rotate`: replaces secrets of a stopped system. What was encrypted or signed with the old ones stays valid.

The key that signs access tokens is replaced in the running system, by `patchwork auth rotate-key`.
"""

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Callable

import asyncpg

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.offline import DirectoryUnusable, database_of, stopped
from localrun.system import System
from shared.db.bootstrap import ensure_database


def rotate(configuration: Configuration, secret: str) -> None:
    """Replace the secret of this name in `cli.SECRETS`; raises DirectoryUnusable."""
    with stopped(configuration) as system:
        message = _ROTATIONS[secret](system)
    print(f"{message} The next start uses them.")


def _database_passwords(system: System) -> str:
    credentials = system.credentials
    fresh = SystemSecrets()
    with database_of(system, system.data / "logs" / "rotation.log"):
        asyncio.run(ensure_database(system.cluster.dsn(), fresh.roles))
        asyncio.run(_set_superuser_password(system.cluster.dsn(), fresh.postgres))
        credentials.postgres, credentials.roles = fresh.postgres, fresh.roles
        credentials.save(system.data)
    return "Replaced the passwords of Postgres' superuser and of the services' roles."


async def _set_superuser_password(dsn: str, password: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        quoted = await connection.fetchval("SELECT format('PASSWORD %L', $1::text)", password)
        await connection.execute(f"ALTER ROLE CURRENT_USER {quoted}")
    finally:
        await connection.close()


def _internal_tokens(system: System) -> str:
    credentials = system.credentials
    for name in ("internal_token", "s3proxy_token", "indexer_token"):
        setattr(credentials, f"{name}_before", getattr(credentials, name))
        setattr(credentials, name, secrets.token_urlsafe(32))
    credentials.save(system.data)
    return "Replaced the internal tokens. What the previous ones signed stays valid until the next rotation."


def _secret_key(system: System) -> str:
    """Both keys are stored until everything is encrypted with the new one, so the command can be interrupted at any time."""
    credentials = system.credentials
    if not credentials.auth_secret_key_before:
        credentials.auth_secret_key_before = credentials.auth_secret_key
        credentials.auth_secret_key = secrets.token_urlsafe(32)
        credentials.save(system.data)
    with database_of(system, system.data / "logs" / "rotation.log"):
        command = [sys.executable, "-m", "auth.cli", "reseal"]
        done = subprocess.run(command, env=system.environment("auth"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DirectoryUnusable(f"encrypting with the new key failed, and both keys are kept: {done.stderr.strip()}")
    credentials.auth_secret_key_before = ""
    credentials.save(system.data)
    return f"{done.stdout.strip()}, which is new."


def _store_keys(system: System) -> str:
    """The next start makes the keys of the services and removes the old ones."""
    credentials, fresh = system.credentials, SystemSecrets()
    credentials.root_key_id, credentials.root_secret = fresh.root_key_id, fresh.root_secret
    credentials.aws_keys = {}
    credentials.save(system.data)
    return "Replaced the root keys of S3. The next start replaces those of the services."


_ROTATIONS: dict[str, Callable[[System], str]] = {
    "database-passwords": _database_passwords,
    "internal-token": _internal_tokens,
    "secret-key": _secret_key,
    "store-keys": _store_keys,
}
