"""Parts of Office documents, which are zip files, and how they refer to each other. Layout: ECMA-376, part 2."""

import posixpath
from typing import NamedTuple

from shared.readers import compound_files
from shared.readers.errors import UnreadableFile
from shared.readers.members import ZipArchive
from shared.readers.source import RangeSource
from shared.readers.xml_events import XmlHandler, parse_xml

_MAX_PART_BYTES = 32 << 20


class Relation(NamedTuple):
    kind: str
    target: str
    """Path of a part, or an address."""


class _Relations:
    def __init__(self, folder: str) -> None:
        self.found: dict[str, Relation] = {}
        self._folder = folder

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = Relation(kind, self._resolved(attributes.get("Target", "")))

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...

    def _resolved(self, target: str) -> str:
        return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{self._folder}/{target}")


def open_document(source: RangeSource) -> ZipArchive:
    if source.read(0, len(compound_files.MAGIC)) == compound_files.MAGIC:
        raise UnreadableFile("The document is protected by a password, or it was saved by Office until 2003")
    return ZipArchive(source)


def package_relations(archive: ZipArchive, part: str) -> dict[str, Relation]:
    """Targets of a part, by the names that it uses for them."""
    folder, _, name = part.rpartition("/")
    relations = _Relations(folder)
    parse_part(archive, f"{folder}/_rels/{name}.rels", relations, required=False)
    return relations.found


def parse_part(archive: ZipArchive, part: str, handler: XmlHandler, *, required: bool = True) -> bool:
    """False where only the beginning was read, and for a missing part that is not required. Raises UnreadableFile."""
    member = archive.find(part)
    if member is None:
        if required:
            raise UnreadableFile(f"The document has no part {part}: it is damaged, or of another kind")
        return False
    return parse_xml(archive.open(member), handler, max_bytes=_MAX_PART_BYTES)
