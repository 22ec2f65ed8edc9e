"""Small routes that public web catalogs call."""

import pytest
from support.worlds.registry_world import RegistryWorld


async def test_buckets_are_listed_for_the_catalog_of_2020(world: RegistryWorld) -> None:
    assert await world.json("/api/buckets") == {
        "buckets": [
            {
                "name": world.bucket,
                "title": "Wines",
                "description": None,
                "icon_url": None,
                "tags": [],
                "relevance_score": 0,
                "overview_url": None,
                "schema_org": None,
            }
        ]
    }
    assert await world.json("/api/buckets", "stranger") == {"buckets": []}


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("amy/wine", True),
        ("amy-2/wine_3", True),
        ("é/ü", True),
        ("amy", False),
        ("amy/", False),
        ("amy/wine/red", False),
        ("amy/wi ne", False),
        ("amy/wine\n", False),
        ("a.b/c", False),
        ("", False),
    ],
)
async def test_package_names_are_checked(world: RegistryWorld, name: str, *, valid: bool) -> None:
    headers = world.headers("reader")
    answer = await world.client.post("/api/package_name_valid", json={"name": name}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"valid": valid})
