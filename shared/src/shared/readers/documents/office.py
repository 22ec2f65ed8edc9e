"""Texts, notes and pictures of Word and PowerPoint documents, by page and slide. Of the zip file, only the parts with text are read."""

import io
from itertools import islice
from typing import NamedTuple

from shared.readers.choice import SUFFIXES
from shared.readers.documents.parts import Relation, open_document, package_relations, parse_part
from shared.readers.documents.slides import draw_slide, warm_up_painting
from shared.readers.errors import UnreadableFile
from shared.readers.members import ZipArchive
from shared.readers.queries import MAX_THUMBNAIL_PIXELS, PreviewOptions, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.source import BytesSource, RangeSource
from shared.readers.xml_events import StopParsing, parse_xml
from shared.schemas.previews import DocumentPage, DocumentPicture, DocumentPreview

_MAX_SLIDES = 500
_MAX_SEARCHED_MEMBERS = 100_000
_MAX_PAGE_PICTURES = 50
_DRAWN = "Slides are drawn with one font, and without charts and effects"
_PAGE_FURNITURE = frozenset({"dt", "ftr", "hdr", "sldNum"})
"""Placeholders of date, footer, header and number."""
_SHOWN_PICTURES = frozenset({"raster", "tiff"})
"""Readers of those pictures that have thumbnails."""


def preview_docx(source: RangeSource, _name: str, options: PreviewOptions) -> DocumentPreview:
    archive = open_document(source)
    body = _Paragraphs(options.max_bytes)
    complete = parse_part(archive, "word/document.xml", body)
    targets = package_relations(archive, "word/document.xml")
    pages = [
        DocumentPage(number=number, text=page.text, pictures=_shown_pictures(page.pictures, targets))
        for number, page in enumerate(body.pages(), 1)
    ]
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
    parse_part(open_document(source), "word/document.xml", body)
    return "\n".join(page.text for page in body.pages())


def preview_pptx(source: RangeSource, _name: str, options: PreviewOptions) -> DocumentPreview:
    archive = open_document(source)
    slides = _slide_parts(archive)
    first = max(options.page or 1, 1)
    pages: list[DocumentPage] = []
    left = options.max_bytes
    for number, part in islice(enumerate(slides, 1), first - 1, first - 1 + _MAX_SLIDES):
        page = _slide(archive, part, number, left)
        left -= len(page.text) + len(page.notes or "")
        pages.append(page)
        if left <= 0:
            break
    complete = len(pages) == len(slides) and left > 0
    return DocumentPreview(
        **blank(
            complete=complete,
            notes=[_DRAWN] if complete else [f"{len(pages):,} of {len(slides):,} slides are shown", _DRAWN],
        ),
        format="pptx",
        pages=pages,
        total_pages=len(slides),
        has_pictures=bool(slides),
        details={**_properties(archive), "pictures": _count_pictures(archive, "ppt/media/")},
    )


def texts_of_pptx(source: RangeSource, _name: str, max_bytes: int) -> str:
    archive = open_document(source)
    parts: list[str] = []
    left = max_bytes
    for number, part in enumerate(_slide_parts(archive)[:_MAX_SLIDES], 1):
        page = _slide(archive, part, number, max(left, 1))
        parts += [page.text, page.notes or ""]
        left -= len(page.text)
        if left <= 0:
            break
    return _joined(parts)


