"""Written manifests have the bytes of `json.dumps`, and the top hash with which they are read."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.index.trees.blocks.drafts import write_block
from shared.index.trees.blocks.frames import DraftPage, DraftTask
from shared.index.trees.entry_writer import NO_META, EntryWriter, canonical_entry, entry_meta
from shared.index.trees.manifest_reader import ManifestReader
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.nodes import Leaf, Standing, TreeFile, pack_quickly
from shared.quilt.metadata import MAX_METADATA_DEPTH

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['"', "\\", "\x7f", "\n", "é", "\U0001f600"]
)
NAMES = TEXTS.filter(lambda name: name not in {"", ".", ".."} and "/" not in name)
VALUES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
)
METAS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(TEXTS, VALUES | st.lists(VALUES, max_size=3), max_size=3)
FILES = st.builds(
    TreeFile,
    name=NAMES,
    physical_key=TEXTS.map(lambda key: f"file:///{key}".replace("?", "")),
    size=st.integers(0, 2**40),
    hash_type=TEXTS,
    hash_value=TEXTS,
    meta=METAS.map(lambda meta: json.dumps(meta, ensure_ascii=False).encode() if meta else None),
)


@given(NAMES, FILES)
def test_an_entry_equals_what_the_standard_library_writes(directory: str, file: TreeFile) -> None:
    meta = json.loads(file.meta or b"{}")
    entry = {
        "logical_key": f"{directory}/{file.name}",
        "physical_keys": [file.physical_key],
        "size": file.size,
        "hash": {"type": file.hash_type, "value": file.hash_value},
        "meta": meta,
    }
    hashed = {name: value for name, value in entry.items() if name != "physical_keys"}
    made = canonical_entry(f"{directory}/", file, entry_meta(file.meta) if file.meta else NO_META)
    assert made == (
        json.dumps(hashed, sort_keys=True, separators=(",", ":")),
        json.dumps(entry, ensure_ascii=False) + "\n",
    )


@settings(max_examples=15)
@given(st.lists(FILES, max_size=4, unique_by=lambda file: file.name), METAS.filter(bool))
def test_a_written_manifest_has_the_top_hash_with_which_it_is_read(files: list[TreeFile], meta: dict[str, Any]) -> None:
    require_read_as_written(files, meta)


@pytest.mark.long
@settings(max_examples=200)
@given(st.lists(FILES, max_size=10, unique_by=lambda file: file.name), METAS.filter(bool))
def test_manifests_of_many_kinds_have_the_top_hash_with_which_they_are_read(
    files: list[TreeFile], meta: dict[str, Any]
) -> None:
    require_read_as_written(files, meta)


def require_read_as_written(files: list[TreeFile], meta: dict[str, Any]) -> None:
    draft = ManifestDraft({"version": "v0", "message": "é", "user_meta": meta})
    draft.add_directory("data", json.dumps(meta, ensure_ascii=False).encode())
    draft.add_files("data/", sorted(files, key=lambda file: file.name))
    written = draft.finish()
    body = b"".join(draft.parts(100))
    draft.close()
    reader = ManifestReader()
    reader.feed(body)
    list(reader.finish())
    assert (written.length, written.entries) == (len(body), len(files))
    assert (reader.contents.top_hash, reader.contents.root.size) == (written.top_hash, written.size)
    assert max(map(len, body.splitlines())) <= draft.longest_line <= 4 * len(body)
    assert (draft.header, draft.message) == (reader.contents.header, "é")
    assert all(line == json.dumps(json.loads(line), ensure_ascii=False) for line in body.decode().split("\n")[:-1])


def test_a_block_ends_at_a_page_that_is_not_what_was_said_of_it_and_at_metadata_that_is_too_deep() -> None:
    def page(entries: int, depth: int = 1) -> DraftPage:
        meta = b'{"a":' * depth + b"1" + b"}" * depth
        file = TreeFile("a.csv", "s3://b/a", 3, "SHA256", "h", meta)
        return DraftPage("d/", pack_quickly(Leaf([file])), entries, Standing.KEPT)

    writer = EntryWriter()
    whole = write_block(DraftTask([page(1), page(1, MAX_METADATA_DEPTH)], 0), writer)
    assert (whole.entries, whole.size, whole.is_broken, whole.is_too_deep) == (2, 6, False, False)
    broken = write_block(DraftTask([page(1), page(2), page(1)], 0), writer)
    assert (broken.entries, broken.is_broken) == (1, True)
    deep = write_block(DraftTask([page(1), page(1, MAX_METADATA_DEPTH + 1)], 0), writer)
    assert (deep.entries, deep.is_too_deep) == (1, True)
