"""Creates the database, its schemas and its login roles, for the one-machine runtime and for the set-up task."""

import asyncpg

OWNERS = {"auth": "patchwork_auth", "registry": "patchwork_registry", "index": "patchwork_indexer"}
"""The login role that owns each schema."""

DATABASE = "patchwork"


async def ensure_database(admin_dsn: str, passwords: dict[str, str], database: str = DATABASE) -> None:
    """Create what is missing, and set the password of each login role. It may be repeated.

    `admin_dsn` is a libpq URL of a role that may create roles and databases, e.g. `postgresql://app:…@host:port/postgres`.
    """
    admin = await asyncpg.connect(admin_dsn)
    try:
        for role, password in passwords.items():
            exists = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
            verb = "ALTER" if exists else "CREATE"
            quoted = await admin.fetchval("SELECT format('%I LOGIN PASSWORD %L', $1::text, $2::text)", role, password)
            await admin.execute(f"{verb} ROLE {quoted}")
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await admin.execute(f'CREATE DATABASE "{database}"')
    finally:
        await admin.close()
    owner = await asyncpg.connect(admin_dsn, database=database)
    try:
        await owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        await owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for schema, role in OWNERS.items():
            # The administrator of RDS is not a superuser: it must be a member of the role that shall own the schema.
            await owner.execute(f"GRANT {role} TO CURRENT_USER")
            await owner.execute(f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}")
            await owner.execute(f"ALTER ROLE {role} SET search_path = {schema}, public")
        await owner.execute(f"GRANT USAGE ON SCHEMA index TO {OWNERS['registry']}")
        await owner.execute(
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNERS['index']} IN SCHEMA index "
            f"GRANT SELECT ON TABLES TO {OWNERS['registry']}"
        )
    finally:
        await owner.close()
