"""Migrations, roles, users and queues: all that must be there before the services start.

A short process of its own, so that what it imports does not stay in the runtime's memory: `python -m localrun.prepare`
with the runtime's environment and, as its argument, the inner ports in JSON.
"""

import asyncio
import json
import sys

from localrun.configuration import Configuration
from localrun.credentials import Credentials
from localrun.ensure import ensure_aws
from localrun.system import SCHEMAS, InnerPorts, System
from shared.db import migrations
from shared.db.bootstrap import ensure_database


def main() -> None:
    configuration = Configuration.from_environment()
    ports = InnerPorts(**json.loads(sys.argv[1]))
    system = System(configuration, Credentials.of(configuration.data), ports)
    asyncio.run(_ensure(system))
    system.credentials.save(system.data)
    for service in SCHEMAS:
        migrations.upgrade(service, system.database_url(service))


async def _ensure(system: System) -> None:
    async def database() -> None:
        await asyncio.to_thread(system.cluster.wait_ready)
        await ensure_database(system.cluster.dsn(), system.credentials.roles)

    async def aws() -> None:
        await asyncio.to_thread(system.emulator.wait_ready)
        await ensure_aws(system)

    await asyncio.gather(database(), aws())


if __name__ == "__main__":
    main()
