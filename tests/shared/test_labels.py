"""Titles, descriptions and kinds of files of packages."""

from dataclasses import dataclass

import pytest

from shared.quilt.file_kinds import BytesByKind, kind_of
from shared.quilt.labels import MAX_DESCRIPTION_CHARACTERS, PackageLabel, package_label


@pytest.mark.parametrize(
    ("meta", "readme", "title", "description"),
    [
        ({"title": " Wine \n data ", "description": "About wine"}, "# Beer", "Wine data", "About wine"),
        ({"title": 3, "description": ["x"]}, "# Beer\n\nAbout beer.", "Beer", "About beer."),
        (None, "", None, None),
        ({}, "Just a text\nover two lines.\n\nAnd more.", None, "Just a text over two lines."),
        ({}, "﻿---\ntitle: x\n---\n# Beer #\nAbout\r\nbeer.\n", "Beer", "About beer."),
        ({}, "Beer\n====\n\n- a list\n- of things\n\nAbout beer.", "Beer", "About beer."),
        (
            {},
            "[![build](https://x/b.svg)](https://x)\n\n# The **`wine`** [set](https://x)\n\n<p>\n\nFrom *Porto*, with [notes][1].",
            "The wine set",
            "From Porto, with notes.",
        ),
        (
            {},
            "# Beer\n\n```sh\n# not a heading\ninstall\n```\n\n| a | b |\n|---|---|\n\nAbout beer.",
            "Beer",
            "About beer.",
        ),
        ({}, "# Beer\n\n## Files\n\nTwo of them.", "Beer", "Two of them."),
    ],
)
def test_a_label_is_what_metadata_says_else_how_the_readme_begins(
    meta: dict[str, object] | None, readme: str, title: str | None, description: str | None
) -> None:
    assert package_label(meta, readme) == PackageLabel(title, description)


def test_a_long_description_ends_at_a_word() -> None:
    found = package_label({}, "wine " * 1000).description
    assert found
    assert len(found) <= MAX_DESCRIPTION_CHARACTERS
    assert found.endswith("wine…")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "tables"),
        ("A.CSV", "tables"),
        ("a.csv.gz", "tables"),
        ("plate.OME.TIFF", "images"),
        ("README.md", "text"),
        ("cells.h5ad", "arrays"),
        ("reads.fastq.gz", "sequences"),
        ("a.bin", "other"),
        ("Makefile", "other"),
        (".csv", "other"),
        ("a.gz", "other"),
        ("", "other"),
    ],
)
def test_the_extension_says_the_kind(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@dataclass
class _File:
    name: str
    size: int


def test_bytes_are_added_up_by_kind() -> None:
    totals = BytesByKind()
    totals.add_files([_File("a.csv", 3), _File("b.parquet", 4), _File("c.md", 0)])
    totals.add_files([_File("d.png", 5)])
    assert totals.finish() == {"tables": 7, "images": 5}


def test_bytes_of_files_are_the_same_whichever_of_them_is_the_first() -> None:
    names = ["a.csv", ".csv", "b.csv", "c.csv.gz", "d.gz", "e.CSV", "f", "g.", "a.b.png", "h.tar.Z.gz"]
    files = [_File(name, 1 << number) for number, name in enumerate(names)]
    singly = BytesByKind()
    for file in files:
        singly.add_files([file])
    for start in range(len(files)):
        together = BytesByKind()
        together.add_files(files[start:] + files[:start])
        assert together.finish() == singly.finish(), names[start]
