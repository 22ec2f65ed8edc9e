"""Search vectors and indexes of Postgres: written where the settings ask for them, and made later on request."""

from pydantic import SecretStr
from sqlalchemy import text
from support.data.manifests import entry, manifest
from support.worlds.index_world import IndexWorld
from support.worlds.servers import Databases

from indexer.db.search_indexes import create_search_indexes
from indexer.services.search_indexes import settle_search_indexes
from registry.cli import parser
from registry.settings import FollowerSettings
from shared.db.engine import Sessions, transaction
from shared.settings import DatabaseSettings

VECTORS = "SELECT key AS name, search::text FROM object UNION SELECT name, search::text FROM package ORDER BY name"
INDEXES = (
    "SELECT count(*) FROM pg_indexes WHERE indexname IN ('ix_object_search', 'ix_object_key_trgm', 'ix_package_search')"
)


async def write(stage: IndexWorld) -> list[tuple[object, ...]]:
    await stage.put("it's/a\\b/Red_Wine-2.csv", "acidity, sulphates", colour="deep ruby")
    await stage.put("plain", "")
    await stage.push(
        "amy/wine", "1700000000", *manifest(entry("a.csv"), message="First wines", user_meta={"grape": "merlot"})
    )
    odd = {"grape": "merlot", "odd": float("nan")}
    await stage.push("amy/odd", "1700000000", *manifest(entry("a.csv"), message="First wines", user_meta=odd))
    await stage.work_off_queue()
    return await stage.rows(VECTORS)


async def test_vectors_can_be_made_later(stage: IndexWorld, database: Databases) -> None:
    expected = await write(stage)
    async with transaction(stage.sessions) as session:
        await session.execute(text("UPDATE object SET search = NULL"))
        await session.execute(text("UPDATE package SET search = NULL"))
    given = parser().parse_args(["rebuild-search", "--postgres"])
    settings = FollowerSettings(database=DatabaseSettings(url=SecretStr(database.registry)))
    assert "of 2 objects" in await given.run(given, settings)
    made = await stage.rows(VECTORS)
    # Metadata that is not JSON is left out.
    assert [each for each in made if each[0] != "amy/odd"] == [each for each in expected if each[0] != "amy/odd"]
    assert await stage.found("package", "odd:A & first:B") == ["amy/odd"]


async def test_vectors_are_written_while_the_settings_keep_their_indexes(sessions: Sessions, stage: IndexWorld) -> None:
    assert await stage.rows(INDEXES) == [(3,)]
    assert None not in {vector for _, vector in await write(stage)}
    try:
        await settle_search_indexes(sessions, wanted=False, unused_seconds=0)
        assert await stage.rows(INDEXES) == [(0,)]
        assert {vector for _, vector in await write(stage)} == {None}
    finally:
        await settle_search_indexes(sessions, wanted=True)
    await create_search_indexes(sessions)
    assert await stage.rows(INDEXES) == [(3,)]
    assert None not in {vector for _, vector in await write(stage)}
