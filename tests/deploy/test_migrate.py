"""The one-off task that prepares a database, as a deployment calls it."""

import sys
from pathlib import Path

import asyncpg
import pytest

from localrun.postgres import Cluster
from localrun.testing import locked
from shared.db import migrate

PASSWORD = "only in tests"  # of roles that belong to the whole server


def run(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(sys, "argv", ["migrate", what])
    migrate.main()


def test_a_fresh_server_is_prepared_and_preparing_it_again_changes_nothing(
    postgres: Cluster, run_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = f"127.0.0.1:{postgres.port}/patchwork"
    monkeypatch.setenv("SETUP_ADMIN__URL", postgres.dsn())
    for service in ("auth", "registry", "indexer"):
        monkeypatch.setenv(f"SETUP_PASSWORDS__{service.upper()}", PASSWORD)
        monkeypatch.setenv(f"{service.upper()}_DATABASE__URL", f"postgresql+asyncpg://patchwork_{service}@{here}")
        monkeypatch.setenv(f"{service.upper()}_DATABASE__PASSWORD", PASSWORD)
    with locked(run_directory / "roles.lock"):
        for what in ("database", "auth", "registry", "indexer", "database", "auth"):
            run(monkeypatch, what)


async def test_migrating_creates_every_schema(postgres: Cluster) -> None:
    connection = await asyncpg.connect(postgres.dsn("patchwork"))
    try:
        found = await connection.fetch("SELECT schemaname FROM pg_tables WHERE tablename = 'alembic_version'")
    finally:
        await connection.close()
    assert {each["schemaname"] for each in found} == {"auth", "registry", "index"}


def test_an_unknown_service_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, "s3proxy")
