"""What files hold: previews, rows, statistics and thumbnails of objects and of files in packages."""

from collections.abc import AsyncIterator

import pytest
from support.worlds.previews_world import PreviewsWorld, opened
from support.worlds.servers import Aws

from shared.testing.auth import FakeAuth

TEXT = b"riesling\nmerlot\n"


@pytest.fixture(scope="module")
async def world(aws: Aws) -> AsyncIterator[PreviewsWorld]:
    async with opened(aws, FakeAuth()) as world:
        await world.put("wine.txt", TEXT)
        yield world


async def test_a_preview_says_what_an_object_holds(world: PreviewsWorld) -> None:
    answer = await world.get("preview", key="wine.txt")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["kind"], shown["text"], shown["size"]) == ("text", TEXT.decode(), len(TEXT))
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["access-control-allow-origin"] == "*"
