"""The fields of a search are the same for the query languages and for SQL."""

import pytest

from shared.index.search.clauses import OBJECT_FIELDS, PACKAGE_FIELDS, FieldKind
from shared.index.search.predicates import OBJECT, PACKAGE, SearchableDocument


@pytest.mark.parametrize(("fields", "document"), [(OBJECT_FIELDS, OBJECT), (PACKAGE_FIELDS, PACKAGE)])
def test_each_field_has_a_column_or_as_text_a_weight(
    fields: dict[str, FieldKind], document: SearchableDocument
) -> None:
    assert document.weights.keys() == {name for name, kind in fields.items() if kind is FieldKind.TEXT}
    assert document.columns.keys() == {name for name, kind in fields.items() if kind is not FieldKind.TEXT}
