"""Titles, descriptions and bytes by kind: made when a package is indexed, and added to packages of former versions."""

import asyncio
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld

from indexer.db.locks import try_lock_kinds
from indexer.db.packages import WITHOUT_LABEL
from indexer.services.labels import LabelService
from shared.db.engine import transaction


async def labels(stage: IndexWorld) -> list[tuple[object, ...]]:
    query = (
        "SELECT package.name, title, description, kinds FROM package JOIN manifest USING (bucket, top_hash) ORDER BY 1"
    )
    return [tuple(row) for row in await stage.rows(query)]


async def test_packages_of_former_versions_get_the_labels_that_new_ones_have(stage: IndexWorld) -> None:
    await stage.put("amy/wine/README.md", "# Vinho verde\n\nMeasured in *Porto*.")
    wine, text_of_wine = manifest(
        entry("README.md", at="s3://wine/amy/wine/README.md", size=9),
        entry("data/red.csv", size=7),
        entry("data/photo.png", size=8),
        entry("data/more.CSV", size=1),
    )
    beer, text_of_beer = manifest(entry("a.csv", size=3), user_meta={"title": "Beers"})
    await stage.push("amy/wine", "1785312000", wine, text_of_wine)
    await stage.push("amy/beer", "1785312001", beer, text_of_beer)
    await stage.work_off_queue()
    made = await labels(stage)
    assert made == [
        ("amy/beer", "Beers", "", {"tables": 3}),
        ("amy/wine", "Vinho verde", "Measured in Porto.", {"text": 9, "tables": 8, "images": 8}),
    ]
    async with transaction(stage.sessions) as session:
        await session.execute(text("UPDATE package SET title = NULL, description = NULL, labelled = NULL"))
        await session.execute(text("UPDATE manifest SET kinds = NULL"))
    services = [LabelService(stage.sessions) for _ in range(3)]
    await asyncio.gather(*(service.add_missing() for service in services))
    assert await labels(stage) == made


async def test_a_title_that_an_indexer_of_a_former_version_left_behind_is_replaced(stage: IndexWorld) -> None:
    old, text_of_old = manifest(entry("a.csv"), user_meta={"title": "Old"})
    new, text_of_new = manifest(entry("a.csv"), user_meta={"title": "New"})
    await stage.push("amy/wine", "1785312000", old, text_of_old)
    await stage.put(f".quilt/packages/{new}", text_of_new)
    await stage.work_off_queue()
    async with transaction(stage.sessions) as session:
        await session.execute(text("UPDATE package SET top_hash = :new"), {"new": new})
    await LabelService(stage.sessions).add_missing()
    assert [row[1] for row in await labels(stage)] == ["New"]


async def test_packages_without_labels_are_found_without_reading_the_others(stage: IndexWorld) -> None:
    async with transaction(stage.sessions) as session:
        await session.execute(
            text(
                "INSERT INTO package (bucket, name, top_hash, modified, revisions, readme, labelled) "
                "SELECT 'wine', 'amy/' || number, 'hash', now(), 1, repeat('x', 100), 'hash' FROM generate_series(1, 5000) AS number"
            )
        )
        await session.execute(text("ANALYZE package"))
        query = WITHOUT_LABEL.params(bucket="", name="", limit=200).compile(
            dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True}
        )
        [(plan,)] = (await session.execute(text(f"EXPLAIN (FORMAT JSON) {query}"))).all()
    nodes = list(plan_nodes(plan[0]["Plan"]))
    assert [each["Index Name"] for each in nodes if each.get("Relation Name") == "package"] == ["ix_package_unlabelled"]
    assert "Sort" not in {each["Node Type"] for each in nodes}


def plan_nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from plan_nodes(below)


async def test_a_revision_that_another_indexer_adds_up_is_left_to_it(stage: IndexWorld) -> None:
    await stage.push("amy/wine", "1785312000", *manifest(entry("a.csv", size=3)))
    await stage.work_off_queue()
    [(top_hash,)] = await stage.rows("UPDATE manifest SET kinds = NULL RETURNING top_hash")
    async with transaction(stage.sessions) as session:
        assert await try_lock_kinds(session, BUCKET, str(top_hash))
        await LabelService(stage.sessions).add_missing()
        assert await stage.rows("SELECT kinds FROM manifest") == [(None,)]
    await LabelService(stage.sessions).add_missing()
    assert await stage.rows("SELECT kinds FROM manifest") == [({"tables": 3},)]


async def test_a_manifest_that_is_not_what_its_name_says_has_no_bytes_by_kind(stage: IndexWorld) -> None:
    await stage.push("amy/wine", "1785312000", "f" * 64, manifest(entry("a.csv"))[1])
    await stage.work_off_queue()
    assert await labels(stage) == [("amy/wine", "", "", None)]
    await LabelService(stage.sessions).add_missing()
    assert await labels(stage) == [("amy/wine", "", "", None)]
