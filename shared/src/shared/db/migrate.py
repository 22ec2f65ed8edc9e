"""One-off task before the first start and before every upgrade. It may be repeated.

    python -m shared.db.migrate database                     # the database, its schemas and login roles
    python -m shared.db.migrate auth|registry|indexer        # a service's schema, to its newest migration

`database` reads `SETUP_ADMIN__URL` (postgresql://…/postgres, with a role that may create roles and databases) and
`SETUP_PASSWORDS__AUTH`, `…__REGISTRY` and `…__INDEXER`. The others read the settings of the service, for example
`AUTH_DATABASE__URL`. `SETUP_ADMIN__PASSWORD` or `AUTH_DATABASE__PASSWORD` is put into a URL without a password.
Each setting may also be given as `…_FILE`, the name of a file that contains it.
"""

import argparse
import asyncio

from pydantic import BaseModel, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.db import migrations
from shared.db.bootstrap import OWNERS, ensure_database
from shared.settings import DatabaseSettings, EnvironmentSettings


class Passwords(BaseModel):
    """Passwords of the login roles of the services."""

    auth: SecretStr
    registry: SecretStr
    indexer: SecretStr


class SetupSettings(EnvironmentSettings):
    model_config = SettingsConfigDict(env_prefix="SETUP_", env_nested_delimiter="__", hide_input_in_errors=True)

    admin: DatabaseSettings
    passwords: Passwords


class MigrationSettings(EnvironmentSettings):
    """Settings with the prefix of the service whose schema is migrated."""

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
    parser.add_argument("target", choices=["database", "auth", "registry", "indexer"])
    target = parser.parse_args().target
    if target == "database":
        set_up(SetupSettings())  # from the environment
    else:
        migrate(target, MigrationSettings(_env_prefix=f"{target.upper()}_"))


if __name__ == "__main__":
    main()
