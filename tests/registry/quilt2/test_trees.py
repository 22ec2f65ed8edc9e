"""Content trees: the client's hashes, and refusals of malformed trees."""

from typing import Any

import pytest
from support.worlds.quilt2_world import H1, H2, H3, HE, V4, Node, file, group, root, table

from registry.quilt2.errors import TreeInvalid
from registry.quilt2.services import trees

ANY = frozenset({"ROOT", "GROUP", "FILE", "TABLE"})
README = file(HE, metadata={"q_ext": "id", "q_path": "README", "q_target": "file"})


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (root(), "3e659fce4c878d0ad00f6df85ca1aef2aa1bcef25137f030312f01f39d256a82"),
        (root(foo=group()), "c118d4aa439bbf240c484cf9ccfa625114969007107ff69fd2eb6a24165de035"),
        (root(bar=group()), "f468e3df820678f9cec4bd8459ceb7a1540f5b4df02cfb298535d3408d828d8e"),
        (root(baz=group()), "f9774d011042e994a02a4a299faa7484ee2e982afb6b7cb52ee49cf010c38f6e"),
        (root(file=file(H3)), "ede3e3b8d0d3df8503aa9b27d592b5e27281f929cb440a556a2d0c3c52a912e7"),
        (V4, "a20597100b045f5420de46b7188590e8688bcfe2ac01e9cbefe26f8919b3f44d"),
        (root(file=file(H3, metadata_hash=HE)), "005e492ae66eb277c973e2128cd9be40131c31d3341d58a4787e4d4a5ecf6218"),
        ({**root(), "metadata_hash": HE}, "7ed862fff13ef1bb201c90cbaf10dc18af1217b23f99eed0b75afe22389cf4b7"),
        (root(b=group(), B=group(), é=group()), "9753817a5acdac1a7fd87f060e80402eaeec17842d73e3366d8533b8f8673842"),
        (
            root(g={**group(README=README), "metadata_hash": HE}),
            "e1f9dc5b903804481ee6daa90cf6c4b78b60eadf8d846f6973437641c48633bd",
        ),
    ],
)
def test_package_hashes_equal_those_of_the_client(tree: Node, expected: str) -> None:
    assert trees.package_hash(trees.checked(tree, types=ANY)) == expected


def test_the_canonical_form_has_every_member_that_the_client_wants_and_no_other() -> None:
    leaf = {"type": "FILE", "hashes": [H1], "metadata_hash": None}
    assert trees.checked(root(a=leaf), types=ANY) == root(a={"type": "FILE", "hashes": [H1], "metadata": {}})
    assert trees.checked(V4, types=ANY) == V4


def deep(levels: int) -> Node:
    tree: Node = {"type": "GROUP", "children": {}}
    for _ in range(levels):
        tree = {"type": "GROUP", "children": {"a": tree}}
    return tree


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"type": "LINK"},
        {"type": ["ROOT"]},
        {"type": "ROOT"},
        {"type": "ROOT", "children": []},
        {"type": "ROOT", "children": {}, "more": 1},
        {"type": "GROUP"},
        {"type": "FILE"},
        {"type": "FILE", "hashes": H1},
        {"type": "FILE", "hashes": [f"{H1}0"]},
        {"type": "FILE", "hashes": [f"{H1}\n"]},
        {"type": "FILE", "hashes": [H1.upper()]},
        {"type": "FILE", "hashes": [1]},
        {"type": "FILE", "hashes": [], "format": "PARQUET"},
        {"type": "FILE", "hashes": [], "metadata": []},
        {"type": "FILE", "hashes": [], "metadata": {"a": [{"type": "x"}]}},
        {"type": "TABLE", "hashes": []},
        {"type": "TABLE", "hashes": [], "format": "HDF5"},
        {"type": "ROOT", "children": {}, "metadata_hash": "x"},
        root(a=root()),
        *(root(**{name: group()}) for name in ("", ".", "..", "a/b", "../a", "type", "\0")),
        deep(101),
        deep(900),
    ],
)
def test_a_malformed_tree_is_refused(raw: Any) -> None:
    with pytest.raises(TreeInvalid):
        trees.checked(raw, types=ANY)


def test_the_objects_of_a_tree_are_those_of_leaves_and_metadata() -> None:
    tree = root(g={**group(a=file(H1, H2), b=file(H1)), "metadata_hash": HE}, t=table(H3))
    assert list(trees.objects(tree)) == [HE, H1, H2, H3]
    assert list(trees.objects(tree, meta_only=True)) == [HE]


def test_a_preview_shows_ten_names_at_each_of_four_levels() -> None:
    many = root(**{f"n{number:02}": file() for number in range(12)})
    assert trees.preview(many) == [*([f"n{number:02}", None] for number in range(10)), ["...", None]]
    shown: list[Any] = [["...", None]]
    for _ in range(4):
        shown = [["a", shown]]
    assert trees.preview(root(a=deep(4), z=group())) == [*shown, ["z", []]]


def test_file_types_are_the_extensions_of_the_original_files() -> None:
    paths = ["a.JPG", "x\\y.jpg", "dir.d/noending", None, "", "q.exe"]
    leaves = {f"n{number}": file(metadata={"q_path": path}) for number, path in enumerate(paths)}
    assert trees.file_types(root(**leaves, none=file())) == {".jpg": 2, "": 4, ".exe": 1}
