"""ZIP archives that Quilt's web catalogs ask for by forms."""

import io
import zipfile
from typing import Any

import httpx
import pytest
from support.worlds.archives_world import FILES, PACKAGE, TOP_HASH, ArchivesWorld, content

from s3proxy.services.archives import listings


def members(answer: httpx.Response) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == int(answer.headers["content-length"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


async def post(
    world: ArchivesWorld, path: str, *files: str, caller: str | None = "reader", **fields: Any
) -> httpx.Response:
    form = {"token": world.proxy.token(caller) if caller else "", **fields}
    return await world.client.post(f"/zip/{path}", data={**form, "file": list(files)})


async def test_a_package_is_downloaded_by_a_form(world: ArchivesWorld) -> None:
    answer = await post(world, f"package/{world.proxy.bucket}/{PACKAGE}/{TOP_HASH}")
    assert members(answer) == FILES
    assert answer.headers["content-disposition"] == 'attachment; filename="wine-1f3c1f3c.zip"'
    world.proxy.registry.top_hashes["1f3c1f3c"] = TOP_HASH
    assert members(await post(world, f"package/{world.proxy.bucket}/{PACKAGE}/1f3c1f3c")) == FILES


async def test_a_folder_of_a_package_and_a_selection_are_downloaded_by_a_form(world: ArchivesWorld) -> None:
    package = f"package/{world.proxy.bucket}/{PACKAGE}/{TOP_HASH}"
    folder = {name: data for name, data in FILES.items() if name.startswith("data/")}
    assert members(await post(world, f"{package}/data/")) == folder
    assert members(await post(world, package, "README.md", "data/")) == folder | {"README.md": FILES["README.md"]}
    assert members(await post(world, f"{package}/data", "data/1.csv")) == {"data/1.csv": FILES["data/1.csv"]}
    assert members(await post(world, f"{package}/data", "1.csv")) == {"data/1.csv": FILES["data/1.csv"]}


async def test_a_folder_of_a_bucket_is_downloaded_by_a_form(world: ArchivesWorld) -> None:
    files = {"a b+c.txt": content("odd", 30), "deep/größe.txt": content("deep", 9), "empty": b""}
    for name, data in {**files, "deep/": b""}.items():
        await world.proxy.put(f"shared/{name}", data)
    await world.proxy.put("shared-not/x", b"x")
    answer = await post(world, f"dir/{world.proxy.bucket}/shared/")
    assert members(answer) == files
    assert answer.headers["content-disposition"] == 'attachment; filename="shared.zip"'
    assert members(await post(world, f"dir/{world.proxy.bucket}/shared")) == files
    assert set(members(await post(world, f"dir/{world.proxy.bucket}/shared/", "shared/empty", "deep/"))) == {
        "empty",
        "deep/größe.txt",
    }


async def test_all_pages_of_a_folder_are_listed(world: ArchivesWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "BATCH_LISTED_KEYS", 2)
    names = ["1", "2", "3", "4/5", "6"]
    for name in names:
        await world.proxy.put(f"paged/{name}", b"1")
    answer = await post(world, f"dir/{world.proxy.bucket}/paged/")
    assert list(members(answer)) == names
    monkeypatch.setattr(listings, "MAX_LISTED_FILES", 4)
    refused = await post(world, f"dir/{world.proxy.bucket}/paged/")
    assert refused.status_code == 422
    assert "more than 4 files" in refused.text


@pytest.mark.parametrize(
    ("path", "caller", "status", "said"),
    [
        ("package/{bucket}/amy/nothing/" + TOP_HASH, "reader", 404, "There is no package amy/nothing"),
        ("package/{bucket}/amy/wine/" + TOP_HASH, None, 401, "Sign in to the catalog"),
        ("package/{bucket}/amy/wine/" + TOP_HASH, "stranger", 404, "registered here"),
        ("dir/{bucket}/nothing/", "reader", 404, "There are no files below"),
        ("dir/{bucket}/", "stranger", 404, "registered here"),
        ("dir/nobodys/", "reader", 404, "registered here"),
        ("dir/service/", "admin", 404, "registered here"),
    ],
)
async def test_what_cannot_be_downloaded_is_said_on_a_page(
    world: ArchivesWorld, path: str, caller: str | None, status: int, said: str
) -> None:
    answer = await post(world, path.format(bucket=world.proxy.bucket), caller=caller)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in answer.text
    assert "<h1>The download did not start</h1>" in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox")


async def test_a_page_shows_names_as_text(world: ArchivesWorld) -> None:
    answer = await post(world, f"dir/{world.proxy.bucket}/<script>alert(1)</script>/")
    assert answer.status_code == 404
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_uploads_to_a_bucket_named_zip_are_not_taken_for_forms(world: ArchivesWorld) -> None:
    answer = await world.client.post("/zip/package/big.bin?uploads")
    assert answer.headers["content-type"] == "application/xml"
