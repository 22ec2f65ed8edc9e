import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import lz4.frame
import py7zr
import pytest
import zstandard
from readers.hostile_files import deflated
from readers.running import preview, run

from shared.readers.errors import NoSuchReader, UnreadableFile

CORPUS = Path(__file__).parent / "corpus" / "plain"
TEXT = "".join(f"line {number}\n" for number in range(5000)).encode()

COMPRESSIONS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": (".gz", gzip.compress),
    "bzip2": (".bz2", bz2.compress),
    "xz": (".xz", lambda data: lzma.compress(data, preset=0)),
    "zstd": (".zst", zstandard.compress),
    "lz4": (".lz4", lz4.frame.compress),
}


class CountedSource:
    """A large file that is mostly zeros, and how much of it was read."""

    def __init__(self, size: int, parts: dict[int, bytes]) -> None:
        self.size = size
        self.read_bytes = 0
        self._parts = parts

    def read(self, offset: int, length: int) -> bytes:
        found = bytearray(max(min(length, self.size - offset), 0))
        for begin, part in self._parts.items():
            first, last = max(begin, offset), min(begin + len(part), offset + len(found))
            if first < last:
                found[first - offset : last - offset] = part[first - begin : last - begin]
        self.read_bytes += len(found)
        return bytes(found)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def tarred(members: dict[str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=kind) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return content.getvalue()


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compressed_file_is_shown_as_what_it_holds(compression: str) -> None:
    suffix, compress = COMPRESSIONS[compression]
    found = preview(compress(TEXT), "lines.py" + suffix)
    assert (found["text"], found["language"], found["compression"]) == (TEXT.decode(), "python", compression)
    assert found["size"] == len(compress(TEXT))
    assert found["complete"]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compression_is_seen_without_a_suffix(compression: str) -> None:
    assert preview(COMPRESSIONS[compression][1](TEXT), "lines.txt")["text"] == TEXT.decode()


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_members_of_a_compressed_file_are_read_on(compression: str) -> None:
    compress = COMPRESSIONS[compression][1]
    assert preview(compress(b"one\n") + compress(b"") + compress(b"two\n"), "a.txt")["text"] == "one\ntwo\n"


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_file_that_is_cut_off_is_shown_as_far_as_it_goes(compression: str) -> None:
    lines = "".join(f"{number * 7919 % 1_000_003}\n" for number in range(200_000)).encode()
    content = COMPRESSIONS[compression][1](lines)
    found = preview(content[: len(content) * 3 // 4], "a.txt", max_bytes=8 << 20)
    assert found["text"]
    assert lines.startswith(found["text"].encode())
    assert not found["complete"]
    assert any("cut off" in note or "damaged" in note for note in found["notes"])


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_file_that_only_begins_like_a_compressed_one_is_refused(compression: str) -> None:
    content = COMPRESSIONS[compression][1](TEXT)[:12] + b"\xff" * 2000
    with pytest.raises(UnreadableFile, match=r"damaged|cut off"):
        preview(content, "a.txt")


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("br", brotli.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", deflated(TEXT, 0)),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("aws-chunked,gzip", gzip.compress(TEXT, mtime=0)),
        ("br", TEXT),
        ("UTF-8", TEXT),
    ],
)
def test_content_encoding_of_an_object_is_undone_and_a_wrong_one_ignored(encoding: str, content: bytes) -> None:
    assert preview(content, "lines.txt", encoding=encoding)["text"].startswith("line 0\nline 1\n")


def test_padding_behind_a_compressed_file_is_no_damage() -> None:
    found = preview(gzip.compress(TEXT) + bytes(512), "a.txt")
    assert (found["text"], found["complete"]) == (TEXT.decode(), True)


def test_file_compressed_twice_is_unwrapped_and_more_often_refused() -> None:
    twice = gzip.compress(bz2.compress(TEXT))
    assert preview(twice, "a.txt.bz2.gz")["text"] == TEXT.decode()
    with pytest.raises(UnreadableFile, match="compressed more than 2 times"):
        preview(gzip.compress(twice), "a.txt.bz2.gz.gz")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_member_of_a_zip_file_is_shown_by_its_own_reader(method: int) -> None:
    archive = zipped({"a/ünï.py": b"x = 1\n", "b.bin": bytes(range(256)) * 9}, method)
    found = preview(archive, "a.zip", member="a/ünï.py")
    assert (found["text"], found["language"], found["size"]) == ("x = 1\n", "python", 6)
    assert preview(archive, "a.zip", member="b.bin")["kind"] == "bytes"


def test_member_of_an_archive_within_an_archive_is_found_by_its_path() -> None:
    inner = tarred({"deep/notes.txt": b"found"})
    outer = zipped({"inner.tar.gz": gzip.compress(inner), "odd!/name.txt": b"separator in a name"})
    assert preview(outer, "a.zip", member="inner.tar.gz!/deep/notes.txt")["text"] == "found"
    assert preview(outer, "a.zip", member="odd!/name.txt")["text"] == "separator in a name"


def test_picture_in_an_archive_has_a_thumbnail() -> None:
    from PIL import Image  # noqa: PLC0415 – the only test here that needs it

    content = io.BytesIO()
    Image.new("RGB", (300, 200)).save(content, "PNG")
    answer = run("thumbnail", zipped({"a.png": content.getvalue()}), "a.zip", member="a.png", width=30, height=30)
    assert Image.open(io.BytesIO(answer.body)).size == (30, 20)


def test_archives_within_each_other_are_opened_three_deep() -> None:
    archive = zipped({"end.txt": b"end"})
    for _ in range(5):
        archive = zipped({"a.zip": archive})
    assert preview(archive, "a.zip", member="a.zip!/a.zip")["members"][0]["path"] == "a.zip"
    with pytest.raises(UnreadableFile, match="up to 3 deep"):
        preview(archive, "a.zip", member="a.zip!/a.zip!/a.zip!/a.zip!/a.zip")


def test_missing_member_is_named() -> None:
    with pytest.raises(UnreadableFile, match="no member nope"):
        preview(zipped({"a": b""}), "a.zip", member="nope")
    with pytest.raises(NoSuchReader, match="Only zip, tar and 7z"):
        preview(b"text", "a.txt", member="a")


def test_encrypted_member_is_said_to_be_so() -> None:
    archive = bytearray(zipped({"a.txt": b"secret"}, zipfile.ZIP_STORED))
    at = archive.rfind(b"PK\x01\x02")
    archive[at + 8] |= 1
    with pytest.raises(UnreadableFile, match="encrypted"):
        preview(bytes(archive), "a.zip", member="a.txt")


def test_zip_file_behind_a_program_is_read() -> None:
    content = b"#!/bin/sh\n" * 100 + zipped({"a.txt": b"text"})
    assert preview(content, "run.zip")["members"][0]["path"] == "a.txt"
    assert preview(content, "run.zip", member="a.txt")["text"] == "text"


def test_only_the_end_of_a_large_zip_file_is_read() -> None:
    """ZIP64: its member begins beyond 4 GiB."""
    size = 6 << 30
    name, data = b"far.txt", b"beyond four gigabytes"
    place = 5 << 30
    local = (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, 0, 0, 0x21, 0, len(data), len(data), len(name), 0) + name + data
    )
    extra = struct.pack("<2HQ", 1, 8, place)
    entry = (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            45,
            45,
            0,
            0,
            0,
            0x21,
            0,
            len(data),
            len(data),
            len(name),
            len(extra),
            0,
            0,
            0,
            0,
            0xFFFFFFFF,
        )
        + name
        + extra
    )
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(entry), size - 98 - len(entry))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, size - 98, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    tail = entry + end64 + locator + end
    source = CountedSource(size, {0: b"PK\x03\x04", place: local, size - len(tail): tail})
    found = preview(source, "large.zip", member="far.txt")
    assert found["text"] == data.decode()
    assert source.read_bytes < 1 << 20


