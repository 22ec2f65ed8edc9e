"""Preparation before the services start: `python -m localrun.prepare database`, `… aws` and `… sign-in`.

The first two run as separate processes, at the same time, and what they import does not stay in the runtime's memory. They
have the runtime's environment and get the inner ports as an argument in JSON.
"""

import asyncio
import json
import subprocess
import sys

from localrun.configuration import DEVELOPMENT_PASSWORD, Configuration
from localrun.credentials import SystemSecrets
from localrun.system import ADMIN, SCHEMAS, InnerPorts, System


def prepare_database(system: System) -> None:
    """Create the database, roles and schemas, and migrate them."""
    from shared.db import migrations  # noqa: PLC0415 – each process imports its own
    from shared.db.bootstrap import ensure_database  # noqa: PLC0415

    if not system.external.database:
        system.cluster.wait_ready()
    asyncio.run(ensure_database(system.admin_dsn, system.credentials.roles, system.database))
    for service in SCHEMAS:
        migrations.upgrade(service, system.database_url(service))


def prepare_aws(system: System) -> None:
    """Create users, roles and queues, and write the users' keys to the data directory."""
    from localrun.provision import provision_aws  # noqa: PLC0415 – each process imports its own

    system.emulator.wait_ready()
    asyncio.run(provision_aws(system))
    system.credentials.save(system.data)


def prepare_sign_in(system: System) -> None:
    """Replace the development password, which a data directory has kept from a time when only this machine reached it."""
    command = ["set-password", ADMIN, "--password-stdin", "--replaces", DEVELOPMENT_PASSWORD]
    subprocess.run(
        [sys.executable, "-m", "auth.cli", *command],
        env=system.environment("auth"),
        input=system.configuration.admin_password or system.credentials.admin,
        text=True,
        check=True,
    )


STEPS = {"database": prepare_database, "aws": prepare_aws, "sign-in": prepare_sign_in}


def main(step: str, ports: str) -> None:
    configuration = Configuration.from_environment()
    system = System(configuration, SystemSecrets.of(configuration.data), InnerPorts(**json.loads(ports)))
    STEPS[step](system)


if __name__ == "__main__":
    main(*sys.argv[1:])
