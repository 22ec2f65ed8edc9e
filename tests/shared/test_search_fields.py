"""Each field of a search has a place in the Postgres backend, or is one that needs the search engine."""

import pytest

from shared.index.search.fields import ALIASES, FIELDS, FieldKind, facet_ranges, metadata_field, pointer_parts
from shared.index.search.predicates import OBJECT, ONLY_ENGINE, PACKAGE, SearchableDocument


@pytest.mark.parametrize(("name", "document"), [("object", OBJECT), ("package", PACKAGE)])
def test_each_field_has_a_column_or_as_text_a_weight(name: str, document: SearchableDocument) -> None:
    fields = {row.name: row.kind for row in FIELDS.values() if name in row.documents and row.name not in ONLY_ENGINE}
    assert document.weights.keys() == {name for name, kind in fields.items() if kind is FieldKind.TEXT}
    assert document.columns.keys() == {name for name, kind in fields.items() if kind is not FieldKind.TEXT}


def test_texts_neither_sort_nor_have_facets_and_names_are_unique() -> None:
    assert not [row.name for row in FIELDS.values() if row.kind is FieldKind.TEXT and (row.sorts or row.facets)]
    assert not FIELDS.keys() & ALIASES.keys()
    assert len(ALIASES) == sum(len(row.aliases) for row in FIELDS.values())
    for row in FIELDS.values():
        assert {alias.document for alias in row.aliases} <= {*row.documents, None}


@pytest.mark.parametrize("keys", [["a"], ["qc", "level"], ["a/b", "c~d", "~1", ""], ["a.b", " ", "é"]])
def test_a_json_pointer_has_the_keys_from_which_it_was_made(keys: list[str]) -> None:
    assert pointer_parts(metadata_field(keys).removeprefix("meta:")) == keys


@pytest.mark.parametrize("text", ["", "a", "a/b", "/a~", "/a~2", "/" + "x" * 1_000])
def test_what_is_no_json_pointer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JSON pointer"):
        pointer_parts(text)


def test_ranges_of_a_facet_cover_its_values() -> None:
    assert facet_ranges(3, 3) == [(3, 3)]
    ranges = facet_ranges(0, 5)
    assert (ranges[0][0], ranges[-1][1], len(ranges)) == (0, 5, 10)
    assert [end for _, end in ranges[:-1]] == [start for start, _ in ranges[1:]]