def test_contents_of_a_large_tar_file_are_skipped() -> None:
    """Ten members of 1 GiB."""
    parts, names = {}, [f"part-{number}.bin" for number in range(10)]
    for number, name in enumerate(names):
        info = tarfile.TarInfo(name)
        info.size = 1 << 30
        parts[number * ((1 << 30) + 512)] = info.tobuf()
    source = CountedSource(10 * ((1 << 30) + 512) + 1024, parts)
    found = preview(source, "large.tar")
    assert [(each["path"], each["size"]) for each in found["members"]] == [(name, 1 << 30) for name in names]
    assert source.read_bytes < 1 << 20


def test_tar_file_of_very_many_distant_members_is_listed_in_part() -> None:
    step = (1 << 20) + 512
    info = tarfile.TarInfo("part.bin")
    info.size = 1 << 20
    source = CountedSource(700 * step + 1024, {number * step: info.tobuf() for number in range(700)})
    found = preview(source, "large.tar")
    assert (len(found["members"]), found["total"], found["complete"]) == (501, None, False)
    assert source.read_bytes < 2 << 20


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_and_foreign_names_of_tar_files_are_read(kind: int) -> None:
    names = ["folder/" * 15 + "é.txt", "b.txt"]
    found = preview(tarred(dict.fromkeys(names, b"x"), kind), "a.tar")
    assert [each["path"] for each in found["members"]] == names


def test_tar_file_that_is_cut_off_is_listed_as_far_as_it_goes() -> None:
    found = preview(tarred({"a.txt": bytes(5000), "b.txt": bytes(50_000), "c.txt": b""})[:30_000], "a.tar")
    assert found["members"][0]["path"] == "a.txt"
    assert (found["complete"], found["total"]) == (False, None)


def test_members_of_a_7z_archive_are_listed_from_its_header() -> None:
    content = io.BytesIO()
    with py7zr.SevenZipFile(content, "w") as archive:
        archive.writestr(bytes(100_000), "folder/a.bin")
        archive.writestr("text", "b.txt")
    found = preview(content.getvalue(), "a.7z")
    assert [(each["path"], each["size"]) for each in found["members"]] == [("folder/a.bin", 100_000), ("b.txt", 4)]


