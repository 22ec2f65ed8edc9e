"""Packages as clients with `default_registry_version: 2` keep them."""

from datetime import datetime

from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld

from shared.index.tables import ManifestState
from shared.quilt.keys import Layout2ManifestKey, ManifestKey, ObjectKey, PointerKey, classify

HASH = "a" * 64


def of(name: str, top_hash: str) -> str:
    return f".quilt/v2/manifests/{name.replace('/', '@')}/{top_hash}/manifest.jsonl"


async def push(stage: IndexWorld, name: str, top_hash: str, text: bytes, *, with_event: bool = True) -> None:
    await stage.put(of(name, top_hash), text, with_event=with_event)
    await stage.put(f".quilt/v2/tags/{name.replace('/', '@')}/latest", top_hash, with_event=with_event)


def test_keys_of_both_layouts_are_distinguished() -> None:
    for key, expected in {
        ".quilt/packages/" + HASH: ManifestKey(HASH),
        ".quilt/named_packages/amy/wine/latest": PointerKey("amy/wine", "latest"),
        ".quilt/v2/tags/amy@wine/latest": PointerKey("amy/wine", "latest", 2),
        of("amy/wine", HASH): Layout2ManifestKey("amy/wine", HASH),
        "amy@wine/latest": ObjectKey("amy@wine/latest"),
    }.items():
        found = classify(key)
        assert found == expected
        assert key == getattr(found, "key", key)
    for key in (".quilt/v2/tags/amy/latest", f".quilt/v2/manifests/amy@wine/{HASH}", ".quilt/v2/tags/amy@wine/old"):
        assert classify(key) is None


async def test_a_push_in_the_second_layout_is_a_revision(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a"), message="second")
    await push(stage, "amy/wine", top_hash, text)
    await stage.work_off_queue()
    package = await stage.package("amy/wine")
    assert package
    assert (package.latest.top_hash, package.latest.state, package.revisions) == (top_hash, ManifestState.READY, 1)
    [revision] = await stage.revisions("amy/wine")
    info = await stage.s3.head(BUCKET, of("amy/wine", top_hash))
    assert info
    assert revision.tag == str(int(info.modified.timestamp()))
    assert revision.pushed_at == info.modified.replace(microsecond=0)


async def test_two_pushes_within_a_second_are_both_kept(stage: IndexWorld) -> None:
    pushed = set()
    for name in "abc":
        top_hash, text = manifest(entry(name))
        pushed.add(top_hash)
        await push(stage, "amy/wine", top_hash, text)
    await stage.work_off_queue()
    assert {revision.manifest.top_hash for revision in await stage.revisions("amy/wine")} == pushed
    before = stage.s3.calls
    await stage.reconcile()
    assert stage.s3.calls - before == 1  # the listing


async def test_reconciling_finds_pushes_in_the_second_layout(stage: IndexWorld) -> None:
    first, first_text = manifest(entry("a"))
    second, second_text = manifest(entry("b"))
    await push(stage, "amy/wine", first, first_text, with_event=False)
    await push(stage, "amy/wine", second, second_text, with_event=False)
    await stage.reconcile()
    package = await stage.package("amy/wine")
    assert package
    assert (package.latest.top_hash, package.revisions) == (second, 2)
    # As the client deletes a revision: its manifest goes.
    await stage.s3.delete(BUCKET, of("amy/wine", second))
    await stage.s3.put(BUCKET, ".quilt/v2/tags/amy@wine/latest", first.encode())
    await stage.reconcile()
    package = await stage.package("amy/wine")
    assert package
    assert (package.latest.top_hash, package.revisions) == (first, 1)
    assert await stage.manifest(second) is None
    await stage.s3.delete(BUCKET, of("amy/wine", first))
    await stage.s3.delete(BUCKET, ".quilt/v2/tags/amy@wine/latest")
    await stage.reconcile()
    assert await stage.package("amy/wine") is None


async def test_a_revision_in_both_layouts_stays_until_both_are_deleted(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a"))
    await push(stage, "amy/wine", top_hash, text)
    await stage.push("bob/beer", "1785312000", top_hash, text)
    await stage.work_off_queue()
    await stage.s3.delete(BUCKET, f".quilt/packages/{top_hash}")
    await stage.send_event(f".quilt/packages/{top_hash}")
    await stage.work_off_queue()
    found = await stage.manifest(top_hash)
    assert found
    assert found.state is ManifestState.READY
    await stage.s3.delete(BUCKET, of("amy/wine", top_hash))
    await stage.send_event(of("amy/wine", top_hash))
    await stage.work_off_queue()
    found = await stage.manifest(top_hash)
    assert found
    assert found.state is ManifestState.MISSING


async def test_a_latest_pointer_without_its_manifest_is_missing_until_the_manifest_comes(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a"))
    await stage.put(".quilt/v2/tags/amy@wine/latest", top_hash)
    await stage.work_off_queue()
    package = await stage.package("amy/wine")
    assert package
    assert package.latest.state is ManifestState.MISSING
    assert package.latest.problem == f"There is no {of('amy/wine', top_hash)}"
    await stage.put(of("amy/wine", top_hash), text)
    await stage.work_off_queue()
    package = await stage.package("amy/wine")
    assert package
    assert package.latest.state is ManifestState.READY


async def test_the_author_of_a_push_is_taken_from_its_pointer(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a"))
    await stage.push("amy/wine", "1785312000", top_hash, text)
    await stage.s3.put(
        BUCKET, ".quilt/named_packages/amy/wine/1785312001", top_hash.encode(), meta={"patchwork-author": "bob"}
    )
    await stage.reconcile()
    assert [revision.author for revision in await stage.revisions("amy/wine")] == ["bob", None]
    assert all(isinstance(revision.pushed_at, datetime) for revision in await stage.revisions("amy/wine"))
