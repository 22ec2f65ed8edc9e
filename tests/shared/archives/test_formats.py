"""Tar and ZIP archives as Python's own modules read them."""

import io
import tarfile
import zipfile
import zlib
from struct import pack_into

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from shared.archives import tar
from shared.archives import zip as zip_format
from shared.archives.names import is_unsafe

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=4) | st.sampled_from(
    ["a", "b.txt", "d" * 50, "e" * 100, "f" * 101, "é" * 60, "🧀", "x" * 155, "y" * 156, "back\\slash"]
)
PATHS = st.lists(NAMES, min_size=1, max_size=6).map("/".join)
FILES = st.dictionaries(PATHS, st.binary(max_size=1100), max_size=8)

LONG_PATHS = [
    "p" * 900,
    "/".join(["é" * 30] * 15),
    f"{'q' * 90}/{'r' * 90}/{'s' * 101}",
    "🧀/🍷.csv",
    f"{'t' * 155}/{'u' * 100}",
]


def make_tar(files: dict[str, bytes]) -> bytes:
    parts = []
    for path, content in files.items():
        parts += [tar.file_header(path, len(content)), content, bytes(-len(content) % tar.BLOCK_BYTES)]
    return b"".join([*parts, tar.END])


def make_zip(files: dict[str, bytes]) -> bytes:
    made, directory = b"", b""
    for path, content in files.items():
        crc = zlib.crc32(content)
        directory += zip_format.directory_record(path, len(content), crc, len(made))
        made += zip_format.local_header(path, len(content)) + content + zip_format.descriptor(crc, len(content))
    return made + directory + zip_format.end_records(len(files), len(made), len(directory))


def read_tar(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as opened:
        found = {}
        for member in opened:
            assert member.isreg()
            assert (member.mode, member.uid, member.gid, member.uname, member.mtime) == (0o644, 0, 0, "", tar.MODIFIED)
            content = opened.extractfile(member)
            assert content is not None
            found[member.name] = content.read()
        return found


@settings(max_examples=150)
@given(FILES)
def test_tars_have_the_files_as_tarfile_reads_them(files: dict[str, bytes]) -> None:
    assert read_tar(make_tar(files)) == files


@settings(max_examples=150)
@given(FILES)
def test_a_tar_is_as_long_as_its_blocks(files: dict[str, bytes]) -> None:
    blocks = sum(tar.file_blocks(path, len(content)) for path, content in files.items())
    assert len(make_tar(files)) == blocks * tar.BLOCK_BYTES + len(tar.END)


@settings(max_examples=150)
@given(PATHS, st.integers(0, 2**62))
def test_headers_are_as_long_as_computed_for_every_size(path: str, size: int) -> None:
    assert len(tar.file_header(path, size)) == tar.header_blocks(path, size) * tar.BLOCK_BYTES


@pytest.mark.parametrize("path", LONG_PATHS)
def test_long_and_foreign_names_are_kept_in_tars(path: str) -> None:
    assert read_tar(make_tar({path: b"content", "next": b"more"})) == {path: b"content", "next": b"more"}


@pytest.mark.parametrize("size", [8**11 - 1, 8**11, 8**11 + 1, 1 << 50])
def test_sizes_around_and_beyond_8_gib_are_kept_in_tar_headers(size: int) -> None:
    header = tar.file_header("large/file", size)
    with tarfile.open(fileobj=io.BytesIO(header), mode="r|") as opened:
        member = opened.next()
    assert member is not None
    assert (member.name, member.size) == ("large/file", size)


def test_a_size_beyond_8_gib_is_read_without_its_pax_header() -> None:
    last_block = tar.file_header("large/file", 1 << 40)[-tar.BLOCK_BYTES :]
    member = tarfile.TarInfo.frombuf(last_block, "utf-8", "strict")
    assert (member.name, member.size) == ("large/file", 1 << 40)


def test_names_that_ustar_holds_need_no_pax_header() -> None:
    for path in ["a" * 100, f"{'t' * 155}/{'u' * 100}", f"{'v' * 60}/{'w' * 60}"]:
        assert len(tar.file_header(path, 1)) == tar.BLOCK_BYTES
    for path in ["a" * 101, f"{'t' * 156}/{'u' * 100}", f"{'v' * 60}/{'w' * 101}", "é"]:
        assert len(tar.file_header(path, 1)) == 3 * tar.BLOCK_BYTES


@settings(max_examples=150)
@given(FILES)
def test_zips_have_the_files_as_zipfile_reads_them(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(make_zip(files))) as opened:
        assert opened.testzip() is None
        infos = opened.infolist()
        assert {each.orig_filename: opened.read(each) for each in infos} == files
        assert all(each.date_time == (1980, 1, 1, 0, 0, 0) for each in infos)
        assert all(each.external_attr >> 16 == 0o100644 for each in infos)


@settings(max_examples=150)
@given(FILES)
def test_a_zip_is_as_long_as_computed_from_sums(files: dict[str, bytes]) -> None:
    content, names = sum(map(len, files.values())), sum(len(path.encode()) for path in files)
    assert len(make_zip(files)) == zip_format.archive_bytes(len(files), content, names)


class SparseBytes(io.BytesIO):
    """Many zero bytes, then an end: an archive whose contents nobody makes."""

    def __init__(self, zeros: int, end: bytes) -> None:
        super().__init__(end)
        self._zeros = zeros
        self._at = 0

    @override
    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, self._zeros + len(self.getvalue()))[whence]
        self._at = base + offset
        return self._at

    @override
    def tell(self) -> int:
        return self._at

    @override
    def read(self, size: int | None = -1) -> bytes:
        end = self._zeros + len(self.getvalue())
        stop = end if size is None or size < 0 else min(end, self._at + size)
        zeros = bytes(max(0, min(stop, self._zeros) - self._at))
        made = zeros + self.getvalue()[max(0, self._at - self._zeros) : max(0, stop - self._zeros)]
        self._at = stop
        return made


