"""Administrators see how the search index of a replica is."""

from support.worlds.follower_world import FollowerWorld
from support.worlds.registry_world import RegistryWorld, problem

STATUS = "/api/v1/search/index"


async def test_administrators_see_lag_position_and_size_of_the_search_index(
    cellar: RegistryWorld, followed: FollowerWorld
) -> None:
    shown = await cellar.json(STATUS, "admin")
    written = followed.status()
    assert written is not None
    assert (shown["backend"], shown["state"], shown["is_running"]) == ("engine", "ended", False)
    assert shown["position"] == shown["head"] == written.position > 0
    assert (shown["documents"], shown["bytes_on_disk"]) == (written.documents, written.bytes_on_disk)
    assert shown["documents"] > 0
    assert shown["lag_seconds"] > 0
    assert problem(await cellar.client.get(STATUS, headers=cellar.headers("reader")))[0] == 403
