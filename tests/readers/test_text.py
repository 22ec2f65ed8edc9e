import codecs
import gzip

import pytest
from readers.running import preview, run

from shared.readers.choice import choose

SENTENCES = {
    "gb18030": "你好世界,这是一个中文文本文件。我们在这里测试编码的识别。\n",
    "big5": "你好世界，這是一個中文文本文件。我們在這裡測試編碼的識別。\n",
    "euc-jp": "こんにちは世界。これは日本語のテキストです。文字コードの判定を試します。\n",
    "shift_jis": "名前,住所\n山田太郎,東京都千代田区\n鈴木花子,大阪府大阪市\n",
    "euc-kr": "안녕하세요 세계. 이것은 한국어 텍스트 파일입니다.\n",
    "windows-1251": "Имя;Город\nИван;Москва\nПётр;Новгород\n",
    "x-mac-cyrillic": "Каждый охотник желает знать, где сидит фазан. Мы тоже. Всё.\n",
    "koi8-r": "Имя;Город\nИван;Москва\nПётр;Новгород\n",
    "ibm866": "Привет, мир! Это обычный текст в старой кодировке.\n",
    "windows-1250": "Żółć; Łódź; Kraków; święto że\n",
    "windows-1253": "Καλημέρα κόσμε, αυτό είναι ένα κείμενο\n",
    "windows-1255": "שלום עולם, זה טקסט בעברית\n",
    "windows-1256": "مرحبا بالعالم هذا نص عربي\n",
    "windows-1252": "name;prix\nCafé crème;3,50 €\nŒuf à la coque;2\nGröße (µm);±5\n",
    "utf-16le": "名前,住所\n山田太郎,東京都\n",
    "utf-16be": "Größe, 3 µm\n",
    "utf-32le": "abc,é\n",
    "utf-32be": "名前,住所\n",
}


@pytest.mark.parametrize("encoding", SENTENCES)
def test_encoding_is_guessed_and_said(encoding: str) -> None:
    found = preview(SENTENCES[encoding].encode(encoding.removeprefix("x-")), "notes.txt")
    assert found["text"] == SENTENCES[encoding]
    assert found["encoding"] == encoding
    assert found["notes"] == [f"Read as {encoding}, which was guessed"]


def test_monotonous_text_is_guessed() -> None:
    """Its few letters say little about a language."""
    found = preview(("Привет мир " * 100).encode("cp1251"), "notes.txt")
    assert (found["text"][:10], found["encoding"]) == ("Привет мир", "windows-1251")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_byte_order_mark_is_believed(mark: bytes, encoding: str) -> None:
    found = preview(mark + "naïve\n".encode(encoding), "notes.txt")
    assert (found["text"], found["notes"]) == ("naïve\n", [])


def test_numbers_of_json_keep_their_digits() -> None:
    text = '{"id": 12345678901234567890, "mass": 1.10, "tiny": 1e-400}'
    found = preview(text.encode(), "a.json")
    assert (found["text"], found["language"]) == (text, "json")


def test_character_that_is_cut_off_is_left_out() -> None:
    found = preview("ääää".encode(), "a.txt", max_bytes=5)
    assert found["text"] == "ää"
    assert not found["complete"]
    assert found["notes"] == ["Only the first 5 bytes are shown"]


def test_long_line_is_read_as_far_as_it_is_shown() -> None:
    found = preview(b'{"a": "' + b"x" * (4 << 20), "a.json", max_bytes=1000)
    assert found["read_bytes"] < 100_000
    assert len(found["text"]) == 1000


@pytest.mark.parametrize(("ends", "name"), [("\n", "LF"), ("\r\n", "CRLF"), ("\r", "CR")])
def test_lines_end_the_same_whatever_the_file_uses(ends: str, name: str) -> None:
    found = preview(ends.join(["a", "b", ""]).encode(), "a.txt")
    assert (found["text"], found["details"]["line_ends"]) == ("a\nb\n", name)


def test_empty_file_is_an_empty_text() -> None:
    found = preview(b"", "empty.parquet")
    assert (found["kind"], found["text"], found["notes"]) == ("text", "", ["The file is empty"])


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("Snakefile", "rule all:", "python"),
        ("analysis.R", "x <- 1", "r"),
        ("main.nf", "process {}", "groovy"),
        ("Dockerfile", "FROM x", "dockerfile"),
        ("run", "#!/usr/bin/env python3\n", "python"),
        ("run", "#!/usr/bin/env -S Rscript --vanilla\n", "r"),
        ("run", "#!/bin/bash\n", "bash"),
        ("a/CMakeLists.txt", "project(x)", "cmake"),
        ("page", "<?xml version='1.0'?><a/>", "xml"),
        ("notes", "words", None),
    ],
)
def test_language_is_known_by_name_or_first_line(name: str, text: str, language: str | None) -> None:
    assert preview(text.encode(), name)["language"] == language


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    content = bytes(range(256)) * 3
    found = preview(content, "a.txt")
    assert (found["kind"], bytes.fromhex(found["hexadecimal"]), found["complete"]) == ("bytes", content, True)


def test_texts_for_the_search_hold_no_nul_and_end_at_a_character() -> None:
    found = run("texts", "aä\0bä".encode("utf-16"), "a.txt", max_bytes=5).body
    assert found.decode() == "aäb"