def test_zips_of_more_than_65535_files_are_read() -> None:
    directory = b"".join(zip_format.directory_record(f"{number}", 0, 0, number * 100) for number in range(70_000))
    archive = io.BytesIO(bytes(512) + directory + zip_format.end_records(70_000, 512, len(directory)))
    with zipfile.ZipFile(archive) as opened:
        assert len(opened.infolist()) == 70_000
        assert opened.infolist()[-1].filename == "69999"


def test_zips_beyond_4_gib_are_read() -> None:
    size, offset = 5 << 30, 6 << 30
    record = zip_format.directory_record("large", size, 7, offset)
    records = record + zip_format.end_records(1, 12 << 30, len(record))
    with zipfile.ZipFile(SparseBytes(12 << 30, records)) as opened:
        [info] = opened.infolist()
    assert (info.filename, info.file_size, info.compress_size, info.CRC) == ("large", size, size, 7)
    assert info.header_offset == offset


def test_lengths_of_zip_parts_do_not_depend_on_sizes() -> None:
    for size in [0, 1 << 20, 1 << 33, 1 << 62]:
        assert len(zip_format.local_header("é", size)) == len(zip_format.local_header("é", 0))
        assert len(zip_format.descriptor(1, size)) == len(zip_format.descriptor(0, 0))
        assert len(zip_format.directory_record("é", size, 1, size)) == len(zip_format.directory_record("é", 0, 0, 0))
        assert len(zip_format.end_records(size, size, size)) == len(zip_format.end_records(0, 0, 0))


@pytest.mark.parametrize(
    "path",
    [
        "a\0b",
        "..\\evil",
        "a\\..\\..\\evil",
        "\\\\host\\share",
        "\\evil",
        "C:/evil",
        "c:\\evil",
        "a/..\\b",
        "x" * 65_536,
    ],
)
def test_names_that_unpackers_could_write_elsewhere_are_unsafe(path: str) -> None:
    assert is_unsafe(path)


@pytest.mark.parametrize(
    "path",
    ["a", "..a/b..", "a..b", "C:", "ab:/c", "A:1.pdb", "a\\b", "é/🧀", "README", "readme", ".hidden/...", "x" * 65_535],
)
def test_other_names_are_safe(path: str) -> None:
    assert not is_unsafe(path)


def test_a_changed_header_is_not_read_as_a_tar() -> None:
    archive = bytearray(make_tar({"a": b"1"}))
    pack_into("<B", archive, 0, ord("b"))
    with pytest.raises(tarfile.ReadError):
        read_tar(bytes(archive))
