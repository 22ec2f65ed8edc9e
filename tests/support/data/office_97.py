"""Documents of Word and PowerPoint as they were until 2003, written by their specifications."""

import struct


class CompoundWriter:
    """A compound file of streams that are each longer than 4,096 bytes, one sector of directory entries and one of allocations."""

    def __init__(self) -> None:
        self._sectors: list[bytes] = []
        self._next: list[int] = []
        self._entries: list[bytes] = []

    def add(self, name: str, content: bytes) -> None:
        start = self._append(content.ljust(4_096, b"\0"))
        self._entries.append(self._entry(name, 2, start, max(len(content), 4_096)))

    def content(self) -> bytes:
        entries = [self._entry("Root Entry", 5, 0xFFFFFFFE, 0), *self._entries]
        directory = self._append(b"".join(entries).ljust(1_024, b"\0"))
        table = len(self._sectors)
        allocations = [*self._next, 0xFFFFFFFD] + [0xFFFFFFFF] * (127 - len(self._next))
        header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
        header += struct.pack("<9I", 0, 1, directory, 0, 4_096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        header += struct.pack("<109I", table, *[0xFFFFFFFF] * 108)
        return header + b"".join(self._sectors) + struct.pack("<128I", *allocations)

    def _append(self, content: bytes) -> int:
        first = len(self._sectors)
        count = -(-len(content) // 512)
        self._sectors += [content[512 * index : 512 * (index + 1)].ljust(512, b"\0") for index in range(count)]
        self._next += [*range(first + 1, first + count), 0xFFFFFFFE]
        return first

    def _entry(self, name: str, kind: int, start: int, size: int) -> bytes:
        encoded = name.encode("utf-16-le")
        tree = struct.pack("<3I36x", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
        return (
            encoded.ljust(64, b"\0")
            + struct.pack("<HBB", len(encoded) + 2, kind, 1)
            + tree
            + struct.pack("<IQ", start, size)
        )


def word_document(pieces: list[tuple[str, bool]], *, flags: int = 0, footnotes: int = 0) -> bytes:
    """Pieces of text, and whether each is kept in one byte for a letter. The last letters are those of footnotes."""
    stream = bytearray(2_048)
    begins, places = [0], []
    for text, in_one_byte in pieces:
        encoded = text.encode("cp1252" if in_one_byte else "utf-16-le")
        places.append(len(stream) * 2 | 1 << 30 if in_one_byte else len(stream))
        stream += encoded
        begins.append(begins[-1] + len(text))
    list_of_pieces = struct.pack(f"<{len(begins)}I", *begins) + b"".join(
        struct.pack("<HIH", 0, place, 0) for place in places
    )
    table = b"\x01\x02\0ab" + b"\x02" + struct.pack("<I", len(list_of_pieces)) + list_of_pieces
    struct.pack_into("<2H6xH", stream, 0, 0xA5EC, 0xC1, 0x0200 | flags)
    struct.pack_into("<2I", stream, 0x4C, begins[-1] - footnotes, footnotes)
    struct.pack_into("<2I", stream, 0x1A2, 0, len(table))
    file = CompoundWriter()
    file.add("WordDocument", bytes(stream))
    file.add("1Table", table)
    return file.content()


def record(kind: int, content: bytes, *, instance: int = 0, is_container: bool = False) -> bytes:
    return struct.pack("<2HI", instance << 4 | (0x0F if is_container else 0), kind, len(content)) + content


def container(kind: int, *records: bytes, instance: int = 0) -> bytes:
    return record(kind, b"".join(records), instance=instance, is_container=True)


def text_of_kind(kind: int, text: str, *, in_bytes: bool = False) -> bytes:
    content = record(0x0FA8, text.encode("latin-1")) if in_bytes else record(0x0FA0, text.encode("utf-16-le"))
    return record(0x0F9F, struct.pack("<I", kind)) + content


def slides_until_2003(text: str, *, before: str = "") -> bytes:
    """One slide: its title is in the outline, its text on the slide, its notes apart. `before` is its text when it was saved first."""

    def slide(said: str) -> bytes:
        about = record(0x03EF, bytes(16) + struct.pack("<2I", 256, 0))
        title = container(0xF00D, record(0x0F9E, struct.pack("<I", 0)))
        return container(0x03EE, about, container(0x040C, title, container(0xF00D, text_of_kind(4, said))))

    notes = container(
        0x03F0, container(0x040C, container(0xF00D, text_of_kind(2, "Speak slowly"), text_of_kind(4, "*")))
    )
    place = record(0x03F3, struct.pack("<5I", 2, 0, 1, 300, 0))
    place_of_notes = record(0x03F3, struct.pack("<5I", 3, 0, 0, 256, 0))
    document = container(
        0x03E8,
        container(0x0FF0, place, text_of_kind(0, "Harvest", in_bytes=True)),
        container(0x0FF0, place_of_notes, instance=2),
    )
    stream = b""
    places = {}
    for number, content in ((1, document), (2, slide(before)), (3, notes)):
        places[number] = len(stream)
        stream += content
    first_list = len(stream)
    stream += record(0x1772, struct.pack("<4I", 3 << 20 | 1, *places.values()))
    first_edit = len(stream)
    stream += record(0x0FF5, struct.pack("<7I", 0, 0, 0, first_list, 1, 4, 0))
    changed = len(stream)
    stream += slide(text)
    second_list = len(stream)
    stream += record(0x1772, struct.pack("<2I", 1 << 20 | 2, changed))
    second_edit = len(stream)
    stream += record(0x0FF5, struct.pack("<7I", 0, 0, first_edit, second_list, 1, 4, 0))
    file = CompoundWriter()
    file.add("PowerPoint Document", stream)
    file.add("Current User", record(0x0FF6, struct.pack("<3I", 20, 0xE391C05F, second_edit)))
    return file.content()
