from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld

from indexer.services.reconcile import differences
from shared.aws.objects import ListedObject

NOW = datetime.fromtimestamp(1785312000, UTC)

Side = dict[str, tuple[int, str]]
SIDES = st.dictionaries(
    st.sampled_from(["a", "a-b", "a/b", "b", "é", "\U0001f377", "\uff5e"]),
    st.sampled_from([(1, "x"), (2, "x"), (1, "y")]),
)


def listing(side: Side) -> list[ListedObject]:
    return [ListedObject(key, *side[key], NOW) for key in sorted(side)]


@given(SIDES, SIDES)
def test_differences_are_the_keys_that_are_not_equal_on_both_sides(left: Side, right: Side) -> None:
    found = differences(listing(left), listing(right))
    expected = sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key))
    assert [each.key for each in found] == expected
    assert all(each in listing(left) for each in found if each.key in left)


async def test_reconciling_reads_only_objects_that_differ(stage: IndexWorld) -> None:
    for number in range(30):
        await stage.put(f"{number}.png", "x")
    await stage.push("amy/wine", "1785312000", *manifest(entry("a")))
    await stage.push("amy/wine-2", "1785312000", *manifest(entry("b")))
    await stage.work_off_queue()
    before = stage.s3.calls
    await stage.reconcile()
    assert stage.s3.calls - before == 1  # the listing

    await stage.put("7.png", "changed", with_event=False)
    await stage.put("new.png", "x", with_event=False)
    await stage.s3.delete(BUCKET, "9.png")
    stage.s3.age(BUCKET, "11.png", NOW)
    await stage.s3.delete(BUCKET, ".quilt/named_packages/amy/wine/1785312000")
    before = stage.s3.calls
    await stage.reconcile()
    assert stage.s3.calls - before < 15
    rows = await stage.rows(
        "SELECT key, size, modified FROM object WHERE key IN ('7.png', 'new.png', '9.png', '11.png')"
    )
    assert sorted(row[:2] for row in rows) == [("11.png", 1), ("7.png", 7), ("new.png", 1)]
    assert ("11.png", 1, NOW) in rows
    package = await stage.package("amy/wine")
    assert package
    assert package.revisions == 0


async def test_reconciling_records_its_time_and_the_status_counts_objects(stage: IndexWorld) -> None:
    await stage.put("a.txt", "x", with_event=False)
    await stage.push("amy/wine", "1785312000", *manifest(entry("a")), with_event=False)
    await stage.reconcile()
    status = await stage.worker.buckets.status(BUCKET)
    assert status.scanned_at
    assert (status.scanning, status.objects, status.packages, status.manifests) == (False, 1, 1, 1)


async def test_a_bucket_that_s3_does_not_have_keeps_its_index(stage: IndexWorld) -> None:
    stage.registry.names.append("elsewhere")
    await stage.worker.buckets.sync_registered()
    assert await stage.worker.reconcile.reconcile_bucket("elsewhere")
    assert (await stage.worker.buckets.status("elsewhere")).scanned_at is None


async def test_a_bucket_no_longer_registered_leaves_the_index(stage: IndexWorld) -> None:
    await stage.reconcile()
    await stage.put("a.txt", "x")
    await stage.push("amy/wine", "1785312000", *manifest(entry("a")))
    await stage.work_off_queue()
    stage.registry.names.remove(BUCKET)
    await stage.worker.buckets.sync_registered()
    for table in ("bucket", "object", "pointer", "manifest", "package", "slice", "unread_object", "removed_key"):
        assert await stage.rows(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608
    await stage.worker.key_indexer.index_keys(BUCKET, ["a.txt", ".quilt/named_packages/amy/wine/latest"])
    assert await stage.rows("SELECT count(*) FROM object") == [(0,)]
    assert await stage.rows("SELECT count(*) FROM pointer") == [(0,)]


async def test_a_starting_worker_reconciles_every_bucket(stage: IndexWorld) -> None:
    await stage.put("a.txt", "x", with_event=False)
    async with stage.worker.running():
        await stage.until("SELECT count(*) FROM object", 1)


async def test_buckets_with_more_than_one_page_of_keys_are_reconciled(stage: IndexWorld) -> None:
    for number in range(2500):
        await stage.put(f"{number:04}.png", "x", with_event=False)
    await stage.reconcile()
    assert await stage.rows("SELECT count(*) FROM object") == [(2500,)]
    for number in range(0, 2500, 2):
        await stage.s3.delete(BUCKET, f"{number:04}.png")
    await stage.reconcile()
    assert await stage.rows("SELECT count(*), min(key) FROM object") == [(1250, "0001.png")]
