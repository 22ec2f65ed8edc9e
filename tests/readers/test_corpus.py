import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from readers.running import preview, run

from shared.readers.errors import NoSuchReader, UnreadableFile

CORPUS = Path(__file__).parent / "corpus"
ROOMS = ("plain", "documents", "pictures", "science")
EXPECTED: dict[str, dict[str, dict[str, Any]]] = {
    room: json.loads((CORPUS / room / "expected.json").read_text()) for room in ROOMS
}
FILES = [(room, name) for room in ROOMS for name in EXPECTED[room]]
MAX_FILE_BYTES = 50_000


@pytest.mark.parametrize("room", ROOMS)
def test_each_file_of_the_corpus_has_a_source_a_licence_and_an_expectation(room: str) -> None:
    files = {path.name for path in (CORPUS / room).iterdir()} - {"README.md", "expected.json"}
    assert files == set(EXPECTED[room])
    described = (CORPUS / room / "README.md").read_text()
    assert [name for name in files if f"`{name}`" not in described] == []


def test_files_of_the_corpus_are_small() -> None:
    assert [path.name for path in CORPUS.rglob("*") if path.is_file() and path.stat().st_size > MAX_FILE_BYTES] == []


@pytest.mark.parametrize(("room", "name"), FILES)
def test_preview_of_a_real_file(room: str, name: str) -> None:
    content = (CORPUS / room / name).read_bytes()
    expected = EXPECTED[room][name]
    if "unreadable" in expected:
        with pytest.raises(UnreadableFile, match=expected["unreadable"]):
            preview(content, name)
        return
    found = preview(content, name)
    assert found["size"] == len(content)
    assert found["read_bytes"] > 0
    assert {key: _shown(found).get(key) for key in expected if "thumbnail" not in key} == {
        key: value for key, value in expected.items() if "thumbnail" not in key
    }


@pytest.mark.parametrize(("room", "name"), FILES)
def test_thumbnail_of_a_real_file(room: str, name: str) -> None:
    content = (CORPUS / room / name).read_bytes()
    expected = EXPECTED[room][name]
    if "thumbnail" not in expected:
        with pytest.raises((NoSuchReader, UnreadableFile)):
            run("thumbnail", content, name)
        return
    answer = run("thumbnail", content, name, width=64, height=64)
    assert answer.media_type == "image/webp"
    assert list(Image.open(io.BytesIO(answer.body)).size) == expected["thumbnail"]


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    """The answer in the short form of the expectations."""
    shown = dict(found) | {"reader": found["reader"].partition("/")[0]}
    if found["kind"] == "text":
        shown["begins"] = found["text"][:60]
        shown["details"] = {key: value for key, value in found["details"].items() if key != "line_ends"}
    elif found["kind"] == "tree":
        shown["paths"] = [node["path"] for node in found["nodes"]][:12]
        shown["shapes"] = [node["shape"] for node in found["nodes"]][:12]
    elif found["kind"] == "notebook":
        shown["cells"] = [
            cell["type"][0] + "".join(output["type"][0] for output in cell["outputs"]) for cell in found["cells"]
        ]
    elif found["kind"] == "document":
        shown["page_beginnings"] = [page["text"][:40] for page in found["pages"][:5]]
    elif found["kind"] == "archive":
        shown["members"] = [member["path"] for member in found["members"]][:4]
    elif found["kind"] == "table":
        shown["columns"] = [[column["name"], column["type"]] for column in found["columns"]]
        shown["first"] = found["rows"][:1]
    return shown
