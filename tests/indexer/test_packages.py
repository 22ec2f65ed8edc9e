from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld

from shared.db.engine import transaction
from shared.index.store import IndexStore
from shared.index.tables import ManifestState


async def test_a_push_makes_a_package_with_its_tree_and_readme(stage: IndexWorld) -> None:
    await stage.put("amy/wine/README.md", "# Vinho verde\nmeasured in Porto")
    top_hash, text = manifest(
        entry("README.md", at="s3://wine/amy/wine/README.md"),
        entry("data/red.csv", size=7),
        entry("data/white.csv", size=8),
        message="first",
        user_meta={"source": "UCI repository"},
    )
    await stage.push("amy/wine", "1785312000", top_hash, text)
    await stage.work_off_queue()

    package = await stage.package("amy/wine")
    assert package
    assert package.revisions == 1
    assert (package.latest.top_hash, package.latest.state, package.latest.message) == (top_hash, "ready", "first")
    assert (package.latest.total_entries, package.latest.total_bytes) == (3, 20)
    [revision] = await stage.revisions("amy/wine")
    assert revision.pushed_at.timestamp() == 1785312000
    assert revision.manifest == package.latest

    async with transaction(stage.sessions) as session:
        index = IndexStore(session)
        assert package.latest.root
        items, more = await index.trees.page(package.latest.root, "data", None, 1)
        assert ([item.name for item in items], more) == (["red.csv"], True)
        summary = await index.trees.directory(package.latest.root, "data")
        assert summary
        assert (summary.entries, summary.size) == (2, 15)
        for reference in ("latest", "1785312000", top_hash[:6]):
            pushed = await index.revision(BUCKET, "amy/wine", reference)
            assert pushed == (top_hash, await index.manifest(BUCKET, top_hash))
        assert await index.revision(BUCKET, "amy/wine", top_hash[:5]) is None
        assert await index.revision(BUCKET, "amy/cheese", top_hash) is None

    for query in ("wine:A", "'amy':A", "porto:D & verde:D", "first:B", "uci:C", "por:*"):
        assert await stage.found("package", query) == ["amy/wine"], query
    for query in ("porto & bordeaux", "first:A", "porto:C"):
        assert await stage.found("package", query) == [], query


