"""Text of Word and PowerPoint documents, by paragraph and slide. Of the zip file, only the parts with text are read."""

import posixpath
from itertools import islice

from shared.readers.errors import UnreadableFile
from shared.readers.members import ZipArchive
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import BytesSource, RangeSource
from shared.readers.xml_events import StopParsing, parse_xml
from shared.schemas.previews import DocumentPage, DocumentPreview

_MAX_PART_BYTES = 32 << 20
_MAX_SLIDES = 500
_MAX_SEARCHED_MEMBERS = 100_000


def preview_docx(source: RangeSource, _name: str, options: PreviewOptions) -> DocumentPreview:
    archive = ZipArchive(source)
    body = _Paragraphs(options.max_bytes)
    complete = _parse_part(archive, "word/document.xml", body)
    pages = [DocumentPage(number=number, text=text) for number, text in enumerate(body.pages(), 1)]
    details = _properties(archive)
    return DocumentPreview(
        **blank(complete=complete, notes=[] if complete else ["Only the beginning of the text is shown"]),
        format="docx",
        pages=pages,
        total_pages=_number(details.get("pages")),
        has_pictures=False,
        details={**details, "pictures": _count_pictures(archive, "word/media/")},
    )


def texts_of_docx(source: RangeSource, _name: str, max_bytes: int) -> str:
    body = _Paragraphs(max_bytes)
    _parse_part(ZipArchive(source), "word/document.xml", body)
    return "\n".join(body.pages())


def preview_pptx(source: RangeSource, _name: str, options: PreviewOptions) -> DocumentPreview:
    archive = ZipArchive(source)
    slides = _slide_parts(archive)
    first = max(options.page or 1, 1)
    pages: list[DocumentPage] = []
    left = options.max_bytes
    for number, part in islice(enumerate(slides, 1), first - 1, first - 1 + _MAX_SLIDES):
        page = _slide(archive, part, number, left)
        left -= len(page.text)
        pages.append(page)
        if left <= 0:
            break
    complete = len(pages) == len(slides) and left > 0
    return DocumentPreview(
        **blank(complete=complete, notes=[] if complete else [f"{len(pages):,} of {len(slides):,} slides are shown"]),
        format="pptx",
        pages=pages,
        total_pages=len(slides),
        has_pictures=False,
        details={**_properties(archive), "pictures": _count_pictures(archive, "ppt/media/")},
    )


def texts_of_pptx(source: RangeSource, _name: str, max_bytes: int) -> str:
    archive = ZipArchive(source)
    parts: list[str] = []
    left = max_bytes
    for number, part in enumerate(_slide_parts(archive)[:_MAX_SLIDES], 1):
        parts.append(_slide(archive, part, number, max(left, 1)).text)
        left -= len(parts[-1])
        if left <= 0:
            break
    return "\n\n".join(parts)


class _Paragraphs:
    """Paragraphs of WordprocessingML and DrawingML; cells of a table's row are separated by tabs."""

    def __init__(self, max_characters: int) -> None:
        self._pages: list[list[str]] = [[]]
        self._paragraph: list[str] = []
        self._cells: list[list[str]] = []
        self._left = max_characters
        self._in_text = False
        self._placeholder = ""
        self.title: str | None = None

    def pages(self) -> list[str]:
        """Texts between page breaks, those of the program that saved the document."""
        self._end_paragraph()
        return [text for page in self._pages if (text := "\n".join(page).strip("\n"))]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._in_text = True
        elif name == "tab" and not attributes:
            self._paragraph.append("\t")
        elif name == "br":
            if attributes.get("type") == "page":
                self._break_page()
            else:
                self._paragraph.append("\n")
        elif name == "lastRenderedPageBreak":
            self._break_page()
        elif name == "tr":
            self._cells.append([])
        elif name == "sp":
            self._placeholder = ""
        elif name == "ph":
            self._placeholder = attributes.get("type", "")

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "p":
            self._end_paragraph()
        elif name == "tr" and self._cells:
            self._add("\t".join(self._cells.pop()))

    def text(self, text: str) -> None:
        if self._in_text:
            self._paragraph.append(text)
            self._left -= len(text)
            if self._left <= 0:
                raise StopParsing

    def _break_page(self) -> None:
        if not self._cells:
            self._end_paragraph()
            self._pages.append([])

    def _end_paragraph(self) -> None:
        text = "".join(self._paragraph)
        self._paragraph = []
        if self._placeholder in {"title", "ctrTitle"} and text and self.title is None:
            self.title = text.strip()
        if self._cells:
            self._cells[-1].append(text)
        else:
            self._add(text)

    def _add(self, text: str) -> None:
        if self._cells:
            self._cells[-1].append(text)
        else:
            self._pages[-1].append(text)


