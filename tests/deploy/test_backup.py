"""Backups of a stopped system, and rotation of its secrets. tests/long backs up a running one."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from localrun import backups, cli, rotation, snapshots
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.external_services import FILE_NAME, ExternalS3, ExternalServices
from localrun.offline import DirectoryUnusable, database_of, stopped
from localrun.prepare import prepare_database
from localrun.system import System

PROVIDER = "INSERT INTO auth.sso_config VALUES (1, 'kept', NULL, 'amy', now()) RETURNING 1"


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """A system with a database, a signing key and an object."""
    data = tmp_path_factory.mktemp("kept") / "data"
    data.mkdir()
    made = Configuration.from_environment({"PATCHWORK_DATA": str(data)})
    SystemSecrets.of(data)
    for part in snapshots.PARTS:
        (data / "aws" / part).mkdir(parents=True)
    (data / "aws" / "objects" / "wine.csv").write_text("red\n")
    (data / "aws" / "objects" / "half.tmp").write_text("re")
    with stopped(made) as system, database_of(system, data / "logs" / "test.log"):
        prepare_database(system)
        asyncio.run(value_of(system, PROVIDER))
        auth(system, "rotate-key")
    return made


async def value_of(system: System, query: str) -> object:
    connection = await asyncpg.connect(system.cluster.dsn("patchwork"))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def auth(system: System, command: str) -> str:
    argv = [sys.executable, "-m", "auth.cli", command]
    done = subprocess.run(argv, env=system.environment("auth"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
def test_a_backup_is_restored_into_another_directory(configuration: Configuration, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    backups.backup(configuration, backup, {})
    assert {path.name for path in (backup / "aws" / "objects").iterdir()} == {"wine.csv"}
    assert backup.stat().st_mode & 0o077 == 0
    with pytest.raises(DirectoryUnusable, match="exists"):
        backups.backup(configuration, backup, {})
    with pytest.raises(DirectoryUnusable, match="not empty"):
        backups.restore(configuration, backup)
    elsewhere = replace(configuration, data=tmp_path / "data")
    backups.restore(elsewhere, backup)
    assert SystemSecrets.of(elsewhere.data) == SystemSecrets.of(configuration.data)
    assert (elsewhere.data / "aws" / "objects" / "wine.csv").read_text() == "red\n"
    with stopped(elsewhere) as system, database_of(system, tmp_path / "log"):
        prepare_database(system)
        assert asyncio.run(value_of(system, "SELECT text FROM auth.sso_config")) == "kept"
        assert asyncio.run(value_of(system, "SELECT count(*) FROM index.object")) == 0
        owner = "SELECT tableowner FROM pg_tables WHERE schemaname = 'registry' AND tablename = 'bucket'"
        assert asyncio.run(value_of(system, owner)) == "patchwork_registry"
    (backup / "backup.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(DirectoryUnusable, match="format 2"):
        backups.restore(replace(configuration, data=tmp_path / "other"), backup)
    (backup / "backup.json").unlink()
    with pytest.raises(DirectoryUnusable, match="not a complete backup"):
        backups.restore(replace(configuration, data=tmp_path / "other"), backup)


@pytest.mark.long
def test_rotated_secrets_keep_their_data_readable(configuration: Configuration) -> None:
    before = SystemSecrets.of(configuration.data)
    for secret in ("database-passwords", "internal-token", "secret-key", "store-keys"):
        rotation.rotate(configuration, secret)
    after = SystemSecrets.of(configuration.data)
    tokens = ("internal_token", "s3proxy_token", "indexer_token")
    for name in ("postgres", *tokens, "auth_secret_key", "root_key_id", "root_secret", "roles"):
        assert getattr(before, name) != getattr(after, name), name
    for name in tokens:
        assert getattr(after, f"{name}_before") == getattr(before, name)
    assert after.auth_secret_key_before == ""
    with stopped(configuration) as system, database_of(system, configuration.data / "logs" / "test.log"):
        prepare_database(system)  # with the new passwords
        assert auth(system, "reseal") == "Encrypted 1 secrets with AUTH_SECRET_KEY\n"
        environment = system.environment("auth")
        assert environment["AUTH_INTERNAL__OTHER_TOKEN"] == before.internal_token
        assert environment["AUTH_INTERNAL__OTHER_S3PROXY_TOKEN"] == before.s3proxy_token


def test_secrets_of_a_running_system_are_not_rotated(configuration: Configuration) -> None:
    with stopped(configuration), pytest.raises(DirectoryUnusable, match="stop the system first"):
        rotation.rotate(configuration, "internal-token")
    with pytest.raises(DirectoryUnusable, match="no system"):
        rotation.rotate(replace(configuration, data=Path("/nonexistent")), "internal-token")


@pytest.mark.parametrize("command", [["backup", "elsewhere"], ["rotate", "database-passwords"]])
@pytest.mark.parametrize(
    "external",
    [
        ExternalServices(database="postgresql://u:p@db/quilt"),
        ExternalServices(s3=ExternalS3("http://store:9000", "us-east-1", "key", "secret")),
    ],
)
def test_backup_and_rotate_refuse_external_databases_and_stores(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    external: ExternalServices,
    command: list[str],
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    external.save(data)
    monkeypatch.setenv("PATCHWORK_DATA", str(data))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["patchwork", *command])
    with pytest.raises(SystemExit, match="external database or object store: back up and rotate secrets there"):
        cli.main()
    assert capsys.readouterr().out == ""
    assert [path.name for path in tmp_path.rglob("*")] == ["data", FILE_NAME]
