"""Text of files: notebooks, pages, and what gzip holds."""

import base64
import gzip
import json
import zlib

import pytest

from indexer.text_extraction import DEFAULT_RULES, ContentRules, decode, extract_text, needs_reader
from shared.quilt.extensions import extension


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a/b.CSV", ".csv"),
        ("b.csv.gz", ".csv.gz"),
        ("x.TAR.GZ", ".tar.gz"),
        ("v1.2.csv", ".csv"),
        ("b.gz", ".gz"),
        ("b", ""),
        (".bashrc", ""),
        ("a.d/b", ""),
        ("a.d/.gz", ""),
        ("ends.", ""),
        ("1.0 final report", ""),
        ("x." + "y" * 17, ""),
    ],
)
def test_the_extension_of_a_key(key: str, expected: str) -> None:
    assert extension(key) == expected


@pytest.mark.parametrize(
    "key", ["README", "a/README.md", "readme.txt", "a.csv", "x.JSON", "b.py", "a.csv.gz", "R.md.GZ"]
)
def test_keys_of_text_files_are_recognised(key: str) -> None:
    assert DEFAULT_RULES.has_content(key)
    assert not needs_reader(key)


@pytest.mark.parametrize("key", ["a.pdf", "README.pdf", "b/a.PARQUET", "a.parquet.gz", "a.xlsx"])
def test_tables_and_documents_have_content_that_needs_a_reader(key: str) -> None:
    assert DEFAULT_RULES.has_content(key)
    assert needs_reader(key)


@pytest.mark.parametrize("key", ["a.png", "a.csv.bz2", "a.tar.gz", "b.gz", "data", "readme/data"])
def test_other_files_have_no_content(key: str) -> None:
    assert not DEFAULT_RULES.has_content(key)


def test_a_bucket_has_extensions_of_its_own() -> None:
    rules = ContentRules(frozenset({".fasta"}))
    assert [key for key in ("a.fasta", "a.fasta.gz", "README", "a.csv", "README.md") if rules.has_content(key)] == [
        "a.fasta",
        "a.fasta.gz",
        "README",
    ]
    assert not ContentRules(frozenset()).has_content("README")
    assert not ContentRules(max_bytes=0).has_content("a.csv")


def test_text_is_decoded_leniently() -> None:
    assert decode(b"\xef\xbb\xbfa\x00b\xffc") == "ab\ufffdc"
    assert decode("wine é".encode("utf-16")) == "wine é"


def test_no_more_text_than_the_limit_is_kept_and_no_character_is_cut() -> None:
    assert extract_text("a.txt", b"x" * 100, max_bytes=10) == "x" * 10
    assert extract_text("a.ipynb", notebook({"source": "é" * 50}), max_bytes=11) == "é" * 5


def notebook(*cells: object) -> bytes:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def test_a_notebook_is_read_by_cell_with_the_outputs_that_are_text() -> None:
    picture = base64.b64encode(bytes(300_000)).decode()
    body = notebook(
        {"cell_type": "markdown", "source": ["# Red\n", "wine"]},
        {
            "cell_type": "code",
            "source": "print(acidity)",
            "outputs": [
                {"output_type": "display_data", "data": {"image/png": picture, "text/plain": ["<Figure>"]}},
                {"output_type": "stream", "name": "stdout", "text": ["7.4\n", "7.8\n"]},
                {"output_type": "error", "ename": "KeyError", "evalue": "sulphates", "traceback": ["noise"]},
                {"output_type": "execute_result", "data": {"text/html": "<b>left</b>", "text/plain": "out"}},
            ],
        },
        {"cell_type": "code", "source": "last = 'cell'", "outputs": []},
    )
    text = extract_text("a.ipynb", body)
    assert text == ("# Red\nwine\n\nprint(acidity)\n<Figure>\n7.4\n7.8\n\nKeyError sulphates\nout\n\nlast = 'cell'")


def test_a_notebook_of_version_3_is_read() -> None:
    body = json.dumps({"worksheets": [{"cells": [{"input": "x = 1", "outputs": [{"text": "old"}]}]}]}).encode()
    assert extract_text("a.ipynb", body) == "x = 1\nold"