class _Relations:
    def __init__(self) -> None:
        self.targets: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.targets[attributes.get("Id", "")] = (kind, attributes.get("Target", ""))

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class _SlideOrder:
    def __init__(self) -> None:
        self.ids: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sldId":
            # its own id has no namespace, the one of its relation has
            self.ids.append(attributes.get("id", ""))

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class _Properties:
    _WANTED = frozenset({"title", "creator", "created", "modified", "Pages", "Slides", "Words", "Application"})
    _MAX_CHARACTERS = 500

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._name = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 – the parser's signature
        self._name = name if name in self._WANTED else ""

    def end(self, name: str) -> None:  # noqa: ARG002 – the parser's signature
        self._name = ""

    def text(self, text: str) -> None:
        if self._name:
            key = self._name.lower()
            self.found[key] = (self.found.get(key, "") + text)[: self._MAX_CHARACTERS]


def _slide_parts(archive: ZipArchive) -> list[str]:
    order, relations = _SlideOrder(), _Relations()
    _parse_part(archive, "ppt/presentation.xml", order)
    _parse_part(archive, "ppt/_rels/presentation.xml.rels", relations)
    return [_resolved("ppt", relations.targets[each][1]) for each in order.ids if each in relations.targets]


def _slide(archive: ZipArchive, part: str, number: int, max_characters: int) -> DocumentPage:
    paragraphs = _Paragraphs(max_characters)
    _parse_part(archive, part, paragraphs)
    texts = paragraphs.pages()
    folder, _, name = part.rpartition("/")
    relations = _Relations()
    _parse_part(archive, f"{folder}/_rels/{name}.rels", relations, required=False)
    for kind, target in relations.targets.values():
        if kind == "notesSlide":
            notes = _Paragraphs(max_characters)
            _parse_part(archive, _resolved(folder, target), notes, required=False)
            texts += notes.pages()
    return DocumentPage(number=number, title=paragraphs.title, text="\n\n".join(texts))


def _resolved(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")


def _parse_part(
    archive: ZipArchive,
    part: str,
    handler: "_Paragraphs | _Relations | _SlideOrder | _Properties",
    *,
    required: bool = True,
) -> bool:
    member = archive.find(part)
    if member is None:
        if required:
            raise UnreadableFile(f"The document has no part {part}: it is damaged, or of another kind")
        return False
    return parse_xml(archive.open(member), handler, max_bytes=_MAX_PART_BYTES)


def _properties(archive: ZipArchive) -> dict[str, str]:
    properties = _Properties()
    for part in ("docProps/core.xml", "docProps/app.xml"):
        try:
            _parse_part(archive, part, properties, required=False)
        except UnreadableFile:
            continue  # the text is worth more
    return properties.found


def _count_pictures(archive: ZipArchive, folder: str) -> int:
    members = islice(archive.members(), _MAX_SEARCHED_MEMBERS)
    return sum(each.shown.path.startswith(folder) for each in members)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def warm_up() -> None:
    handler = _Properties()
    parse_xml(BytesSource("<a encoding='x'>ä</a>".encode("utf-16")), handler, max_bytes=100)


READERS = (
    Reader("docx", 1, "documents", preview_docx, texts=texts_of_docx),
    Reader("pptx", 1, "documents", preview_pptx, texts=texts_of_pptx),
)