async def test_a_package_whose_pointer_came_first_is_completed_by_its_manifest(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a.csv"), message="late")
    await stage.point("amy/wine", "1785312000", top_hash)
    await stage.point("amy/wine", "latest", top_hash)
    await stage.work_off_queue()
    package = await stage.package("amy/wine")
    assert package
    assert package.latest.state is ManifestState.MISSING
    assert package.latest.problem == f"There is no .quilt/packages/{top_hash}"

    await stage.put(f".quilt/packages/{top_hash}", text)
    await stage.work_off_queue()
    package = await stage.package("amy/wine")
    assert package
    assert package.latest.state is ManifestState.READY
    assert await stage.found("package", "late:B") == ["amy/wine"]


async def test_an_event_of_a_pointer_alone_indexes_its_manifest_too(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a.csv"))
    await stage.put(f".quilt/packages/{top_hash}", text, with_event=False)
    await stage.point("amy/wine", "latest", top_hash)
    await stage.work_off_queue()
    found = await stage.manifest(top_hash)
    assert found
    assert found.state is ManifestState.READY


async def test_pushes_are_ordered_by_their_times(stage: IndexWorld) -> None:
    hashes = []
    for at in ("1785312000", "999999999", "1785312001"):
        top_hash, text = manifest(entry("a.csv"), message=at)
        hashes.append(top_hash)
        await stage.push("amy/wine", at, top_hash, text)
    await stage.work_off_queue()
    assert [revision.tag for revision in await stage.revisions("amy/wine")] == ["1785312001", "1785312000"]
    package = await stage.package("amy/wine")
    assert package
    assert (package.revisions, package.latest.top_hash) == (2, hashes[-1])


async def test_deleting_pointers_restores_the_previous_revision_and_finally_removes_the_package(
    stage: IndexWorld,
) -> None:
    first, first_text = manifest(entry("a.csv"), message="first")
    second, second_text = manifest(entry("a.csv"), message="second")
    await stage.push("amy/wine", "1785312000", first, first_text)
    await stage.push("amy/wine", "1785312001", second, second_text)
    await stage.work_off_queue()
    for tag in ("1785312001", "latest"):
        await stage.s3.delete(BUCKET, f".quilt/named_packages/amy/wine/{tag}")
        await stage.send_event(f".quilt/named_packages/amy/wine/{tag}")
    await stage.work_off_queue()
    package = await stage.package("amy/wine")
    assert package
    assert (package.revisions, package.latest.top_hash) == (1, first)
    await stage.s3.delete(BUCKET, ".quilt/named_packages/amy/wine/1785312000")
    await stage.send_event(".quilt/named_packages/amy/wine/1785312000")
    await stage.work_off_queue()
    assert await stage.package("amy/wine") is None
    assert await stage.revisions("amy/wine") == []


async def test_a_pointer_without_a_top_hash_makes_a_corrupt_revision(stage: IndexWorld) -> None:
    await stage.put(".quilt/named_packages/amy/wine/latest", b"\xff nonsense")
    await stage.put(".quilt/named_packages/amy/wine/1785312000", "A" * 64)
    await stage.work_off_queue()
    package = await stage.package("amy/wine")
    assert package
    assert package.latest.state is ManifestState.CORRUPT
    assert package.latest.problem == "The content of the pointer is not a top hash"
    assert len(await stage.revisions("amy/wine")) == 1


async def test_other_keys_among_pointers_and_manifests_are_ignored(stage: IndexWorld) -> None:
    for key in (
        ".quilt/named_packages/amy/wine/1451631599",
        ".quilt/named_packages/amy/wine/newest",
        ".quilt/named_packages/amy/latest",
        ".quilt/named_packages/a my/wine/latest",
        ".quilt/packages/abc",
        f".quilt/packages/{'A' * 64}",
        ".quilt/v2/tags/x",
    ):
        await stage.put(key, "x")
    await stage.work_off_queue()
    for table in ("pointer", "manifest", "package", "object"):
        assert await stage.rows(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608
    assert stage.queue.left == 0


async def test_a_missing_manifest_is_forgotten_with_its_last_pointer(stage: IndexWorld) -> None:
    await stage.point("amy/wine", "latest", "a" * 64)
    await stage.work_off_queue()
    assert await stage.manifest("a" * 64)
    await stage.s3.delete(BUCKET, ".quilt/named_packages/amy/wine/latest")
    await stage.send_event(".quilt/named_packages/amy/wine/latest")
    await stage.work_off_queue()
    assert await stage.manifest("a" * 64) is None


async def test_a_manifest_deleted_under_a_pointer_is_missing(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a.csv"))
    await stage.push("amy/wine", "1785312000", top_hash, text)
    await stage.work_off_queue()
    await stage.s3.delete(BUCKET, f".quilt/packages/{top_hash}")
    await stage.send_event(f".quilt/packages/{top_hash}")
    await stage.work_off_queue()
    found = await stage.manifest(top_hash)
    assert found
    assert (found.state, found.root) == (ManifestState.MISSING, None)


async def test_a_readme_in_another_bucket_is_not_shown_to_readers_of_this_one(stage: IndexWorld) -> None:
    stage.s3.add_bucket("secrets")
    await stage.s3.put("secrets", "plans.md", b"# Overlord")
    top_hash, text = manifest(entry("README.md", at="s3://secrets/plans.md"))
    await stage.push("amy/wine", "1785312000", top_hash, text)
    await stage.work_off_queue()
    assert await stage.rows("SELECT readme FROM package") == [("",)]
    assert await stage.found("package", "overlord") == []
