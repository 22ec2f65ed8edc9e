"""The import of a Quilt 2 registry: its people sign in with their passwords, and its packages are indexed."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from support.worlds.quilt2_source import SourceRegistry, import_source_registry
from support.worlds.system import HTTP, System, eventually

from localrun.system import PACKAGE_BUCKET

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def imported(system: System, homes: Path) -> SourceRegistry:
    return import_source_registry(system, homes / "imported.tsv")


def test_imported_people_sign_in_with_their_old_passwords(system: System, imported: SourceRegistry) -> None:
    async def password() -> str:
        connection = await asyncpg.connect(imported.system_url)
        try:
            return str(await connection.fetchval("SELECT password FROM auth.\"user\" WHERE name = 'mover'"))
        finally:
            await connection.close()

    assert asyncio.run(password()).startswith("$pbkdf2-sha512$")
    wrong = HTTP.post(f"{system.registry}/api/login", json={"username": "mover", "password": "another password"})
    assert wrong.status_code == 401
    assert system.sign_in("mover", "mover's old password").get("/api/me")["email"] == "mover@example.com"
    assert asyncio.run(password()).startswith("$argon2id$")
    system.sign_in("mover", "mover's old password")


@pytest.mark.usefixtures("imported")
def test_imported_packages_appear_in_the_index(system: System) -> None:
    api = system.sign_in("mover", "mover's old password")
    where = f"/api/v1/buckets/{PACKAGE_BUCKET}/packages/mover/wine/revisions"

    def revisions() -> int:
        answer = api.request("GET", where)
        return len(answer.json()["items"]) if answer.status_code == 200 else 0

    eventually(lambda: revisions() == 2)
