from collections.abc import AsyncIterator

import pytest
from support.worlds.packages_world import PackagesWorld, opened
from support.worlds.servers import Aws, Databases

from shared.testing.auth import FakeAuth

WINE = {
    "README.md": b"# Wine\n",
    "data/a-b/1.csv": b"a\n1\n",
    "data/a.csv": b"a,b\n1,2\n",
    "data/a/2.csv": b"",
    "data/b.csv": b"x" * 10_000,
    "notes/Größe + 100%.txt": "größe\n".encode(),
    "notes/🍷.txt": b"riesling\n",
}
"""Files of the package amy/wine."""


@pytest.fixture(scope="module")
async def packages(aws: Aws, database: Databases) -> AsyncIterator[PackagesWorld]:
    async with opened(aws, database, FakeAuth()) as world:
        await world.push("amy/wine", {"README.md": b"# Old\n"})
        await world.push("amy/wine", WINE, meta={"data/a.csv": {"user_meta": {"split": "train", "label": 7}}})
        await world.push("amy/wine-list", {"a.csv": b"1\n"})
        await world.push("bob/beer", {"b.csv": b"2\n"})
        yield world
