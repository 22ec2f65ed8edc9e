"""Fields as queries name them: by a name in `fields.FIELDS`, by an alias, or by a path in user metadata.

`meta.qc.level` and `meta:/qc/level` are the same path. A key with a dot, a space or another sign stands in quotation marks:
`meta."a.b".c`.
"""

import re
from dataclasses import dataclass

from shared.errors import Invalid
from shared.index.search.clauses import All, Clause, Equals
from shared.index.search.fields import (
    ALIASES,
    FIELDS,
    MAX_POINTER,
    METADATA,
    DocumentName,
    FieldKind,
    metadata_field,
    pointer_parts,
)

TAGS = metadata_field(["tags"])

_SHORT_FOR = {"tag": TAGS}
_STEP = re.compile(r"""\.(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>(?:\\.|[^".\\])+))""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NamedField:
    field: str
    """Name in `fields.FIELDS`, or `meta:` and a JSON pointer."""
    kind: FieldKind
    document: DocumentName | None = None
    """The name means the field in documents of this kind only."""

    def limited(self, clause: Clause) -> Clause:
        """The clause, for documents in which the name means the field."""
        return All((Equals("kind", self.document), clause)) if self.document else clause


def find_field(name: str) -> NamedField | None:
    """The field of this name; None when there is none. Raises Invalid for a path in metadata that cannot be read."""
    if name in FIELDS:
        return NamedField(name, FIELDS[name].kind)
    if name in ALIASES:
        row, document = ALIASES[name]
        return NamedField(row.name, row.kind, document if document and len(row.documents) > 1 else None)
    if name in _SHORT_FOR:
        return NamedField(_SHORT_FOR[name], FieldKind.METADATA)
    if name.startswith(METADATA):
        try:
            parts = pointer_parts(name.removeprefix(METADATA))
        except ValueError as error:
            raise Invalid(str(error)) from None
        return NamedField(metadata_field(parts), FieldKind.METADATA)
    return NamedField(metadata_field(_steps(name)), FieldKind.METADATA) if name.startswith("meta.") else None


def named_field(name: str) -> NamedField:
    """Raises Invalid when there is no field of this name."""
    found = find_field(name)
    if found is None:
        known = ", ".join(FIELDS)
        raise Invalid(f"There is no field {name[:80]!r}. Fields are: {known}, and meta.<path> for user metadata")
    return found


def unescaped(raw: str) -> str:
    """The text without the backslashes that take characters literally. Before letters and digits a backslash is itself."""
    return re.sub(r"\\([^\w]|_)", r"\1", raw)


def _steps(path: str) -> list[str]:
    """The keys of a path like `meta.qc."a.b"`."""
    steps: list[str] = []
    at = len("meta")
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            break
        steps.append(unescaped(found["quoted"] if found["plain"] is None else found["plain"]))
        at = found.end()
    if at < len(path) or len(path) > MAX_POINTER:
        raise Invalid(f'{path[:80]!r} is not a path in metadata. Write meta.<key>.<key>, or meta."a key".<key>')
    return steps
