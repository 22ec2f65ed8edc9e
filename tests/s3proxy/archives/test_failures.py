"""Archives that cannot be complete: refused before the first byte when it is known, otherwise the connection breaks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from support.worlds.archives_world import PACKAGE, ArchivesWorld, content

from s3proxy.services.archives import streams
from shared.audit import AuditQueue
from shared.schemas.audit import AuditEvent
from shared.schemas.principal import Level
from shared.testing.servers import until

SIZE = 1_000
MANY = 60
"""Files of a package, of which those at the end are not read before the first byte is sent."""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def many(world: ArchivesWorld) -> str:
    """A package of MANY files, each of which has SIZE bytes."""
    await world.push("amy/many", {"f": content("one", SIZE)})
    return "amy/many"


def declare(world: ArchivesWorld, package: str, position: int, **changes: Any) -> None:
    """Let the package have MANY files, of which the one at the position is another."""
    data = content("one", SIZE)
    entries = [world.entry("amy/many", "f", data, path=f"file-{number:02}") for number in range(MANY)]
    entries[position] = entries[position]._replace(**changes)
    world.declare(package, entries)


BROKEN: dict[str, tuple[dict[str, Any], int, str]] = {
    "gone": ({"key": "nothing"}, 404, "not_found"),
    "of another size": ({"size": SIZE + 1}, 409, "object_changed"),
    "shorter": ({"size": SIZE - 1}, 409, "object_changed"),
    "of another version": ({"version_id": "nonsense"}, 404, "not_found"),
    "changed": ({"version_id": None, "hash": "0" * 64}, 0, ""),
}


@pytest.mark.parametrize("end", [".tar", ".zip"])
@pytest.mark.parametrize("broken", [name for name, (_, status, _) in BROKEN.items() if status])
async def test_a_file_that_is_known_to_fail_is_named_before_the_first_byte(
    world: ArchivesWorld, many: str, broken: str, end: str
) -> None:
    changes, status, slug = BROKEN[broken]
    declare(world, many, 3, **changes)
    answer = await world.get(world.path(end, package=many))
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert "file-03" in answer.json()["detail"]
    assert not world.proxy.resources.archives.traffic.running


@pytest.mark.parametrize("end", [".tar", ".zip"])
@pytest.mark.parametrize("broken", BROKEN)
async def test_an_archive_breaks_off_at_a_file_that_cannot_be_sent(
    world: ArchivesWorld, session: aiohttp.ClientSession, many: str, broken: str, end: str
) -> None:
    ended = world.proxy.resources.archives.traffic.ended["cut"]
    declare(world, many, MANY - 5)
    complete = await world.read(session, world.path(end, package=many))
    declare(world, many, MANY - 5, **BROKEN[broken][0])
    head = await world.get(world.path(end, package=many), method="HEAD")
    received = await world.read(session, world.path(end, package=many))
    assert 0 < len(received) < int(head.headers["content-length"])
    known = complete[: complete.find(b"file-%d" % (MANY - 5))]
    assert known.startswith(received[: len(known)])
    assert b"file-%d" % (MANY - 4) not in received
    assert world.proxy.resources.archives.traffic.ended["cut"] == ended + 1


async def test_all_files_that_are_known_to_fail_are_named(world: ArchivesWorld, many: str) -> None:
    data = content("one", SIZE)
    entries = [world.entry("amy/many", "f", data, path=f"file-{number:02}", key="nothing") for number in range(15)]
    world.declare(many, entries)
    detail = (await world.get(world.path(package=many))).json()["detail"]
    assert all(f"file-{number:02}" in detail for number in range(10))
    assert "and 5 more" in detail


@pytest.mark.parametrize("end", [".tar", ".zip"])
async def test_names_that_would_leave_the_folder_are_refused(world: ArchivesWorld, many: str, end: str) -> None:
    declare(world, many, 7, path="..\\windows\\evil.dll")
    for method in ("GET", "HEAD"):
        answer = await world.get(world.path(end, package=many), method=method)
        assert answer.status_code == 409
    problem = (await world.get(world.path(end, package=many))).json()
    assert problem["type"] == "/problems/unsafe_names"
    assert "evil.dll" in problem["detail"]
    assert "gateway" in problem["detail"]


async def test_files_that_are_not_in_the_store_are_refused(world: ArchivesWorld) -> None:
    world.proxy.registry.local_entries = ["data/mine.csv"]
    answer = await world.get(world.path())
    world.proxy.registry.local_entries = []
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/files_not_in_store")
    assert "data/mine.csv" in answer.json()["detail"]


async def test_files_in_a_bucket_that_the_caller_cannot_read_are_refused(world: ArchivesWorld, many: str) -> None:
    await world.proxy.put("secret", content("one", SIZE), bucket=world.proxy.other)
    declare(world, many, MANY - 1, bucket=world.proxy.other, key="secret", version_id=None)
    answer = await world.get(world.path(package=many))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not_found")
    assert world.proxy.other in answer.json()["detail"]
    assert (await world.get(world.path(package=many), caller="stranger")).status_code == 404
    assert (await world.get(world.path(package=many), caller="admin")).status_code == 200


async def test_what_the_store_denies_is_named(world: ArchivesWorld) -> None:
    keys = world.proxy.auth.s3_keys
    world.proxy.auth.s3_keys = ("ASIANOBODY", "wrong", "")
    other = world.proxy.auth.token_for("bob", {world.proxy.bucket: Level.READ})
    answer = await world.client.get(world.path(), headers={"Authorization": f"Bearer {other}"})
    world.proxy.auth.s3_keys = keys
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/store_denied")
    assert "README.md" in answer.json()["detail"]


async def test_nobody_gets_an_archive_of_a_bucket_that_is_not_theirs(world: ArchivesWorld) -> None:
    for end in (".tar", ".zip"):
        assert (await world.get(world.path(end), caller="stranger")).status_code == 404
    asked = world.proxy.registry.asked_archives[-1]
    assert asked.token != world.proxy.token("stranger")


@pytest.fixture
async def long(world: ArchivesWorld) -> str:
    """A package of more bytes than are read ahead and fit into sockets."""
    data = content("long", 16 << 20)
    await world.push("amy/long", {"f": data})
    world.declare("amy/long", [world.entry("amy/long", "f", data, path=f"{number}") for number in range(6)])
    return "amy/long"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions are looked at more often."""
    monkeypatch.setattr(streams, "CHECK_SECONDS", 0.1)


