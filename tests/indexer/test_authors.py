"""Authors of what clients push straight to S3: events name role sessions, and `auth` knows whose they are."""

import pytest
from sqlalchemy import text
from support.data.manifests import entry, manifest
from support.worlds.index_world import IndexWorld, open_world
from support.worlds.servers import Databases

from shared.db.engine import Sessions, transaction
from shared.errors import Unavailable
from shared.quilt.keys import AUTHOR_META
from shared.testing.auth import FakeAuth
from shared.testing.queues import FakeQueue
from shared.testing.servers import until

TAG = "1785312000"
PUSH, LATEST = f".quilt/named_packages/amy/wine/{TAG}", ".quilt/named_packages/amy/wine/latest"


@pytest.fixture
def auth() -> FakeAuth:
    auth = FakeAuth()
    auth.role_sessions = {"1.patchwork-amy": "amy", "2.patchwork-ben": "ben"}
    return auth


@pytest.fixture
def world(sessions: Sessions, database: Databases, auth: FakeAuth) -> IndexWorld:
    return open_world(sessions, database, FakeQueue(), authors=auth)


async def push(world: IndexWorld, session: str, *, tag: str = TAG, message: str = "first", **meta: str) -> str:
    """Objects that a client writes in a push, with the events that S3 sends."""
    top_hash, body = manifest(entry("a.csv"), message=message)
    await world.put(f".quilt/packages/{top_hash}", body)
    for key in (f".quilt/named_packages/amy/wine/{tag}", LATEST):
        await world.put(key, top_hash, with_event=False, **meta)
        await world.send_event(key, session=session)
    await world.work_off_queue()
    return top_hash


async def authors(world: IndexWorld) -> dict[str, str | None]:
    return {each.tag: each.author for each in await world.revisions("amy/wine")}


async def test_a_push_has_the_user_of_the_session_that_wrote_it(world: IndexWorld) -> None:
    await push(world, "1.patchwork-amy")
    await push(world, "2.patchwork-ben", tag="1785312001", message="second")
    assert await authors(world) == {TAG: "amy", "1785312001": "ben"}


async def test_a_push_by_somebody_unknown_has_no_author(world: IndexWorld) -> None:
    await push(world, "somebody")
    await push(world, "", tag="1785312001", message="second")
    assert await authors(world) == {TAG: None, "1785312001": None}


async def test_an_index_that_is_rebuilt_from_s3_knows_the_authors(world: IndexWorld, sessions: Sessions) -> None:
    await push(world, "1.patchwork-amy")
    async with transaction(sessions) as session:
        await session.execute(text("TRUNCATE bucket, object, pointer, manifest, archive_layout, node, package, slice"))
    await world.reconcile()
    assert await authors(world) == {TAG: "amy"}


async def test_the_session_that_wrote_counts_more_than_metadata_that_anybody_can_write(world: IndexWorld) -> None:
    await push(world, "1.patchwork-amy", **{AUTHOR_META: "ben"})
    await push(world, "of-a-service", tag="1785312001", message="second", **{AUTHOR_META: "cora"})
    assert await authors(world) == {TAG: "amy", "1785312001": "cora"}


async def test_a_late_event_does_not_name_the_author_of_what_was_written_since(world: IndexWorld) -> None:
    await push(world, "1.patchwork-amy")
    late = await world.etag(PUSH)
    await world.put(PUSH, manifest(entry("b.csv"))[0], with_event=False)
    await world.send_event(PUSH, session="2.patchwork-ben")
    await world.send_event(PUSH, session="1.patchwork-amy", etag=late)
    await world.work_off_queue()
    assert await authors(world) == {TAG: "ben"}


async def test_an_event_waits_for_auth_so_that_its_author_is_not_lost(world: IndexWorld, auth: FakeAuth) -> None:
    top_hash, body = manifest(entry("a.csv"))
    await world.put(f".quilt/packages/{top_hash}", body)
    await world.put(PUSH, top_hash, with_event=False)
    await world.send_event(PUSH, session="1.patchwork-amy")
    auth.down = True
    with pytest.raises(Unavailable):
        await world.work_off_queue()
    assert await authors(world) == {}
    auth.down = False
    async with world.worker.running():
        await until(lambda: world.queue.left == 0)
    assert await authors(world) == {TAG: "amy"}
