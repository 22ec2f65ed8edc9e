"""`patchwork rotate`: replace secrets of a system that does not run. What was encrypted or signed with them stays good.

The key that signs access tokens is replaced while it runs: `patchwork auth rotate-key`.
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
    """Raises Unfit."""
    with stopped(configuration) as system:
        said = _WAYS[secret](system)
    print(f"{said} The next start uses them.")


def _database_passwords(system: System) -> str:
    credentials = system.credentials
    fresh = SystemSecrets()
    with database_of(system, system.data / "logs" / "rotation.log"):
        asyncio.run(ensure_database(system.cluster.dsn(), fresh.roles))
        asyncio.run(_set_superuser_password(system.cluster.dsn(), fresh.postgres))
        credentials.postgres, credentials.roles = fresh.postgres, fresh.roles
        credentials.save(system.data)
    return "Made new passwords for Postgres' superuser and the services' roles."


async def _set_superuser_password(dsn: str, password: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        quoted = await connection.fetchval("SELECT format('PASSWORD %L', $1::text)", password)
        await connection.execute(f"ALTER ROLE CURRENT_USER {quoted}")
    finally:
        await connection.close()


def _internal_token(system: System) -> str:
    credentials = system.credentials
    credentials.internal_token_before = credentials.internal_token
    credentials.internal_token = secrets.token_urlsafe(32)
    credentials.save(system.data)
    return "Made a new internal token; what the last one signed stays good until the next time."


def _secret_key(system: System) -> str:
    """Both are kept until everything is encrypted anew, so that it can be interrupted anywhere."""
    credentials = system.credentials
    if not credentials.auth_secret_key_before:
        credentials.auth_secret_key_before = credentials.auth_secret_key
        credentials.auth_secret_key = secrets.token_urlsafe(32)
        credentials.save(system.data)
    with database_of(system, system.data / "logs" / "rotation.log"):
        command = [sys.executable, "-m", "auth.cli", "reseal"]
        done = subprocess.run(command, env=system.environment("auth"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DirectoryUnusable(f"encrypting anew failed, both keys are kept: {done.stderr.strip()}")
    credentials.auth_secret_key_before = ""
    credentials.save(system.data)
    return f"{done.stdout.strip()}, which is new."


def _store_keys(system: System) -> str:
    """The services' are made at the start, when theirs are missing, and the old ones taken away."""
    credentials, fresh = system.credentials, SystemSecrets()
    credentials.root_key_id, credentials.root_secret = fresh.root_key_id, fresh.root_secret
    credentials.aws_keys = {}
    credentials.save(system.data)
    return "Made new keys for S3's root; those of the services are made at the start."


_WAYS: dict[str, Callable[[System], str]] = {
    "database-passwords": _database_passwords,
    "internal-token": _internal_token,
    "secret-key": _secret_key,
    "store-keys": _store_keys,
}