@pytest.mark.parametrize(
    ("name", "head", "reader"),
    [
        ("data.bin", b"PAR1\x15\x04\0", "parquet"),
        ("orchestra.txt", b"ORCHESTRA members\n", "text"),
        ("pointer.parquet", b"version https://git-lfs.github.com/spec/v1\n", "text"),
        ("scan", bytes(128) + b"DICM" + bytes(200), "dicom"),
        ("scan.tif", b"II*\0" + bytes(124) + b"DICM" + bytes(200), "dicom"),
        ("a.ts", b"export const a = 1\n", "text"),
        ("a.ts", (b"\x47" + bytes(187)) * 8, "media"),
        ("clip.m2ts", (bytes(4) + b"\x47" + bytes(187)) * 8, "media"),
        ("photo.heic", b"\0\0\0\x18ftypavif" + bytes(20), "raster"),
        ("film.mov", b"\0\0\0\x18ftypqt  " + bytes(20), "media"),
        ("reads.bam", b"\x1f\x8b\x08\x04" + bytes(20), "bam"),
        ("variants.bcf", gzip.compress(b"BCF\2\2" + bytes(20), mtime=0), "bytes"),
        ("a/.quilt/packages/" + "0" * 64, b'{"version": "v0"}\n', "manifest"),
        ("places.json", b'{"type": "FeatureCollection", "features": []}', "geojson"),
        ("other.json", b'{"items": [{"type": "Point"}]}', "text"),
        ("notebook.ipynb", b"not json", "text"),
        ("logo", b"<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='a'/>", "svg"),
        ("page.html", b"<svg></svg>", "text"),
        ("weights.bin", (30).to_bytes(8, "little") + b'{"a": 1}', "model"),
        ("old.pkl", b"cposix\nsystem\n", "pickle"),
        ("table.csv.zst", b"\x28\xb5\x2f\xfd" + bytes(9), "delimited"),
        ("volume.nii.gz", b"\x1f\x8b\x08\0" + bytes(9), "nifti"),
    ],
)
def test_reader_is_chosen_by_content_then_by_name(name: str, head: bytes, reader: str) -> None:
    assert choose(name, head).reader.name == reader


@pytest.mark.parametrize(
    ("head", "name", "media_type"),
    [
        (b"\0\0\0\x18ftypisom" + bytes(20), "a", "video/mp4"),
        (b"\0\0\0\x18ftypM4A " + bytes(20), "a", "audio/mp4"),
        (b"\0\0\0\x18ftypqt  " + bytes(20), "a", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3" + bytes(20) + b"webm" + bytes(20) + b"V_VP9", "a", "video/webm"),
        (b"\x1a\x45\xdf\xa3" + bytes(20) + b"webm" + bytes(20) + b"A_OPUS", "a", "audio/webm"),
        (b"\x1a\x45\xdf\xa3" + bytes(20) + b"matroska", "a", "video/x-matroska"),
        (b"OggS\0\x02" + bytes(30) + b"vorbis", "a", "audio/ogg"),
        (b"fLaC\0\0\0\x22" + bytes(30), "a", "audio/flac"),
        (b"ID3\x04\0\0" + bytes(30), "a", "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + bytes(30), "a.mp3", "audio/mpeg"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), "a", "audio/wav"),
        (b"RIFF\x24\0\0\0AVI LIST" + bytes(30), "a", "video/x-msvideo"),
        ((b"\x47" + bytes(187)) * 8, "a.ts", "video/mp2t"),
        ((bytes(4) + b"\x47" + bytes(187)) * 8, "a.m2ts", "video/mp2t"),
    ],
)
def test_media_are_told_by_their_first_bytes(head: bytes, name: str, media_type: str) -> None:
    found = preview(head, name)
    assert (found["kind"], found["media_type"]) == ("media", media_type)


def test_text_with_a_few_nul_bytes_is_a_text() -> None:
    text = "id,value\n" + "1,2\n" * 500
    found = preview(text.encode() + b"3,\0\n", "a.log")
    assert (found["kind"], found["encoding"]) == ("text", "utf-8")


@pytest.mark.parametrize(
    ("name", "head", "advice"),
    [
        ("mail.MSG", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Saved as .eml"),
        ("thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office until 2003"),
        ("wines.rds", gzip.compress(b"X\n\0\0\0\3" + bytes(40), mtime=0), "written as CSV or Parquet"),
        ("wines.RData", gzip.compress(b"RDX3\nX\n\0\0\0\3" + bytes(40), mtime=0), "written as CSV or Parquet"),
        ("old.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(200), "-v7.3"),
        ("wines.sqlite", b"SQLite format 3\0" + bytes(200), "SQLite"),
        ("wines.bcf", gzip.compress(b"BCF\2\2" + bytes(40), mtime=0), "VCF is shown"),
        ("wines.rar", b"Rar!\x1a\x07\1\0" + bytes(200), "zip, tar and 7z"),
    ],
)
def test_files_that_are_not_read_say_what_to_do(name: str, head: bytes, advice: str) -> None:
    found = preview(head + bytes(600), name)
    assert found["kind"] == "bytes"
    assert advice in found["notes"][0]


def test_a_file_that_nobody_knows_has_no_advice() -> None:
    assert preview(bytes(range(256)) * 4, "unknown.bin")["notes"] == []
