"""The one-off task before the first start and before every upgrade; harmless to repeat.

    python -m shared.db.migrate database                     # the database, its schemas and login roles
    python -m shared.db.migrate auth|registry|indexer        # a service's schema, to its newest migration

The first reads `SETUP_ADMIN__URL` (postgresql://…/postgres, of who may make roles and databases) and
`SETUP_PASSWORDS__AUTH`, `…__REGISTRY`, `…__INDEXER`; the others what the service itself reads, `AUTH_DATABASE__URL` for
example. Wherever a URL lacks its password, `SETUP_ADMIN__PASSWORD` or `AUTH_DATABASE__PASSWORD` is put into it.
`…_FILE` with the name of a file may stand for any of them.
"""

import argparse
import asyncio

from pydantic import BaseModel, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.db import migrations
from shared.db.bootstrap import OWNERS, ensure_database
from shared.settings import DatabaseSettings, EnvironmentSettings


class Passwords(BaseModel):
    """Of the services' login roles."""

    auth: SecretStr
    registry: SecretStr
    indexer: SecretStr


class SetupSettings(EnvironmentSettings):
    model_config = SettingsConfigDict(env_prefix="SETUP_", env_nested_delimiter="__", hide_input_in_errors=True)

    admin: DatabaseSettings
    passwords: Passwords


class MigrationSettings(EnvironmentSettings):
    """Read with the prefix of the service whose schema is migrated."""

    model_config = SettingsConfigDict(env_nested_delimiter="__", hide_input_in_errors=True)

    database: DatabaseSettings


def set_up(settings: SetupSettings) -> None:
    given = settings.passwords
    passwords = {"auth": given.auth, "registry": given.registry, "index": given.indexer}
    by_role = {OWNERS[schema]: password.get_secret_value() for schema, password in passwords.items()}
    asyncio.run(ensure_database(settings.admin.url.get_secret_value(), by_role))


def migrate(service: str, settings: MigrationSettings) -> None:
    migrations.upgrade(service, settings.database.url.get_secret_value())


def main() -> None:
    parser = argparse.ArgumentParser("python -m shared.db.migrate")
    parser.add_argument("what", choices=["database", "auth", "registry", "indexer"])
    what = parser.parse_args().what
    if what == "database":
        set_up(SetupSettings())  # from the environment
    else:
        migrate(what, MigrationSettings(_env_prefix=f"{what.upper()}_"))


if __name__ == "__main__":
    main()
