"""Connections to a database whose certificate is checked, as on AWS: PGSSLMODE=verify-full and PGSSLROOTCERT."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from support.deploy.tls import self_signed
from support.deploy.tls_front import tls_before
from support.worlds.servers import Databases

from localrun.postgres import Cluster
from shared.db.engine import open_engine
from shared.settings import DatabaseSettings

HOST = "localhost"


@pytest.fixture
async def front(postgres: Cluster, tmp_path: Path) -> AsyncIterator[int]:
    async with tls_before(postgres.port, *self_signed(tmp_path, HOST)) as port:
        yield port


@pytest.fixture
def other_authority(tmp_path: Path) -> Path:
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    return self_signed(elsewhere, HOST)[0]


def settings(database: Databases, front: int, host: str = HOST) -> DatabaseSettings:
    before, _, name = database.auth.rpartition("/")
    return DatabaseSettings(url=SecretStr(f"{before.rpartition('@')[0]}@{host}:{front}/{name}"))


async def ask(database: DatabaseSettings) -> int:
    async with open_engine(database, "test") as engine, engine.connect() as connection:
        return int((await connection.execute(text("SELECT 1"))).scalar_one())


async def test_a_database_with_a_valid_certificate_is_accepted(
    database: Databases, front: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "certificate.pem"))
    assert await ask(settings(database, front)) == 1


async def test_a_database_certificate_of_another_authority_is_refused(
    database: Databases, front: int, other_authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(other_authority))
    with pytest.raises(ssl.SSLCertVerificationError):
        await ask(settings(database, front))


async def test_a_database_certificate_with_another_name_is_refused(
    database: Databases, front: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "certificate.pem"))
    with pytest.raises(ssl.SSLCertVerificationError):
        await ask(settings(database, front, "127.0.0.1"))


async def test_a_database_without_tls_is_refused(
    database: Databases, postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(self_signed(tmp_path, HOST)[0]))
    with pytest.raises(ConnectionError):
        await ask(settings(database, postgres.port))
