"""Text of any encoding, as it is: numbers in JSON keep their digits."""

from typing import Any

from shared.readers import text_decoding
from shared.readers.plain.languages import text_language
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import RangeSource
from shared.readers.text_decoding import decode_text, guess_encoding
from shared.schemas.previews import TextPreview

_MIN_GUESSED_BYTES = 4096


def preview_text(source: RangeSource, name: str, options: PreviewOptions) -> TextPreview:
    data = source.read(0, options.max_bytes + 1)
    complete = len(data) <= options.max_bytes
    return text_preview(data[: options.max_bytes], name, complete=complete)


def text_preview(
    data: bytes, name: str, *, complete: bool, details: dict[str, Any] | None = None, notes: list[str] | None = None
) -> TextPreview:
    """The preview of a text that begins with these bytes."""
    encoding = guess_encoding(data)
    text = decode_text(data, encoding)
    said = [encoding.note] if encoding.note else []
    if not data:
        said.append("The file is empty")
    if not complete:
        said.append(f"Only the first {len(data):,} bytes are shown")
    return TextPreview(
        **blank(complete=complete, notes=[*said, *(notes or [])]),
        text=text.replace("\r\n", "\n").replace("\r", "\n"),
        language=text_language(name, text),
        encoding=encoding.label,
        details={**_line_ends(text), **(details or {})},
    )


def text_of(source: RangeSource, _name: str, max_bytes: int) -> str:
    data = source.read(0, max(max_bytes, _MIN_GUESSED_BYTES))
    return decode_text(data, guess_encoding(data))


def _line_ends(text: str) -> dict[str, Any]:
    pairs = text.count("\r\n")
    ends = {"CRLF": pairs, "LF": text.count("\n") - pairs, "CR": text.count("\r") - pairs}
    found = [name for name, count in ends.items() if count]
    return {"line_ends": found[0] if len(found) == 1 else "mixed"} if found else {}


def warm_up() -> None:
    text_decoding.warm_up()


READER = Reader("text", 1, "plain", preview_text, texts=text_of)
