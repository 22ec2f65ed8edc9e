"""Text of Word documents and PowerPoint slides that were saved before .docx and .pptx. Layouts: [MS-DOC], [MS-PPT], [MS-OLEPS]."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal

from shared.readers.compound_files import CompoundFile
from shared.readers.errors import UnreadableFile
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import RangeSource
from shared.schemas.previews import DocumentPage, DocumentPreview

_MAX_PAGES = 500
_MAX_CHARACTERS = 16 << 20
_PROTECTED = "The document is protected by a password"

# Word.
_WORD = 0xA5EC
_WORD_97 = 0xC1
"""Versions before have the text in one piece."""
_IS_ENCRYPTED, _IN_TABLE_1 = 0x0100, 0x0200
_TEXT_LENGTHS = 0x4C
"""Place of the lengths of the main text, footnotes, headers, macros, comments, endnotes and text boxes."""
_PIECES = 0x1A2
_MAX_PIECES = 1_000_000
_IN_ONE_BYTE = 1 << 30
_HEADERS = 2
_MAX_FIELD_DEPTH = 4

# PowerPoint.
_IS_CONTAINER = 0x0F
_DOCUMENT, _SLIDE_TEXTS, _SLIDE_PLACE, _SLIDE, _SLIDE_SAID = 0x03E8, 0x0FF0, 0x03F3, 0x03EE, 0x03EF
_TEXT_KIND, _TEXT, _TEXT_IN_BYTES, _OUTLINE_TEXT = 0x0F9F, 0x0FA0, 0x0FA8, 0x0F9E
_EDIT, _PLACES = 0x0FF5, 0x1772
_TITLES, _NOTES = frozenset({0, 6}), 2
_ENCRYPTED_USER = 0xF3D1C4DF
_MAX_RECORDS = 500_000
_MAX_DEPTH = 32
_MAX_EDITS = 1_000

_PROPERTIES = {2: "title", 4: "creator", 12: "created", 13: "modified", 14: "pages", 15: "words", 18: "application"}
_MAX_PROPERTY_BYTES = 500


def preview_doc(source: RangeSource, _name: str, options: PreviewOptions) -> DocumentPreview:
    file = CompoundFile(source)
    texts = _pages_of_doc(file)
    first = max(options.page or 1, 1)
    pages: list[DocumentPage] = []
    left = options.max_bytes
    for number, text in islice(enumerate(texts, 1), first - 1, first - 1 + _MAX_PAGES):
        pages.append(DocumentPage(number=number, text=text[:left]))
        left -= len(text)
        if left <= 0:
            break
    return _document(file, "doc", pages, len(texts), is_cut=left < 0)


def texts_of_doc(source: RangeSource, _name: str, max_bytes: int) -> str:
    return "\n".join(_pages_of_doc(CompoundFile(source)))[:max_bytes]


def preview_ppt(source: RangeSource, _name: str, options: PreviewOptions) -> DocumentPreview:
    file = CompoundFile(source)
    slides = _Slides(file)
    first = max(options.page or 1, 1)
    pages: list[DocumentPage] = []
    left = options.max_bytes
    for number in range(first, min(first + _MAX_PAGES, len(slides.places) + 1)):
        page = slides.page(number)
        left -= len(page.text) + len(page.notes or "")
        pages.append(page)
        if left <= 0:
            break
    return _document(file, "ppt", pages, len(slides.places), is_cut=False)


def texts_of_ppt(source: RangeSource, _name: str, max_bytes: int) -> str:
    slides = _Slides(CompoundFile(source))
    parts: list[str] = []
    left = max_bytes
    for number in range(1, min(len(slides.places), _MAX_PAGES) + 1):
        page = slides.page(number)
        parts += [page.text, page.notes or ""]
        left -= len(page.text)
        if left <= 0:
            break
    return "\n\n".join(filter(None, parts))


def _document(
    file: CompoundFile, kind: Literal["doc", "ppt"], pages: list[DocumentPage], total: int, *, is_cut: bool
) -> DocumentPreview:
    complete = len(pages) == total and not is_cut
    return DocumentPreview(
        **blank(
            complete=complete, notes=[] if complete else [f"The text of {len(pages):,} of {total:,} pages is shown"]
        ),
        format=kind,
        pages=pages,
        total_pages=total,
        has_pictures=False,
        details=_properties(file),
    )


def _pages_of_doc(file: CompoundFile) -> list[str]:
    """Texts between the page breaks that somebody set, then those of footnotes, comments and text boxes."""
    stream = file.stream("WordDocument") or b""
    if len(stream) < _TEXT_LENGTHS or int.from_bytes(stream[:2], "little") != _WORD:
        raise UnreadableFile("The document of Office holds no text of Word")
    version, flags = struct.unpack_from("<2xH6xH", stream)
    if flags & _IS_ENCRYPTED:
        raise UnreadableFile(_PROTECTED)
    if version < _WORD_97:
        begin, end = struct.unpack_from("<2I", stream, 0x18)
        return _pages(stream[begin : min(end, begin + _MAX_CHARACTERS)].decode("cp1252", "replace"))
    table = file.stream("1Table" if flags & _IN_TABLE_1 else "0Table")
    if table is None or len(stream) < _PIECES + 8:
        raise UnreadableFile("The document of Word is damaged: it does not say where its text is")
    text = "".join(_pieces(stream, table))
    parts = []
    begin = 0
    for index, length in enumerate(struct.unpack_from("<7I", stream, _TEXT_LENGTHS)):
        if index != _HEADERS:
            parts.append(text[begin : begin + length])
        begin += length
    return _pages(parts[0]) + [page for part in parts[1:] for page in _pages(part)]


def _pieces(stream: bytes, table: bytes) -> Iterator[str]:
    """The text, which is in pieces as it was typed."""
    place, length = struct.unpack_from("<2I", stream, _PIECES)
    found = table[place : place + length]
    while found.startswith(b"\x01"):  # changes of format
        found = found[3 + int.from_bytes(found[1:3], "little") :]
    if not found.startswith(b"\x02"):
        raise UnreadableFile("The document of Word is damaged: the list of its pieces of text is missing")
    found = found[5 : 5 + int.from_bytes(found[1:5], "little")]
    count = min((len(found) - 4) // 12, _MAX_PIECES)
    begins = struct.unpack_from(f"<{count + 1}I", found)
    left = _MAX_CHARACTERS
    for index in range(count):
        length = min(max(begins[index + 1] - begins[index], 0), left)
        (begin,) = struct.unpack_from("<I", found, 4 * (count + 1) + 8 * index + 2)
        if begin & _IN_ONE_BYTE:
            begin = (begin & ~_IN_ONE_BYTE) // 2
            yield stream[begin : begin + length].decode("cp1252", "replace")
        else:
            yield stream[begin : begin + 2 * length].decode("utf-16-le", "replace")
        left -= length


_FIELD = re.compile(r"\x13[^\x13\x14\x15]*\x14|\x13[^\x13\x14\x15]*\x15|\x15")
"""The instruction of a field, which its result follows."""
_MARKS = str.maketrans(
    {"\r": "\n", "\x07": "\t", "\x0b": "\n", "\x1e": "-", "\x1f": None, "\xa0": " "}
    | dict.fromkeys("\0\x01\x02\x03\x04\x05\x06\x08\x0e\x13\x14\x15")
)


def _pages(text: str) -> list[str]:
    for _ in range(_MAX_FIELD_DEPTH):
        text = _FIELD.sub("", text)
    pages = (page.translate(_MARKS).strip("\n") for page in text.split("\x0c"))
    return [page for page in pages if page.strip()]


@dataclass(frozen=True, slots=True)
class _Record:
    kind: int
    instance: int
    is_container: bool
    begin: int
    end: int


class _Slides:
    """Slides in their order, and where each is stored: what was saved last counts."""

    def __init__(self, file: CompoundFile) -> None:
        stream, user = file.stream("PowerPoint Document"), file.stream("Current User")
        if stream is None or user is None or len(user) < 20:
            raise UnreadableFile("The document of Office holds no slides of PowerPoint 97 to 2003")
        self._stream = stream
        self._left = _MAX_RECORDS
        mark, edit = struct.unpack_from("<2I", user, 12)
        if mark == _ENCRYPTED_USER:
            raise UnreadableFile(_PROTECTED)
        self._places, document = self._saved(edit)
        self.places: list[tuple[int, list[tuple[int, str]]]] = []
        """The place of each slide, and the texts of its outline with their kinds."""
        self._notes: dict[int, int] = {}
        """Places of notes by their number."""
        self._read_document(self._places.get(document, -1))

    def page(self, number: int) -> DocumentPage:
        place, outline = self.places[number - 1]
        texts, notes_number, used_outline = self._texts_of_slide(place, outline)
        if not used_outline:
            texts = [*outline, *texts]
        notes: list[str] = []
        if notes_number in self._notes:
            found, _, _ = self._texts_of_slide(self._notes[notes_number], [])
            notes = [text for kind, text in found if kind == _NOTES]
        title = next((text for kind, text in texts if kind in _TITLES), None)
        return DocumentPage(
            number=number,
            title=title,
            text="\n\n".join(text for _, text in texts),
            notes="\n\n".join(notes) or None,
        )

    def _saved(self, edit: int) -> tuple[dict[int, int], int]:
        """Places of persistent objects by their number, and the number of the document."""
        places: dict[int, int] = {}
        document = 0
        seen: set[int] = set()
        while edit and edit not in seen and len(seen) < _MAX_EDITS:
            seen.add(edit)
            record = self._record(edit)
            if record is None or record.kind != _EDIT or record.end - record.begin < 28:
                break
            previous, listed, number = struct.unpack_from("<8x3I", self._stream, record.begin)
            if record.end - record.begin >= 32:  # with the key of an encryption
                raise UnreadableFile(_PROTECTED)
            document = document or number
            for key, place in self._listed(listed):
                places.setdefault(key, place)
            edit = previous
        return places, document

    def _listed(self, place: int) -> Iterator[tuple[int, int]]:
        record = self._record(place)
        if record is None or record.kind != _PLACES:
            return
        position = record.begin
        while position + 4 <= record.end:
            (head,) = struct.unpack_from("<I", self._stream, position)
            position += 4
            for index in range(min(head >> 20, (record.end - position) // 4)):
                yield (head & 0xFFFFF) + index, struct.unpack_from("<I", self._stream, position)[0]
                position += 4

    def _read_document(self, place: int) -> None:
        document = self._record(place)
        if document is None or document.kind != _DOCUMENT:
            raise UnreadableFile("The slides are damaged: the list of them is missing")
        for record in self._children(document):
            if record.kind == _SLIDE_TEXTS and record.instance in {0, 2}:
                self._read_list(record, are_notes=record.instance == 2)

    def _read_list(self, listed: _Record, *, are_notes: bool) -> None:
        kind = 0
        for record in self._children(listed):
            if record.kind == _SLIDE_PLACE and record.end - record.begin >= 16:
                reference, number = struct.unpack_from("<I8xI", self._stream, record.begin)
                place = self._places.get(reference, -1)
                if are_notes:
                    self._notes[number] = place
                else:
                    self.places.append((place, []))
            elif record.kind == _TEXT_KIND:
                kind = self._number(record)
            elif record.kind in {_TEXT, _TEXT_IN_BYTES} and self.places and not are_notes:
                self.places[-1][1].append((kind, self._text(record)))

    def _texts_of_slide(self, place: int, outline: list[tuple[int, str]]) -> tuple[list[tuple[int, str]], int, bool]:
        """Texts with their kinds, the number of the notes, and whether texts of the outline are among them."""
        slide = self._record(place)
        texts: list[tuple[int, str]] = []
        notes, kind, used = 0, -1, False
        for record in self._descendants(slide, 0) if slide else ():
            if record.kind == _SLIDE_SAID and record.end - record.begin >= 20:
                (notes,) = struct.unpack_from("<16xI", self._stream, record.begin)
            elif record.kind == _TEXT_KIND:
                kind = self._number(record)
            elif record.kind in {_TEXT, _TEXT_IN_BYTES}:
                texts.append((kind, self._text(record)))
            elif record.kind == _OUTLINE_TEXT and self._number(record) < len(outline):
                texts.append(outline[self._number(record)])
                used = True
        return [(kind, text) for kind, text in texts if text not in {"", "*"}], notes, used

    def _descendants(self, parent: _Record, depth: int) -> Iterator[_Record]:
        for record in self._children(parent):
            yield record
            if record.is_container and depth < _MAX_DEPTH:
                yield from self._descendants(record, depth + 1)

    def _children(self, parent: _Record) -> Iterator[_Record]:
        place = parent.begin
        while (record := self._record(place)) and record.end <= parent.end:
            yield record
            place = record.end

    def _record(self, place: int) -> _Record | None:
        begin = place + 8
        if not 0 <= place <= len(self._stream) - 8:
            return None
        self._left -= 1
        if self._left < 0:
            raise UnreadableFile("The slides have too many parts to be read")
        head, kind, length = struct.unpack_from("<2HI", self._stream, place)
        end = min(begin + length, len(self._stream))
        return _Record(kind, head >> 4, head & 0x0F == _IS_CONTAINER, begin, end)

    def _number(self, record: _Record) -> int:
        return int.from_bytes(self._stream[record.begin : min(record.end, record.begin + 4)], "little")

    def _text(self, record: _Record) -> str:
        data = self._stream[record.begin : min(record.end, record.begin + _MAX_CHARACTERS)]
        text = data.decode("utf-16-le" if record.kind == _TEXT else "latin-1", "replace")
        return text.translate(_MARKS).strip()


def _properties(file: CompoundFile) -> dict[str, str | int]:
    """Title, author and times. What cannot be read is left out: the text is worth more."""
    data = file.stream("\x05SummaryInformation") or b""
    found: dict[str, str | int] = {}
    try:
        (begin,) = struct.unpack_from("<I", data, 44)
        (count,) = struct.unpack_from("<I", data, begin + 4)
        places = dict(struct.iter_unpack("<2I", data[begin + 8 : begin + 8 + 8 * min(count, 100)]))
        page = _property(data, begin + places[1], 0) if 1 in places else 1252
        for number, name in _PROPERTIES.items():
            value = _property(data, begin + places[number], page) if number in places else None
            if value:
                found[name] = value
    except (struct.error, LookupError, ValueError, OverflowError):
        return found
    return found


def _property(data: bytes, place: int, page: str | int | None) -> str | int | None:
    (kind,) = struct.unpack_from("<I", data, place)
    match kind:  # of OLE: a short number, a long one, bytes, a time
        case 2:
            return int(struct.unpack_from("<H", data, place + 4)[0])
        case 3:
            return int(struct.unpack_from("<i", data, place + 4)[0])
        case 30:
            (length,) = struct.unpack_from("<I", data, place + 4)
            text = data[place + 8 : place + 8 + min(length, _MAX_PROPERTY_BYTES)]
            return text.decode(_encoding(page), "replace").partition("\0")[0].strip()
        case 64:
            (ticks,) = struct.unpack_from("<Q", data, place + 4)
            when = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
            return when.replace(microsecond=0).isoformat().replace("+00:00", "Z") if ticks else None
        case _:
            return None


_ENCODINGS = {65001: "utf-8", 1200: "utf-16-le", 10000: "mac-roman", 0: "cp1252"}
"""Encodings by code page, where their names differ."""


def _encoding(page: str | int | None) -> str:
    return _ENCODINGS.get(page, f"cp{page}") if isinstance(page, int) else "cp1252"


READERS = (
    Reader("doc", 1, "documents", preview_doc, texts=texts_of_doc),
    Reader("ppt", 1, "documents", preview_ppt, texts=texts_of_ppt),
)
