"""The insight of packages that have readers of their own."""

import pytest
from support.data.manifests import entry
from support.worlds.quilt2_world import Quilt2World, group, root
from support.worlds.registry_world import RegistryWorld

from registry.settings import Quilt2Settings
from shared.testing.objects import FakeObjectStore

SHARED = "shared-with-insight"


@pytest.fixture
def quilt2() -> Quilt2Settings:
    return Quilt2Settings(bucket=SHARED, anonymous=True)


@pytest.fixture
def objects() -> FakeObjectStore:
    return FakeObjectStore(SHARED)


async def test_installs_and_previews_of_a_package_are_for_its_readers_and_the_bucket_is_not_added_up(
    registry: Quilt2World, given: RegistryWorld
) -> None:
    await given.registered(SHARED)
    pushed = await registry.pushed(root(foo=group()))
    await given.package("amy/wine", entry("a.csv", size=3), bucket=SHARED)
    for _ in range(2):
        await registry.get("amy", f"package_preview/amy/wine/{pushed}")
    await registry.get("amy", f"package/amy/wine/{pushed}")
    assert (await registry.get("admin", "audit/amy/wine/"))["events"]
    address = f"/api/v1/buckets/{SHARED}/packages/amy/wine/insight"
    uses = (await registry.http.get(address, headers=registry.of("amy"))).json()["uses"]
    assert [
        (each["kind"], each["total"], sum(each["weeks"]), each["weeks"][-1], len(each["weeks"])) for each in uses
    ] == [
        ("install", 1, 1, 1, 52),
        ("preview", 2, 2, 2, 52),
        ("archive", 0, 0, 0, 52),
        ("gateway_read", 0, 0, 0, 52),
    ]
    assert (await registry.http.get(address, headers=registry.of("bob"))).status_code == 404
    refused = await registry.http.get(f"/api/v1/buckets/{SHARED}/insight", headers=registry.of("amy"))
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "packages_have_readers")
