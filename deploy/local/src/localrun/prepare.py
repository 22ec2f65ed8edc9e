"""Preparation before the services start: `python -m localrun.prepare database` and `… aws`.

The two run as separate processes, at the same time, and what they import does not stay in the runtime's memory. They
have the runtime's environment and get the inner ports as an argument in JSON.
"""

import asyncio
import json
import sys

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.system import SCHEMAS, InnerPorts, System


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


STEPS = {"database": prepare_database, "aws": prepare_aws}


def main(step: str, ports: str) -> None:
    configuration = Configuration.from_environment()
    system = System(configuration, SystemSecrets.of(configuration.data), InnerPorts(**json.loads(ports)))
    STEPS[step](system)


if __name__ == "__main__":
    main(*sys.argv[1:])
