"""Tar archives of packages: whole and in ranges, of folders and in shards, as Python and GNU tar read them."""

import io
import subprocess
import tarfile
from itertools import pairwise
from pathlib import Path

import pytest
from support.worlds.archives_world import FILES, PACKAGE, TOP_HASH, ArchivesWorld, content

from shared.testing.servers import until


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {each.name: opened.extractfile(each).read() for each in opened}  # type: ignore[union-attr]


@pytest.fixture(scope="module")
async def whole(world: ArchivesWorld) -> bytes:
    return (await world.get(world.path())).content


async def test_a_tar_has_all_files_in_the_length_that_it_declares(world: ArchivesWorld, whole: bytes) -> None:
    answer = await world.get(world.path(), method="HEAD")
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(whole)))
    assert answer.headers["content-type"] == "application/x-tar"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == 'attachment; filename="wine-1f3c1f3c.tar"'
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert members(whole) == FILES
    assert whole.endswith(bytes(1024))


def test_gnu_tar_unpacks_a_tar(whole: bytes, tmp_path: Path) -> None:
    subprocess.run(["tar", "-x", "-C", str(tmp_path)], input=whole, check=True)
    unpacked = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert unpacked == FILES


async def test_a_range_may_begin_and_end_anywhere(world: ArchivesWorld, whole: bytes) -> None:
    total = len(whole)
    edges = [0, 1, 511, 512, 700, 1212, 1300, 1535, 1536, 1537, 15_000, 20_000, 5 << 20, total - 1025, total - 1024]
    ranges = [(start, end - 1) for start, end in pairwise([*edges, total - 1, total])]
    ranges += [(start, min(start + 40_000, total - 1)) for start in edges]
    for first, last in ranges:
        answer = await world.get(world.path(), range=f"bytes={first}-{last}")
        assert answer.status_code == 206
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{total}"
        assert answer.headers["content-length"] == str(last - first + 1)
        assert answer.content == whole[first : last + 1], (first, last)
    for asked, expected in (("bytes=-1000", whole[-1000:]), (f"bytes={total - 10}-", whole[-10:])):
        assert (await world.get(world.path(), range=asked)).content == expected


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=5-2", "lines=1-2", "bytes=-"])
async def test_other_ranges_get_the_whole_archive(world: ArchivesWorld, whole: bytes, asked: str) -> None:
    answer = await world.get(world.path(), range=asked)
    assert (answer.status_code, len(answer.content)) == (200, len(whole))


async def test_a_range_beyond_the_end_is_refused(world: ArchivesWorld, whole: bytes) -> None:
    for asked in (f"bytes={len(whole)}-", "bytes=-0"):
        answer = await world.get(world.path(), range=asked)
        assert (answer.status_code, answer.json()["type"]) == (416, "/problems/range_not_satisfiable")
        assert answer.headers["content-range"] == f"bytes */{len(whole)}"


async def test_conditions_compare_the_etag_of_the_archive(world: ArchivesWorld, whole: bytes) -> None:
    etag = (await world.get(world.path(), method="HEAD")).headers["etag"]
    answer = await world.get(world.path(), if_none_match=f'"x", {etag}')
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    part = "bytes=0-9"
    assert (await world.get(world.path(), if_range=etag, range=part)).content == whole[:10]
    assert len((await world.get(world.path(), if_range='"x"', range=part)).content) == len(whole)
    assert (await world.get(world.path(), if_match='"x"')).status_code == 412
    assert (await world.get(world.path(), if_match=etag, range=part)).status_code == 206
    others = [world.path(".zip"), world.path(revision="2" * 64)]
    heads = [await world.get(path, method="HEAD") for path in others]
    heads.append(await world.get(world.path(), {"path": "data"}, method="HEAD"))
    heads.append(await world.get(world.path(), {"shard": "0/2"}, method="HEAD"))
    assert len({etag, *(head.headers["etag"] for head in heads)}) == 5


async def test_a_folder_is_a_slice_of_the_package_with_full_names(world: ArchivesWorld, whole: bytes) -> None:
    answer = await world.get(world.path(), {"path": "data"})
    assert members(answer.content) == {name: data for name, data in FILES.items() if name.startswith("data/")}
    assert answer.content[:-1024] in whole
    assert answer.headers["content-disposition"] == 'attachment; filename="wine-1f3c1f3c-data.tar"'
    one = await world.get(world.path(), {"path": "data/1.csv"})
    assert members(one.content) == {"data/1.csv": FILES["data/1.csv"]}
    assert (await world.get(world.path(), {"path": "nothing"})).status_code == 404


