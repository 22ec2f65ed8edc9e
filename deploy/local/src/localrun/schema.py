"""Migrations, checked against the tables in the code and written from them, on a temporary Postgres."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from localrun.postgres import Cluster
from localrun.system import SCHEMAS
from localrun.testing import running_postgres
from shared.db import migrations
from shared.db.bootstrap import DATABASE, OWNERS, ensure_database

PASSWORD = "temporary"  # noqa: S105 – the server lives for seconds


def check_migrations() -> None:
    """Raise when a service's tables in the code and after its migrations differ."""
    with _database() as cluster:
        for service in SCHEMAS:
            if _has_migrations(service):
                url = _url(cluster, service)
                migrations.upgrade(service, url)
                migrations.check(service, url)


def new_migration(service: str, name: str) -> None:
    with _database() as cluster:
        for each in SCHEMAS:
            if _has_migrations(each):
                migrations.upgrade(each, _url(cluster, each))
        migrations.new_revision(service, _url(cluster, service), name)
    versions = str(files(service).joinpath("migrations", "versions"))
    subprocess.run([Path(sys.executable).with_name("ruff"), "format", "--quiet", versions], check=True)


@contextmanager
def _database() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="patchwork-") as directory, running_postgres(Path(directory)) as cluster:
        asyncio.run(ensure_database(cluster.dsn(), dict.fromkeys(OWNERS.values(), PASSWORD)))
        yield cluster


def _url(cluster: Cluster, service: str) -> str:
    role = OWNERS[SCHEMAS[service]]
    return f"postgresql+asyncpg://{role}:{PASSWORD}@127.0.0.1:{cluster.port}/{DATABASE}"


def _has_migrations(service: str) -> bool:
    return files(service).joinpath("migrations", "env.py").is_file()
