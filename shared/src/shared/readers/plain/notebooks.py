"""Notebooks of Jupyter with their outputs, of versions 3 and 4."""

import base64
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from shared.readers.errors import UnreadableFile
from shared.readers.plain.text import text_preview
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import RangeSource
from shared.schemas.previews import NotebookCell, NotebookOutput, NotebookPreview, TextPreview

_MAX_NOTEBOOK_BYTES = 48 << 20
_MAX_CELLS = 2000
_MAX_OUTPUTS = 200
"""Outputs of a cell."""
_MAX_SOURCE_CHARACTERS = 100_000
_MAX_OUTPUT_CHARACTERS = 100_000
_MAX_PICTURE_CHARACTERS = 4 << 20
"""Characters of all pictures of a notebook together."""

OutputType = Literal["text", "html", "markdown", "image", "error", "json", "other"]

_RICHEST: tuple[tuple[str, OutputType], ...] = (
    ("image/png", "image"),
    ("image/jpeg", "image"),
    ("image/gif", "image"),
    ("image/webp", "image"),
    ("image/svg+xml", "image"),
    ("text/html", "html"),
    ("text/markdown", "markdown"),
    ("text/latex", "markdown"),
    ("application/json", "json"),
    ("text/plain", "text"),
)
_OLD_KEYS = {
    "png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml", "html": "text/html", "latex": "text/latex",
    "json": "application/json", "text": "text/plain",
}  # fmt: skip


def preview_notebook(source: RangeSource, name: str, options: PreviewOptions) -> NotebookPreview | TextPreview:
    data = source.read(0, _MAX_NOTEBOOK_BYTES + 1)
    if len(data) > _MAX_NOTEBOOK_BYTES:
        note = f"Notebooks are shown as such up to {_MAX_NOTEBOOK_BYTES >> 20} MiB; this is the text of its beginning"
        return text_preview(data[: options.max_bytes], name, complete=False, notes=[note])
    notebook = _parse(data)
    writer = _Writer(options)
    raw_cells = list(_cells(notebook))
    cells = [writer.cell(each) for each in raw_cells[:_MAX_CELLS]]
    if len(raw_cells) > _MAX_CELLS:
        writer.notes.append(f"The first {_MAX_CELLS:,} of {len(raw_cells):,} cells are shown")
    return NotebookPreview(
        **blank(complete=not writer.notes, notes=writer.notes), language=_language(notebook), cells=cells
    )