def thumbnail_of_pptx(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    archive = open_document(source)
    slides = _slide_parts(archive)
    number = query.page or 1
    if not 1 <= number <= len(slides):
        raise UnreadableFile(f"The document has {len(slides):,} slides")
    limits = (min(query.width, MAX_THUMBNAIL_PIXELS), min(query.height, MAX_THUMBNAIL_PIXELS))
    content = io.BytesIO()
    draw_slide(archive, slides[number - 1], *limits).save(content, "WEBP", quality=85, method=2)
    return Picture("image/webp", content.getvalue())


class _Page(NamedTuple):
    text: str
    pictures: list[tuple[str, str]]
    """Numbers of their relations, and their descriptions."""


class _Paragraphs:
    """Paragraphs of WordprocessingML and DrawingML; cells of a table's row are separated by tabs."""

    def __init__(self, max_characters: int) -> None:
        self._pages: list[list[str]] = [[]]
        self._pictures: list[list[tuple[str, str]]] = [[]]
        self._description = ""
        self._paragraph: list[str] = []
        self._cells: list[list[str]] = []
        self._left = max_characters
        self._in_text = False
        self._placeholder = ""
        self.title: str | None = None

    def pages(self) -> list[_Page]:
        """Pages by the breaks of the program that saved the document."""
        self._end_paragraph()
        texts = ("\n".join(page).strip("\n") for page in self._pages)
        pages = (_Page(text, pictures) for text, pictures in zip(texts, self._pictures, strict=True))
        return [page for page in pages if page.text or page.pictures]

    def join_pages(self) -> str:
        return _joined([page.text for page in self.pages()])

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"cNvPr", "docPr", "blip"}:
            self._start_picture(name, attributes)
        elif name == "t":
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
        elif name in {"sp", "pic"}:
            self._placeholder = ""
        elif name == "ph":
            self._placeholder = attributes.get("type", "")

    def _start_picture(self, name: str, attributes: dict[str, str]) -> None:
        if name != "blip":
            self._description = attributes.get("descr", "")
        elif "embed" in attributes and len(self._pictures[-1]) < _MAX_PAGE_PICTURES:
            self._pictures[-1].append((attributes["embed"], self._description))

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "sp":
            self._placeholder = ""
        elif name == "p":
            self._end_paragraph()
        elif name == "tr" and self._cells:
            self._add("\t".join(self._cells.pop()))

    def text(self, text: str) -> None:
        if self._in_text and self._placeholder not in _PAGE_FURNITURE:
            self._paragraph.append(text)
            self._left -= len(text)
            if self._left <= 0:
                raise StopParsing

    def _break_page(self) -> None:
        if not self._cells:
            self._end_paragraph()
            self._pages.append([])
            self._pictures.append([])

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
    order = _SlideOrder()
    parse_part(archive, "ppt/presentation.xml", order)
    targets = package_relations(archive, "ppt/presentation.xml")
    return [targets[each].target for each in order.ids if each in targets]


def _slide(archive: ZipArchive, part: str, number: int, max_characters: int) -> DocumentPage:
    paragraphs = _Paragraphs(max_characters)
    parse_part(archive, part, paragraphs)
    targets = package_relations(archive, part)
    diagrams, notes = (
        [_text_of_part(archive, each.target, max_characters) for each in targets.values() if each.kind == kind]
        for kind in ("diagramData", "notesSlide")
    )
    pages = paragraphs.pages()
    return DocumentPage(
        number=number,
        title=paragraphs.title,
        text=_joined([paragraphs.join_pages(), *diagrams]),
        notes=_joined(notes) or None,
        pictures=[picture for page in pages for picture in _shown_pictures(page.pictures, targets)],
    )


def _text_of_part(archive: ZipArchive, part: str, max_characters: int) -> str:
    paragraphs = _Paragraphs(max_characters)
    parse_part(archive, part, paragraphs, required=False)
    return paragraphs.join_pages()


def _joined(texts: list[str]) -> str:
    return "\n\n".join(filter(None, texts))


def _shown_pictures(pictures: list[tuple[str, str]], targets: dict[str, Relation]) -> list[DocumentPicture]:
    found = dict.fromkeys((targets[key].target, said) for key, said in pictures if key in targets)
    return [
        DocumentPicture(member=member, description=said or None)
        for member, said in found
        if SUFFIXES.get("." + member.rpartition(".")[2].lower()) in _SHOWN_PICTURES
    ]


def _properties(archive: ZipArchive) -> dict[str, str]:
    properties = _Properties()
    for part in ("docProps/core.xml", "docProps/app.xml"):
        try:
            parse_part(archive, part, properties, required=False)
        except UnreadableFile:
            continue  # the text is worth more
    return properties.found


def _count_pictures(archive: ZipArchive, folder: str) -> int:
    members = islice(archive.members(), _MAX_SEARCHED_MEMBERS)
    return sum(each.shown.path.startswith(folder) for each in members)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def warm_up() -> None:
    warm_up_painting()
    handler = _Properties()
    parse_xml(BytesSource("<a encoding='x'>ä</a>".encode("utf-16")), handler, max_bytes=100)


READERS = (
    Reader("docx", 2, "documents", preview_docx, texts=texts_of_docx),
    Reader("pptx", 2, "documents", preview_pptx, thumbnail=thumbnail_of_pptx, texts=texts_of_pptx),
)