@pytest.mark.parametrize(
    "body",
    [b'{"cells": [{"source": "cut o', b"[1]", b"[" * 100_000, b"", b'{"cells": {"a": 1}}', b'{"cells": [1, null]}'],
)
def test_what_is_no_notebook_does_no_harm(body: bytes) -> None:
    assert extract_text("a.ipynb", body) in {decode(body)[:65_536], ""}


def test_the_text_of_a_page_is_found_without_scripts_and_styles() -> None:
    script = "var data = [" + "1234567890," * 20_000 + "];"
    page = f"""<!doctype html><html><head><title>About w&iacute;ne</title><style>p {{color: red}}</style>
    <script>{script} if (1 < 2) {{ document.write("<p>not shown</p>") }}</script></head>
    <body><h1>Vinho</h1><p>ver<b>de</b> &amp; cold</p><!-- comment --><ul><li>one<li>two</ul><template>t</template>
    <script src=x></script><img src="data:image/png;base64,{"QUJD" * 20_000}" alt="">last"""
    assert extract_text("a.html", page.encode()) == "About wíne\nVinho\nverde & cold\none\ntwo\nlast"


def test_a_page_in_the_encoding_that_it_names_is_decoded() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">вино'.encode("cp1251")
    assert extract_text("a.htm", page) == "вино"


@pytest.mark.parametrize("piece", ["<", "<a ", '<a b="', "<!--", "&", "<script>", "<![CDATA[", "<p>" * 9])
def test_a_page_that_ends_nothing_is_read_quickly(piece: str) -> None:
    """The parser's time would grow with the square of the size: many seconds for this."""
    page = (piece * (1 << 19))[: 1 << 19]
    assert len(extract_text("a.html", page.encode(), max_bytes=1 << 19)) <= len(page)


def test_what_gzip_holds_is_text_by_name_and_by_encoding() -> None:
    body = gzip.compress(b"a,b\n1,2\n3,zqgzword\n")
    for name, encoding in (("a.csv.gz", ""), ("a.csv", "gzip"), ("a.csv", "aws-chunked, GZIP"), ("a.csv", "")):
        assert extract_text(name, body, encoding) == "a,b\n1,2\n3,zqgzword\n", (name, encoding)
    assert extract_text("a.csv.gz", gzip.compress(body), "gzip") == "a,b\n1,2\n3,zqgzword\n"
    assert extract_text("a.ipynb.gz", gzip.compress(notebook({"source": "deep"}))) == "deep"
    assert extract_text("a.html.gz", gzip.compress(b"<p>deep</p>")) == "deep"


def test_gzip_of_several_members_and_cut_off_gzip_are_read() -> None:
    members = b"".join(gzip.compress(f"block{number}\n".encode()) for number in range(200))
    assert extract_text("a.vcf.gz", members + bytes(100)) == "".join(f"block{number}\n" for number in range(200))
    whole = gzip.compress("".join(f"line {number * number}\n" for number in range(5000)).encode())
    assert extract_text("a.txt.gz", whole[: len(whole) // 2]).startswith("line 0\nline 1\nline 4\n")
    assert extract_text("a.txt.gz", whole[:5]) == ""


def test_a_small_file_that_expands_without_end_gives_no_more_than_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000).replace(b"\0", b"z"))
    assert extract_text("a.txt.gz", gzip.compress(bomb)) == "z" * 65_536
    assert extract_text("a.txt.gz", gzip.compress(b"") * 100_000) == ""


@pytest.mark.parametrize("encoding", ["UTF-8", "gzip", "br", "deflate", "zstd", "nonsense", ",", "text/csv; q=1"])
def test_a_wrong_content_encoding_does_no_harm(encoding: str) -> None:
    assert extract_text("a.csv", "acidity é".encode(), encoding) == "acidity é"
    assert extract_text("a.csv", ("é" * 40_000).encode()[:65_535], encoding).startswith("é" * 32_767)


@pytest.mark.parametrize(("name", "encoding"), [("a.csv", "br"), ("a.csv", "deflate"), ("a.csv.gz", "")])
def test_compressed_bytes_that_cannot_be_read_are_not_taken_for_text(name: str, encoding: str) -> None:
    assert extract_text(name, zlib.compress(b"a,b\n" * 1000), encoding) == ""
