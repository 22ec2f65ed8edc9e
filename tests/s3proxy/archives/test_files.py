"""Single files of packages, by their logical keys."""

import pytest
from support.worlds.archives_world import FILES, ArchivesWorld, content


async def test_every_file_is_read_by_its_logical_key(world: ArchivesWorld) -> None:
    for name, data in FILES.items():
        answer = await world.get(world.file_path(name))
        assert (answer.status_code, answer.content) == (200, data), name
        head = await world.get(world.file_path(name), method="HEAD")
        assert head.headers["content-length"] == answer.headers["content-length"] == str(len(data))
        assert head.headers["etag"] == answer.headers["etag"]


async def test_names_may_have_all_characters(world: ArchivesWorld) -> None:
    data = content("odd", 30)
    names = ["a b/c+d&e=f.txt", "100%.txt", "what?.txt", "#1.txt", "größe/ü.txt", "a%2Fb.txt", "~'()*!.txt"]
    await world.push("amy/odd", dict.fromkeys(names, data))
    for name in names:
        encoded = "".join(f"%{byte:02x}" for byte in name.encode())
        answer = await world.client.get(world.file_path(encoded, "amy/odd"), headers=world.headers())
        assert (answer.status_code, answer.content) == (200, data), name


async def test_ranges_and_conditions_are_answered(world: ArchivesWorld) -> None:
    path, data = world.file_path("images/large.tif"), FILES["images/large.tif"]
    etag = (await world.get(path, method="HEAD")).headers["etag"]
    answer = await world.get(path, range="bytes=8388600-8388619")
    assert (answer.status_code, answer.content) == (206, data[8388600:8388620])
    assert answer.headers["content-range"] == f"bytes 8388600-8388619/{len(data)}"
    assert {"Content-Range", "ETag"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert (await world.get(path, range="bytes=-5", if_range=etag)).content == data[-5:]
    assert (await world.get(path, if_none_match=etag)).status_code == 304
    assert (await world.get(path, if_match='"x"')).status_code == 412
    assert (await world.get(path, range=f"bytes={len(data)}-")).status_code == 416
    assert (await world.get(world.file_path("data/empty.csv"), range="bytes=0-")).status_code == 416


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("data/1.csv", "text/csv"),
        ("README.md", "text/markdown"),
        ("images/large.tif", "image/tiff"),
        ("page.html", "text/html"),
        ("paper.pdf", "application/pdf"),
        ("table.csv.gz", "application/octet-stream"),
        ("nothing", "application/octet-stream"),
    ],
)
async def test_the_name_says_the_type_and_no_page_runs(world: ArchivesWorld, name: str, media_type: str) -> None:
    await world.push("amy/typed", {name: b"x"})
    answer = await world.get(world.file_path(name, "amy/typed"))
    last = name.rpartition("/")[2]
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == f'inline; filename="{last}"'
    assert answer.headers.get("content-security-policy", "").startswith("sandbox") is (media_type != "application/pdf")
    saved = await world.get(world.file_path(name, "amy/typed"), {"download": "1"})
    assert saved.headers["content-disposition"] == f'attachment; filename="{last}"'


async def test_a_name_that_is_not_ascii_is_kept_when_the_file_is_saved(world: ArchivesWorld) -> None:
    answer = await world.get(world.file_path("data/gr%C3%B6%C3%9Fe.csv"), {"download": "1"})
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"gr_e.csv\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv"
    )


async def test_a_ticket_reads_one_file(world: ArchivesWorld) -> None:
    path = world.file_path("data/gr%C3%B6%C3%9Fe.csv")
    ticket = world.proxy.auth.ticket_for(world.proxy.token(), path, {})
    assert (await world.client.get(path, params={"ticket": ticket})).content == FILES["data/größe.csv"]
    part = await world.client.get(path, params={"ticket": ticket}, headers={"Range": "bytes=1-2"})
    assert part.content == FILES["data/größe.csv"][1:3]
    other = world.file_path("README.md")
    assert (await world.client.get(other, params={"ticket": ticket})).status_code == 401
    assert (await world.client.get(path)).status_code == 401


async def test_what_cannot_be_read_is_a_problem(world: ArchivesWorld) -> None:
    assert (await world.get(world.file_path("nothing"))).status_code == 404
    assert (await world.get(world.file_path("README.md"), caller="stranger")).status_code == 404
    data = content("one", 10)
    await world.push("amy/bad", {"f": data})
    entries = [
        world.entry("amy/bad", "f", data, path="changed", size=11),
        world.entry("amy/bad", "f", data, path="gone", key="nothing"),
        world.entry("amy/bad", "f", data, path="elsewhere", bucket=world.proxy.other, version_id=None),
    ]
    world.declare("amy/bad", entries)
    answer = await world.get(world.file_path("changed", "amy/bad"))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/object_changed")
    for name in ("gone", "elsewhere"):
        assert (await world.get(world.file_path(name, "amy/bad"))).status_code == 404
