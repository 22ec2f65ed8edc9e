"""Orders as requests and queries name them: `-modified`, `name`, `meta.qc.level`, `meta:/qc/level:number:desc`."""

import re
from typing import cast

from registry.services.search.query.named_fields import named_field, unescaped
from shared.errors import Invalid
from shared.index.search.fields import FIELDS, FieldKind
from shared.index.search.results import SearchOrder, ValueType

_ORDER = re.compile(
    r"(?P<minus>-?)(?P<field>.+?)(?::(?P<type>number|datetime|keyword|boolean))?(?::(?P<direction>asc|desc))?",
    re.DOTALL,
)


def parse_order(text: str) -> SearchOrder:
    """The order; without a type for a path of metadata, `SearchOrder.type` is None. Raises Invalid."""
    found = _ORDER.fullmatch(text)
    if found is None:
        raise Invalid("The field to sort by is missing")
    raw = found["field"]
    named = named_field(raw if raw.startswith(("meta.", "meta:")) else unescaped(raw))
    of_metadata = named.kind is FieldKind.METADATA
    if not of_metadata and not FIELDS[named.field].sorts:
        raise Invalid(f"Cannot sort by {named.field}, which is text")
    if found["type"] and not of_metadata:
        raise Invalid(f"Only a field of metadata is sorted by a type, which {named.field} is not")
    descending = found["direction"] == "desc" if found["direction"] else bool(found["minus"])
    return SearchOrder(named.field, descending, cast("ValueType | None", found["type"]))
