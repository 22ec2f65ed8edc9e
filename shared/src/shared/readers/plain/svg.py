"""SVG as text with its size. Browsers draw it."""

from shared.readers.errors import UnreadableFile
from shared.readers.plain.text import preview_text, text_of
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader
from shared.readers.source import RangeSource
from shared.readers.xml_events import StopParsing, parse_xml
from shared.schemas.previews import TextPreview

_MAX_SEARCHED_BYTES = 64 << 10


class _Root:
    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "svg":
            self.found = {key: attributes[key][:100] for key in ("width", "height", "viewBox") if key in attributes}
        raise StopParsing

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def preview_svg(source: RangeSource, name: str, options: PreviewOptions) -> TextPreview:
    preview = preview_text(source, name, options)
    root = _Root()
    try:
        parse_xml(source, root, max_bytes=_MAX_SEARCHED_BYTES)
    except UnreadableFile as error:
        preview.notes.append(str(error))
    preview.details |= root.found
    preview.language = "xml"
    return preview


READER = Reader("svg", 1, "plain", preview_svg, texts=text_of)
