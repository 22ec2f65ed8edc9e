"""Bookmarks: everybody's own, newest first."""

from typing import Any

from support.worlds.registry_world import RegistryWorld, problem

from shared.schemas.bookmark import MAX_BOOKMARKS
from shared.schemas.principal import Level

BOOKMARKS = "/api/v1/bookmarks"
FILE = {"bucket": "lab", "package": None, "path": "data/a.csv"}
FOLDER = {"bucket": "lab", "package": "amy/wine", "path": "data/"}
PACKAGE = {"bucket": "far", "package": "amy/wine", "path": ""}


async def change(world: RegistryWorld, headers: dict[str, str], **wanted: list[dict[str, Any]]) -> Any:
    answer = await world.client.patch(BOOKMARKS, json=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_bookmarks_are_newest_first_and_their_owner_changes_them(world: RegistryWorld) -> None:
    amy = world.headers("reader")
    assert await change(world, amy, add=[FILE, FOLDER]) == [FILE, FOLDER]
    assert await change(world, amy, add=[PACKAGE, PACKAGE]) == [PACKAGE, FILE, FOLDER]
    assert await change(world, amy, add=[FOLDER], remove=[FILE]) == [FOLDER, PACKAGE]
    assert (await world.json(BOOKMARKS))["items"] == [FOLDER, PACKAGE]


async def test_bookmarks_of_others_are_neither_seen_nor_removed(world: RegistryWorld) -> None:
    await change(world, world.headers("reader"), add=[FILE])
    ben = {"Authorization": f"Bearer {world.auth.token_for('ben', {'*': Level.READ})}"}
    assert await change(world, ben, remove=[FILE]) == []
    assert (await world.json(BOOKMARKS))["items"] == [FILE]


async def test_a_person_has_a_limited_number_of_bookmarks(world: RegistryWorld) -> None:
    amy = world.headers("reader")
    many = [{**FILE, "path": str(number)} for number in range(MAX_BOOKMARKS)]
    assert len(await change(world, amy, add=many)) == MAX_BOOKMARKS
    refused = await world.client.patch(BOOKMARKS, json={"add": [FOLDER]}, headers=amy)
    assert problem(refused)[0] == 409
    assert len((await world.json(BOOKMARKS))["items"]) == MAX_BOOKMARKS
    assert len(await change(world, amy, add=[FOLDER], remove=many[:1])) == MAX_BOOKMARKS
