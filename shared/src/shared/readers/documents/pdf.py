"""PDF: text of the first pages, and any page as a picture."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2
import pypdfium2.raw
from PIL import Image

from shared.readers.errors import UnreadableFile
from shared.readers.queries import MAX_THUMBNAIL_PIXELS, PreviewOptions, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.source import BytesSource, RangeSource, binary_file
from shared.schemas.previews import DocumentPage, DocumentPreview

_MAX_PAGES = 20
"""Pages of which the text is in a preview."""
_MAX_SEARCHED_PAGES = 500
_MIN_PAGE_POINTS = 1.0


def preview_pdf(source: RangeSource, _name: str, options: PreviewOptions) -> DocumentPreview:
    first = max(options.page or 1, 1)
    with _open(source) as document:
        total = len(document)
        pages: list[DocumentPage] = []
        left = options.max_bytes
        for number in range(first, min(first + _MAX_PAGES, total + 1)):
            text = _page_text(document, number - 1)[:left]
            left -= len(text)
            pages.append(DocumentPage(number=number, text=text))
            if left <= 0:
                break
        details = {key.lower(): value for key, value in document.get_metadata_dict(skip_empty=True).items()}
    complete = len(pages) == total
    notes = [] if complete else [f"Text of {len(pages)} of {total:,} pages is shown"]
    return DocumentPreview(
        **blank(complete=complete, notes=notes),
        format="pdf",
        pages=pages,
        total_pages=total,
        has_pictures=total > 0,
        details=details,
    )


def thumbnail_of_pdf(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    number = query.page or 1
    with _open(source) as document:
        if not 1 <= number <= len(document):
            raise UnreadableFile(f"The document has {len(document):,} pages")
        page = document[number - 1]
        width, height = (max(side, _MIN_PAGE_POINTS) for side in page.get_size())
        limits = (min(query.width, MAX_THUMBNAIL_PIXELS), min(query.height, MAX_THUMBNAIL_PIXELS))
        scale = min(limits[0] / width, limits[1] / height)
        picture = page.render(scale=scale).to_pil().convert("RGB")
        page.close()
    picture.thumbnail(limits)
    content = io.BytesIO()
    picture.save(content, "WEBP", quality=85, method=2)
    return Picture("image/webp", content.getvalue())


def texts_of_pdf(source: RangeSource, _name: str, max_bytes: int) -> str:
    parts: list[str] = []
    length = 0
    with _open(source) as document:
        for number in range(min(len(document), _MAX_SEARCHED_PAGES)):
            parts.append(_page_text(document, number))
            length += len(parts[-1])
            if length > max_bytes:
                break
    return "\n".join(parts)


@contextmanager
def _open(source: RangeSource) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(binary_file(source))
    except pypdfium2.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        raise UnreadableFile("The document is encrypted" if is_locked else f"The PDF is damaged: {error}") from error
    try:
        yield document
    finally:
        document.close()


def _page_text(document: Any, index: int) -> str:
    try:
        page = document[index]
        text_page = page.get_textpage()
        text = str(text_page.get_text_bounded())
        text_page.close()
        page.close()
    except pypdfium2.PdfiumError:
        return ""  # a damaged page among others
    return text.replace("\r\n", "\n").encode("utf-8", "replace").decode()


def warm_up() -> None:
    Image.init()
    sample = pypdfium2.PdfDocument.new()
    sample.new_page(72, 72)
    content = io.BytesIO()
    sample.save(content)
    source = BytesSource(content.getvalue())
    thumbnail_of_pdf(source, "sample.pdf", ThumbnailQuery())
    preview_pdf(source, "sample.pdf", PreviewOptions())


READER = Reader("pdf", 1, "documents", preview_pdf, thumbnail=thumbnail_of_pdf, texts=texts_of_pdf)