def texts_of_notebook(source: RangeSource, _name: str, max_bytes: int) -> str:
    """Sources, and outputs that are text."""
    parts: list[str] = []
    length = 0
    for cell in _cells(_parse(source.read(0, _MAX_NOTEBOOK_BYTES))):
        texts = [_joined(cell.get("source") or cell.get("input"))]
        texts += [_output_text(each) for each in _dicts(cell.get("outputs"))]
        parts += filter(None, texts)
        length += sum(map(len, texts))
        if length > max_bytes:
            break
    return "\n\n".join(parts)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        notebook = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"The notebook is no JSON document: {error}") from error
    if not isinstance(notebook, dict) or not ("cells" in notebook or "worksheets" in notebook):
        raise UnreadableFile("The file has no cells: it is not a notebook")
    return notebook


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Version 3 has them in work sheets."""
    for sheet in (notebook, *_dicts(notebook.get("worksheets"))):
        yield from _dicts(sheet.get("cells"))


def _language(notebook: dict[str, Any]) -> str | None:
    metadata = _dict(notebook.get("metadata"))
    for found in (
        _dict(metadata.get("language_info")).get("name"),
        _dict(metadata.get("kernelspec")).get("language"),
        *(cell.get("language") for cell in _cells(notebook)),
    ):
        if isinstance(found, str) and found:
            return found.lower()
    return None


class _Writer:
    """Makes cells, as long as there is room."""

    def __init__(self, options: PreviewOptions) -> None:
        self.notes: list[str] = []
        self._text_left = 4 * options.max_bytes
        self._max_picture = options.max_bytes * 4 // 3
        self._pictures_left = _MAX_PICTURE_CHARACTERS

    def cell(self, raw: dict[str, Any]) -> NotebookCell:
        kind = raw.get("cell_type")
        text = _joined(raw.get("source") or raw.get("input"))
        if kind == "heading":
            level = raw.get("level")
            text = "#" * min(level if isinstance(level, int) else 1, 6) + " " + text
        count = raw.get("execution_count", raw.get("prompt_number"))
        outputs = _dicts(raw.get("outputs"))
        if len(outputs) > _MAX_OUTPUTS:
            self._note(f"The first {_MAX_OUTPUTS} outputs of a cell are shown")
        return NotebookCell(
            type="code" if kind == "code" else "raw" if kind == "raw" else "markdown",
            source=self._cut(text, _MAX_SOURCE_CHARACTERS)[0],
            execution_count=count if isinstance(count, int) else None,
            outputs=[self._output(each) for each in outputs[:_MAX_OUTPUTS]],
        )

    def _output(self, raw: dict[str, Any]) -> NotebookOutput:
        kind = raw.get("output_type")
        if kind in {"error", "pyerr"}:
            return self._text("error", "text/plain", _error_text(raw))
        if kind == "stream":
            return self._text("text", "text/plain", _joined(raw.get("text")))
        data = _data(raw)
        for media_type, output_type in _RICHEST:
            if media_type in data:
                return self._rich(media_type, output_type, data)
        media_type = next(iter(data), "application/octet-stream")
        return NotebookOutput(type="other", media_type=media_type[:100], data="", complete=not data)

    def _rich(self, media_type: str, output_type: OutputType, data: dict[str, Any]) -> NotebookOutput:
        value = data[media_type]
        if output_type == "image":
            return self._picture(media_type, _joined(value))
        text = _joined(value) if output_type != "json" else msgspec.json.encode(value).decode()
        found = self._text(output_type, media_type, text)
        plain = _joined(data.get("text/plain"))
        if output_type == "html" and plain:
            found.plain = self._cut(plain, _MAX_OUTPUT_CHARACTERS)[0]
        return found

    def _picture(self, media_type: str, content: str) -> NotebookOutput:
        if media_type == "image/svg+xml":
            content = base64.b64encode(content.encode("utf-8", "replace")).decode()
        content = "".join(content.split())
        fits = len(content) <= min(self._max_picture, self._pictures_left)
        if fits:
            self._pictures_left -= len(content)
        else:
            self._note("Large pictures are left out")
        return NotebookOutput(type="image", media_type=media_type, data=content if fits else "", complete=fits)

    def _text(self, output_type: OutputType, media_type: str, text: str) -> NotebookOutput:
        shown, complete = self._cut(text, _MAX_OUTPUT_CHARACTERS)
        return NotebookOutput(type=output_type, media_type=media_type, data=shown, complete=complete)

    def _cut(self, text: str, limit: int) -> tuple[str, bool]:
        limit = min(limit, self._text_left)
        self._text_left -= min(len(text), limit)
        if len(text) > limit:
            self._note("Long texts are cut off")
        clean = text[:limit].encode("utf-8", "replace").decode()
        return clean, len(text) <= limit

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _data(raw: dict[str, Any]) -> dict[str, Any]:
    """Contents by media type; version 3 has them beside the type of the output."""
    found = raw.get("data")
    if isinstance(found, dict):
        return found
    return {media_type: raw[key] for key, media_type in _OLD_KEYS.items() if key in raw}


def _output_text(raw: dict[str, Any]) -> str:
    if raw.get("output_type") in {"error", "pyerr"}:
        return _error_text(raw)
    data = _data(raw)
    return _joined(raw.get("text")) or _joined(data.get("text/markdown")) or _joined(data.get("text/plain"))


def _error_text(raw: dict[str, Any]) -> str:
    traceback = raw.get("traceback")
    lines = [line for line in traceback if isinstance(line, str)] if isinstance(traceback, list) else []
    return "\n".join(lines) or f"{raw.get('ename', '')}: {raw.get('evalue', '')}"


def _joined(value: object) -> str:
    """Text, or its lines, which old versions write without their ends."""
    if isinstance(value, list):
        lines = [line for line in value if isinstance(line, str)]
        return ("" if lines and lines[0].endswith(("\n", "\r")) else "\n").join(lines)
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


READER = Reader("notebook", 1, "plain", preview_notebook, texts=texts_of_notebook)
