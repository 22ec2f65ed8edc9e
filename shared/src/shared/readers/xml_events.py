"""XML as events, in bounded memory. Declared entities are refused: they are how a small file becomes a large one."""

from typing import Protocol
from xml.parsers import expat

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource

_CHUNK_BYTES = 64 << 10
_MAX_DEPTH = 1000


class XmlHandler(Protocol):
    """Names come without their namespace. Of two attributes with one name, the one in a namespace counts."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class StopParsing(Exception):
    """Raised by a handler that has what it wants."""


def parse_xml(source: RangeSource, handler: XmlHandler, *, max_bytes: int) -> bool:
    """Read a document; False if not to its end. Raises UnreadableFile."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.ordered_attributes = False
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise UnreadableFile(f"The XML is nested more than {_MAX_DEPTH:,} deep")
        with_namespace_last = sorted(attributes.items(), key=lambda item: " " in item[0])
        handler.start(local_name(name), {local_name(key): value for key, value in with_namespace_last})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(local_name(name))

    def refuse_entity(*_: object) -> None:
        raise UnreadableFile("The XML declares entities, which are not read")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.EntityDeclHandler = refuse_entity
    position = 0
    try:
        while chunk := source.read(position, min(_CHUNK_BYTES, max_bytes - position)):
            parser.Parse(chunk, False)
            position += len(chunk)
        if position >= max_bytes and source.read(position, 1):
            return False
        parser.Parse(b"", True)
    except StopParsing:
        return False
    except expat.ExpatError as error:
        raise UnreadableFile(f"The XML is damaged: {error}") from error
    return True


def local_name(name: str) -> str:
    return name.rpartition(" ")[2]
