"""Packages with readers of their own are in no hit, total, facet, field or suggestion of others, whichever interface is asked."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, insert
from support.worlds.follower_world import FollowerWorld
from support.worlds.registry_world import RegistryWorld
from support.worlds.search_world import CELLAR, PINOT, RIESLING

from registry.db.tables import Quilt2AccessRow, Quilt2PackageRow
from registry.resources import RegistryResources
from registry.search_engine.searching import SearchIndex
from registry.settings import Quilt2Settings
from shared.db.engine import Sessions, transaction
from shared.schemas.principal import Level

SEARCH = "/api/v1/search"


@pytest.fixture
def resources(resources: RegistryResources, followed: FollowerWorld) -> Iterator[RegistryResources]:
    """Packages of the bucket CELLAR that the tables name belong to Quilt 2."""
    index = SearchIndex(followed.directory.index)
    settings = resources.settings.model_copy(update={"quilt2": Quilt2Settings(bucket=CELLAR, team=True)})
    yield replace(resources, settings=settings, search=index)
    index.close()


@pytest.fixture
async def shared_cellar(cellar: RegistryWorld) -> RegistryWorld:
    """The Riesling is of Quilt 2 and shared with Zoe; the Pinot is not of Quilt 2."""
    async with transaction(cellar.sessions) as session:
        owner, name = RIESLING.split("/")
        id_ = await session.scalar(
            insert(Quilt2PackageRow).values(owner=owner, name=name).returning(Quilt2PackageRow.id)
        )
        await session.execute(insert(Quilt2AccessRow).values(package_id=id_, user="zoe"))
    return cellar


def headers(world: RegistryWorld, name: str, permissions: dict[str, Level]) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.auth.token_for(name, permissions)}"}


async def seen(world: RegistryWorld, who: dict[str, str]) -> dict[str, set[str]]:
    """Names of packages that each interface shows, in hits and in facets."""

    async def get(path: str, **params: Any) -> Any:
        answer = await world.client.get(path, params=params, headers=who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    found = await get(SEARCH, kind="package", facets=["workflow", "meta:/status"])
    assert found["total"] == found["total_packages"] == len(found["items"])
    fields = await get(f"{SEARCH}/fields")
    elastic = await get("/api/search", index="_all", action="search", query="kind:package")
    query = """{ searchPackages(latestOnly: true) { ... on PackagesSearchResultSet {
        total stats { workflow { values } userMeta { ... on IPackageUserMetaFacet { path } } }
        firstPage { ... on PackagesSearchResultSetPage { hits { name } } } } } }"""
    answer = await world.client.post("/graphql", json={"query": query}, headers=who)
    graphql = answer.json()["data"]["searchPackages"]
    assert graphql.get("total", 0) == len(graphql.get("firstPage", {"hits": []})["hits"])
    return {
        "native": {each["name"] for each in found["items"]},
        "elasticsearch": {each["_source"]["ptr_name"] for each in elastic["hits"]["hits"]},
        "graphql": {each["name"] for each in graphql.get("firstPage", {"hits": []})["hits"]},
        "facet of workflows": {
            each["value"] for facet in found["facets"] if facet["field"] == "workflow" for each in facet["values"]
        },
        "workflows in graphql": set(graphql.get("stats", {"workflow": {"values": []}})["workflow"]["values"]),
        "fields": {each["path"] for each in fields["items"]} & {"/doi", "/date"},
    }


def shown(*names: str) -> dict[str, set[str]]:
    workflows = {{RIESLING: "strict", PINOT: "loose"}[name] for name in names}
    fields = {"/date"} if names else set()
    return {
        **{key: set(names) for key in ("native", "elasticsearch", "graphql")},
        **dict.fromkeys(("facet of workflows", "workflows in graphql"), workflows),
        "fields": fields | ({"/doi"} if RIESLING in names else set()),
    }


async def test_a_package_with_readers_is_seen_by_them_alone(shared_cellar: RegistryWorld) -> None:
    everything = {CELLAR: Level.READ_WRITE}
    assert await seen(shared_cellar, headers(shared_cellar, "zoe", {})) == shown(RIESLING)
    assert await seen(shared_cellar, headers(shared_cellar, "zoe", everything)) == shown(RIESLING, PINOT)
    assert await seen(shared_cellar, headers(shared_cellar, "rolf", everything)) == shown(PINOT)
    assert await seen(shared_cellar, headers(shared_cellar, "rolf", {})) == shown()


async def test_words_and_entries_of_a_hidden_package_are_not_suggested(shared_cellar: RegistryWorld) -> None:
    for name, instead in (("zoe", ["mosel"]), ("rolf", [])):
        who = headers(shared_cellar, name, {CELLAR: Level.READ})
        answer = await shared_cellar.client.get(SEARCH, params={"q": "moselx"}, headers=who)
        assert answer.json()["suggestions"] == [{"word": "moselx", "count": 0, "instead": instead}]
        answer = await shared_cellar.client.get(SEARCH, params={"q": "zymurgy"}, headers=who)
        assert answer.json()["total"] == (1 if instead else 0)


async def test_sharing_holds_at_the_next_search(shared_cellar: RegistryWorld, sessions: Sessions) -> None:
    zoe = headers(shared_cellar, "zoe", {})
    assert (await seen(shared_cellar, zoe))["native"] == {RIESLING}
    async with transaction(sessions) as session:
        await session.execute(delete(Quilt2AccessRow))
    assert await seen(shared_cellar, zoe) == shown()
    async with transaction(sessions) as session:
        await session.execute(delete(Quilt2PackageRow))
    reader = headers(shared_cellar, "zoe", {CELLAR: Level.READ})
    assert await seen(shared_cellar, reader) == shown(RIESLING, PINOT)
