"""Archives from a store without STS, whose objects are all read with the proxy's own keys."""

import aiohttp
import pytest
from support.worlds.archives_world import FILES, PACKAGE, ArchivesWorld, content

from shared.schemas.principal import Level
from shared.testing.servers import until


async def test_archives_and_files_are_read_after_the_permission_function_has_decided(impatient: ArchivesWorld) -> None:
    answer = await impatient.get(impatient.path())
    assert (answer.status_code, len(answer.content)) == (200, int(answer.headers["content-length"]))
    assert (await impatient.get(impatient.file_path("README.md"))).content == FILES["README.md"]
    assert not impatient.proxy.auth.reads
    for path in (impatient.path(), impatient.path(".zip"), impatient.file_path("README.md")):
        assert (await impatient.get(path, caller="stranger")).status_code == 404, path


async def test_files_of_another_bucket_need_a_right_of_their_own(impatient: ArchivesWorld) -> None:
    proxy, data = impatient.proxy, content("secret", 10)
    await proxy.put("secret", data, bucket=proxy.other)
    entry = impatient.entry(PACKAGE, "secret", data, bucket=proxy.other, key="secret", version_id=None)
    impatient.declare("amy/mixed", [entry])
    assert (await impatient.get(impatient.path(package="amy/mixed"))).status_code == 404
    both = proxy.auth.token_for("both", {proxy.bucket: Level.READ, proxy.other: Level.READ})
    headers = {"Authorization": f"Bearer {both}"}
    answer = await impatient.client.get(impatient.path(package="amy/mixed"), headers=headers)
    assert (answer.status_code, data in answer.content) == (200, True)


async def test_a_caller_who_takes_no_bytes_is_cut(impatient: ArchivesWorld) -> None:
    data = content("long", 16 << 20)
    await impatient.push("amy/long", {"f": data})
    entries = [impatient.entry("amy/long", "f", data, path=f"{number}") for number in range(4)]
    impatient.declare("amy/long", entries)
    traffic = impatient.proxy.resources.archives.traffic
    left = traffic.ended["left"]
    async with aiohttp.ClientSession() as session:
        answer = await session.get(impatient.url + impatient.path(package="amy/long"), headers=impatient.headers())
        await answer.content.readexactly(1_000)
        await until(lambda: not traffic.running)
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
        answer.close()
    assert traffic.ended["left"] == left + 1
