"""The fields of searches, from the table in the code."""

from support.docs.reference.markdown import code, page, table

from shared.index.search.fields import FIELDS, FieldKind, SearchField

_VALUES = {
    FieldKind.TEXT: "words",
    FieldKind.KEYWORD: "a whole value",
    FieldKind.NUMBER: "a number",
    FieldKind.DATE: "a date",
    FieldKind.FLAG: "`true` or `false`",
}
_DOCUMENTS = {"package": "packages", "object": "objects"}


def search_fields_page() -> str:
    return page(
        "Search fields",
        "`shared.index.search.fields`",
        "The fields of [the query language](../api/search.md), and what can be sorted by and counted. Each path in user metadata is "
        "another field, `meta.<path>`, that sorts and has facets. The last column has other names, from Elasticsearch documents of Quilt.",
        table(
            "field",
            "of",
            "compares",
            "what it is",
            "sorts",
            "facet",
            "other names",
            rows=[_row(field) for field in FIELDS.values()],
        ),
    )


def _row(field: SearchField) -> tuple[str, ...]:
    return (
        code(field.name),
        " and ".join(_DOCUMENTS[each] for each in field.documents),
        _VALUES[field.kind],
        field.description,
        "yes" if field.sorts else "",
        "yes" if field.facets else "",
        " ".join(code(alias.name) for alias in field.aliases),
    )