async def begin(world: ArchivesWorld, session: aiohttp.ClientSession, path: str, token: str) -> aiohttp.ClientResponse:
    """An answer of which the first bytes have come."""
    answer = await session.get(world.url + path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200
    await answer.content.readexactly(1_000)
    return answer


async def rest(answer: aiohttp.ClientResponse) -> int:
    """Bytes that still come. Raises ClientPayloadError when they are fewer than declared."""
    try:
        return 1_000 + len(await answer.content.read())
    finally:
        answer.close()


@pytest.mark.usefixtures("hurried")
async def test_an_archive_ends_with_the_session_of_its_caller(
    world: ArchivesWorld, session: aiohttp.ClientSession, long: str
) -> None:
    token = world.proxy.auth.token_for("carl", {world.proxy.bucket: Level.READ})
    answer = await begin(world, session, world.path(package=long), token)
    world.proxy.auth.revoke(token)
    traffic = world.proxy.resources.archives.traffic
    await until(lambda: not traffic.running)
    with pytest.raises(aiohttp.ClientPayloadError):
        await rest(answer)


@pytest.mark.usefixtures("hurried")
async def test_an_archive_ends_with_the_right_of_its_caller(
    world: ArchivesWorld, session: aiohttp.ClientSession, long: str
) -> None:
    token = world.proxy.auth.token_for("carl", {world.proxy.bucket: Level.READ})
    answer = await begin(world, session, world.path(package=long), token)
    world.proxy.auth.permit(token, {world.proxy.other: Level.READ})
    await until(lambda: not world.proxy.resources.archives.traffic.running)
    with pytest.raises(aiohttp.ClientPayloadError):
        await rest(answer)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("kind", ["token", "ticket"])
async def test_an_archive_goes_on_when_its_token_or_ticket_expires(
    world: ArchivesWorld, session: aiohttp.ClientSession, long: str, kind: str
) -> None:
    auth, path = world.proxy.auth, world.path(package=long)
    auth.s3_lifetime = timedelta(seconds=121)  # what is left above the margin is a second
    life = timedelta(seconds=2)
    token = auth.token_for("carl", {world.proxy.bucket: Level.READ}, lifetime=life if kind == "token" else 1000 * life)
    query = {"ticket": auth.ticket_for(token, path, {}, life)} if kind == "ticket" else {}
    headers = {} if query else {"Authorization": f"Bearer {token}"}
    answer = await session.get(world.url + path, params=query, headers=headers)
    await answer.content.readexactly(1_000)

    while (await world.client.head(path, params=query, headers=headers)).status_code != 401:
        pass
    vended = len(auth.reads)
    assert await rest(answer) == int(answer.headers["content-length"])
    assert len(auth.reads) > vended
    auth.s3_lifetime = timedelta(hours=1)


async def test_an_archive_breaks_off_when_nobody_can_say_whether_its_session_lasts(
    world: ArchivesWorld, session: aiohttp.ClientSession, long: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "CHECK_SECONDS", 0.4)
    auth = world.proxy.auth
    token = auth.token_for("carl", {world.proxy.bucket: Level.READ})
    answer = await begin(world, session, world.path(package=long), token)
    auth.down = True
    await until(lambda: not world.proxy.resources.archives.traffic.running)
    auth.down = False
    with pytest.raises(aiohttp.ClientPayloadError):
        await rest(answer)


@pytest.fixture
async def pages(world: ArchivesWorld, long: str) -> str:
    """A package with more pages of files than are asked for ahead of what is sent."""
    empty = [world.entry("amy/pages", "f", b"", path=f"{number:05}") for number in range(10_000)]
    world.declare("amy/pages", [*world.proxy.registry.archives[long][:2], *empty])
    return "amy/pages"


async def test_a_revision_that_is_deleted_in_the_middle_breaks_the_archive_off(
    world: ArchivesWorld, session: aiohttp.ClientSession, pages: str
) -> None:
    answer = await begin(world, session, world.path(package=pages), world.proxy.token())
    del world.proxy.registry.archives[pages]
    with pytest.raises(aiohttp.ClientPayloadError):
        await rest(answer)


async def test_an_archive_survives_a_registry_that_is_away_for_a_moment(
    world: ArchivesWorld, session: aiohttp.ClientSession, pages: str
) -> None:
    registry = world.proxy.registry
    answer = await begin(world, session, world.path(package=pages), world.proxy.token())
    registry.down = True
    reading = asyncio.create_task(rest(answer))
    await asyncio.wait({reading}, timeout=0.3)
    assert not reading.done()
    registry.down = False
    assert await reading == int(answer.headers["content-length"])


async def test_a_caller_who_leaves_frees_what_was_read_for_them(
    world: ArchivesWorld, session: aiohttp.ClientSession, long: str
) -> None:
    service = world.proxy.resources.archives
    free = service.budget.free
    answer = await begin(world, session, world.path(package=long), world.proxy.token())
    assert service.budget.free < free
    answer.close()
    await until(lambda: not service.traffic.running)
    assert service.budget.free == free
    assert service.traffic.ended["left"]


async def test_archives_beyond_the_limit_of_a_user_are_refused(
    world: ArchivesWorld, session: aiohttp.ClientSession, long: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MAX_CONCURRENT_ARCHIVES_OF_USER", 1)
    answer = await begin(world, session, world.path(package=long), world.proxy.token())
    refused = await world.get(world.path())
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too_many_archives")
    assert refused.headers["retry-after"]
    assert (await world.get(world.path(), caller="admin")).status_code == 200
    answer.close()
    await until(lambda: not world.proxy.resources.archives.traffic.running)
    assert (await world.get(world.path())).status_code == 200


async def test_a_download_is_in_the_audit_trail_once_however_many_ranges_it_takes(
    world: ArchivesWorld,
) -> None:
    sent: list[AuditEvent] = []

    async def send(events: list[AuditEvent]) -> None:
        sent.extend(events)

    trail = AuditQueue("s3proxy", send)
    world.proxy.app.state.resources = replace(world.proxy.resources, trail=trail)
    token = world.proxy.auth.token_for("carl", {world.proxy.bucket: Level.READ})
    headers = {"Authorization": f"Bearer {token}"}
    for asked in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
        assert (await world.client.get(world.path(), headers=headers | {"Range": asked})).status_code == 206
    await trail.flush()
    world.proxy.app.state.resources = world.proxy.resources
    (event,) = sent
    assert (event.action, event.target) == ("Packages.Download", f"package:{world.proxy.bucket}/{PACKAGE}@1f3c1f3c1f")
    assert (event.caller.user, event.details) == ("carl", {})