async def test_shards_have_every_file_once(world: ArchivesWorld) -> None:
    found: dict[str, bytes] = {}
    for part in range(3):
        answer = await world.get(world.path(), {"shard": f"{part}/3"})
        assert answer.headers["content-disposition"] == f'attachment; filename="wine-1f3c1f3c-{part}-of-3.tar"'
        held = members(answer.content)
        assert held
        assert not held.keys() & found.keys()
        found |= held
    assert found == FILES
    for shard in ("3/3", "0/0", "x", "0/20000", "-1/2"):
        assert (await world.get(world.path(), {"shard": shard})).status_code == 400, shard
    assert (await world.get(world.path(".zip"), {"shard": "0/3"})).status_code == 400


async def test_a_selection_has_its_files(world: ArchivesWorld) -> None:
    world.proxy.registry.selections["s1"] = ["README.md", "data"]
    answer = await world.get(world.path(), {"selection": "s1"})
    assert set(members(answer.content)) == {"README.md", *(name for name in FILES if name.startswith("data/"))}
    assert (await world.get(world.path(), {"selection": "s1", "path": "data"})).status_code == 400


async def test_a_revision_that_moves_is_redirected_to_its_top_hash(world: ArchivesWorld) -> None:
    world.proxy.registry.top_hashes |= {"latest": TOP_HASH, "1f3c1f3c": TOP_HASH, "2026-11-30T03:46:00Z": TOP_HASH}
    for revision in ("latest", "1f3c1f3c", "2026-11-30T03:46:00Z"):
        answer = await world.get(world.path(revision=revision), {"path": "data", "shard": "0/2"})
        assert answer.status_code == 302
        assert answer.headers["location"] == f"{world.path()}?path=data&shard=0%2F2"
    assert (await world.get(world.path(".zip", revision="latest"))).headers["location"] == world.path(".zip")


async def test_a_ticket_reads_the_archive_it_was_made_for(world: ArchivesWorld, whole: bytes) -> None:
    auth, token = world.proxy.auth, world.proxy.token()
    path = world.path()
    ticket = auth.ticket_for(token, path, {})
    assert (await world.client.get(path, params={"ticket": ticket})).content == whole
    part = await world.client.get(path, params={"ticket": ticket}, headers={"Range": "bytes=5-9"})
    assert part.content == whole[5:10]
    assert (await world.client.get(path, params={"ticket": ticket, "path": "data"})).status_code == 401
    assert (await world.client.get(world.path(".zip"), params={"ticket": ticket})).status_code == 401
    moving = world.path(revision="latest")
    refused = await world.client.get(moving, params={"ticket": auth.ticket_for(token, moving, {})})
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/ticket_for_moving_revision")
    assert (await world.client.get(path)).status_code == 401


@pytest.mark.parametrize("end", ["", ".tgz", ".tar.gz"])
async def test_other_endings_are_refused(world: ArchivesWorld, end: str) -> None:
    assert (await world.get(world.path(end))).status_code == 400


async def test_an_empty_package_is_an_empty_tar(world: ArchivesWorld) -> None:
    world.declare("amy/empty", [])
    answer = await world.get(world.path(package="amy/empty"))
    assert answer.content == bytes(1024)
    assert (await world.get(world.path(package="amy/empty"), range="bytes=1000-")).content == bytes(24)


async def test_files_keep_their_order_over_pages(world: ArchivesWorld) -> None:
    data = content("small", 3)
    await world.push("amy/many", {"f": data})
    sizes = {f"{number:05}": 0 if number % 20 else 3 for number in range(2_300)}
    entries = [world.entry("amy/many", "f", data, path=name, size=size) for name, size in sizes.items()]
    world.declare("amy/many", entries)
    archive = (await world.get(world.path(package="amy/many"))).content
    assert list(members(archive).items()) == [(name, data[:size]) for name, size in sizes.items()]
    middle = len(archive) // 2
    part = await world.get(world.path(package="amy/many"), range=f"bytes={middle}-{middle + 600_000}")
    assert part.content == archive[middle : middle + 600_001]


async def test_downloads_are_counted_and_give_back_their_memory(world: ArchivesWorld) -> None:
    traffic, service = world.proxy.resources.archives.traffic, world.proxy.resources.archives
    before, free = traffic.sent["tar"], service.budget.free
    length = len((await world.get(world.path(package=PACKAGE))).content)
    await until(lambda: not traffic.running.total())
    assert traffic.sent["tar"] == before + length
    assert service.budget.free == free


async def test_archives_are_limited_and_further_ranges_of_one_are_not(strict: ArchivesWorld) -> None:
    ranges = [f"bytes={start}-{start + 9}" for start in range(20)]
    assert {(await strict.get(strict.path(), range=each)).status_code for each in ranges} == {206}
    assert (await strict.get(strict.path(), {"path": "data"})).status_code == 200
    refused = await strict.get(strict.path(), {"shard": "0/2"})
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/rate_exceeded")
    assert (await strict.get(strict.path(), range="bytes=5-")).status_code == 206