def seven_zip(members: dict[str, bytes], **options: Any) -> bytes:
    content = io.BytesIO()
    with py7zr.SevenZipFile(content, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return content.getvalue()


LZMA_1, LZMA_2 = {"id": py7zr.FILTER_LZMA, "preset": 1}, {"id": py7zr.FILTER_LZMA2, "preset": 1}
FILTERS_OF_7Z: dict[str, list[dict[str, Any]]] = {
    "LZMA": [LZMA_1],
    "LZMA 2": [LZMA_2],
    "LZMA 2 behind a filter of programs": [{"id": py7zr.FILTER_X86}, LZMA_2],
    "LZMA 2 behind differences": [{"id": py7zr.FILTER_DELTA, "dist": 4}, LZMA_2],
    "Deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "zstd": [{"id": py7zr.FILTER_ZSTD}],
    "none": [{"id": py7zr.FILTER_COPY}],
}


@pytest.mark.parametrize("method", FILTERS_OF_7Z)
def test_members_of_a_7z_archive_are_shown_by_their_own_readers(method: str) -> None:
    members = {"a/first.txt": TEXT, "empty.txt": b"", "b.py": b"x = 1\n", "ünï.csv": b"a,b\n1,2\n"}
    archive = seven_zip(members, filters=FILTERS_OF_7Z[method])
    listed = {each["path"]: each["size"] for each in preview(archive, "a.7z")["members"]}
    assert listed == {name: len(data) for name, data in members.items()}
    found = preview(archive, "a.7z", member="b.py")
    assert (found["text"], found["language"], found["size"], found["complete"]) == ("x = 1\n", "python", 6, True)
    assert preview(archive, "a.7z", member="a/first.txt")["text"] == TEXT.decode()
    assert preview(archive, "a.7z", member="ünï.csv")["rows"] == [[1, 2]]
    assert preview(archive, "a.7z", member="empty.txt")["text"] == ""


def test_members_of_archives_that_7_zip_made_are_shown() -> None:
    archive = (CORPUS / "solid.7z").read_bytes()
    assert preview(archive, "solid.7z", member="data/bottles.csv")["rows"] == [[1, "Ahr"], [2, "Baden"]]
    assert preview(archive, "solid.7z", member="press.py")["text"].startswith("def press(grapes):")
    assert preview((CORPUS / "test.7z").read_bytes(), "test.7z", member="test.gif")["format"] == "gif"
    with pytest.raises(UnreadableFile, match="PPMd"):
        preview((CORPUS / "ppmd.7z").read_bytes(), "ppmd.7z", member="press.py")


def test_archive_in_a_7z_archive_is_looked_into() -> None:
    outer = seven_zip({"inner.zip": zipped({"notes.txt": b"found"})})
    assert preview(outer, "a.7z", member="inner.zip!/notes.txt")["text"] == "found"
    within = tarred({"a.7z": seven_zip({"notes.txt": b"found"})})
    assert preview(within, "a.tar", member="a.7z!/notes.txt")["text"] == "found"


def test_encrypted_member_of_a_7z_archive_is_said_to_be_so() -> None:
    archive = seven_zip({"a.txt": TEXT}, password="x")
    assert preview(archive, "a.7z")["members"][0]["path"] == "a.txt"
    with pytest.raises(UnreadableFile, match="encrypted"):
        preview(archive, "a.7z", member="a.txt")


def test_7z_archive_whose_names_are_encrypted_is_said_to_be_so() -> None:
    archive = seven_zip({"b.txt": b"text"}, password="x", header_encryption=True)
    with pytest.raises(UnreadableFile, match="encrypted"):
        preview(archive, "a.7z")


def test_damaged_member_of_a_7z_archive_is_shown_as_far_as_it_goes() -> None:
    lines = "".join(f"{number * 7919 % 1_000_003}\n" for number in range(200_000)).encode()
    archive = bytearray(seven_zip({"a.txt": lines}, filters=[LZMA_2]))
    begin = len(archive) * 3 // 4
    archive[begin : begin + 100] = bytes(100)
    assert preview(bytes(archive), "a.7z")["total"] == 1
    found = preview(bytes(archive), "a.7z", member="a.txt", max_bytes=8 << 20)
    assert len(found["text"]) > 100_000
    assert lines.startswith(found["text"].encode()[:100_000])
    assert "The file is damaged: only its beginning can be unpacked" in found["notes"]


def test_names_of_members_can_be_searched() -> None:
    assert run("texts", zipped({"a/quokka.txt": b"", "b": b""}), "a.zip").body == b"a/quokka.txt\nb"


def test_long_list_is_cut_at_the_size_of_the_answer() -> None:
    found = preview(zipped({f"{number}": b"" for number in range(300)}), "a.zip", max_bytes=10_000)
    assert (len(found["members"]), found["total"], found["complete"]) == (100, 300, False)
