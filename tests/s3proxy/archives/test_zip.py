"""ZIP archives of packages, as Python and the system's unzip read them."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from support.worlds.archives_world import FILES, ArchivesWorld, content

from s3proxy.services.archives import formats


def members(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


async def test_a_zip_has_all_files_in_the_length_that_it_declares(world: ArchivesWorld) -> None:
    head = await world.get(world.path(".zip"), method="HEAD")
    answer = await world.get(world.path(".zip"))
    assert head.headers["content-length"] == answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="wine-1f3c1f3c.zip"'
    assert members(answer.content) == FILES


@pytest.fixture
async def whole(world: ArchivesWorld) -> bytes:
    return (await world.get(world.path(".zip"))).content


def test_unzip_unpacks_a_zip(whole: bytes, tmp_path: Path) -> None:
    unzip = shutil.which("unzip")
    if unzip is None:
        pytest.skip("there is no unzip here")
    packed, unpacked = tmp_path / "wine.zip", tmp_path / "wine"
    packed.write_bytes(whole)
    subprocess.run([unzip, "-q", packed, "-d", unpacked], check=True)
    found = {str(path.relative_to(unpacked)): path.read_bytes() for path in unpacked.rglob("*") if path.is_file()}
    assert found == FILES


async def test_a_zip_has_no_ranges(world: ArchivesWorld) -> None:
    answer = await world.get(world.path(".zip"), range="bytes=0-9")
    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "none")
    assert members(answer.content) == FILES


async def test_a_folder_is_a_zip_of_its_own(world: ArchivesWorld) -> None:
    answer = await world.get(world.path(".zip"), {"path": "data"})
    assert members(answer.content) == {name: data for name, data in FILES.items() if name.startswith("data/")}


async def test_the_directory_of_a_large_zip_is_asked_for_again(
    world: ArchivesWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_KEPT_ENTRIES", 1_500)
    data = content("small", 5)
    await world.push("amy/many", {"f": data})
    sizes = {f"{number:05}": 0 if number % 20 else 5 for number in range(2_100)}
    entries = [world.entry("amy/many", "f", data, path=name, size=size) for name, size in sizes.items()]
    world.declare("amy/many", entries)
    asked = len(world.proxy.registry.asked_archives)
    answer = await world.get(world.path(".zip", package="amy/many"))
    assert len(answer.content) == int(answer.headers["content-length"])
    assert list(members(answer.content).items()) == [(each.path, data[: each.size]) for each in entries]
    assert len(world.proxy.registry.asked_archives) - asked == 1 + 2 * 4
