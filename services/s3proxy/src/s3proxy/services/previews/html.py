"""HTML that Quilt's web catalogs put into their own pages. Everything that comes from a file is escaped, or of a few harmless elements."""

from collections.abc import Iterator, Sequence
from html import escape
from html.parser import HTMLParser
from typing import Any

from typing_extensions import override

MAX_COLUMNS = 100
MAX_CELL_CHARACTERS = 500

_ELEMENTS = frozenset(
    {
        *(
            "b",
            "blockquote",
            "br",
            "caption",
            "code",
            "dd",
            "div",
            "dl",
            "dt",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
        ),
        *("hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
    }
)
_VOID = frozenset({"br", "hr"})
_SILENT = frozenset({"script", "style", "iframe", "object", "template", "noscript", "svg", "math"})
_SPANS = frozenset({"colspan", "rowspan"})
_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table in the form of a data frame of pandas."""
    head = "".join(_cells("th", ["", *columns[:MAX_COLUMNS]]))
    shown = "\n".join(
        f"<tr>{''.join(_cells('th', [str(index)]))}{''.join(_cells('td', map(text_of, row[:MAX_COLUMNS])))}</tr>"
        for index, row in enumerate(rows)
    )
    return (
        f'<div>\n<table border="1" class="dataframe">\n<thead>\n<tr style="text-align: right;">{head}</tr>\n</thead>\n'
        f"<tbody>\n{shown}\n</tbody>\n</table>\n</div>"
    )


def text_of(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _cells(element: str, values: Iterator[str] | Sequence[str]) -> Iterator[str]:
    return (f"<{element}>{escape(_shortened(value))}</{element}>" for value in values)


def _shortened(value: str) -> str:
    return value if len(value) <= MAX_CELL_CHARACTERS else f"{value[:MAX_CELL_CHARACTERS]}…"


def notebook(cells: Sequence[dict[str, Any]], *, with_outputs: bool) -> str:
    """Cells of a notebook in the form of nbconvert's template `basic`."""
    return "\n".join(_cell(cell, with_outputs=with_outputs) for cell in cells)


def _cell(cell: dict[str, Any], *, with_outputs: bool) -> str:
    source = escape(cell["source"])
    if cell["type"] != "code":
        return (
            '<div class="cell border-box-sizing text_cell rendered"><div class="inner_cell">'
            f'<div class="text_cell_render border-box-sizing rendered_html"><pre>{source}</pre></div></div></div>'
        )
    count = cell.get("execution_count")
    outputs = "".join(map(_output, cell["outputs"])) if with_outputs else ""
    shown = f'<div class="output_wrapper"><div class="output">{outputs}</div></div>' if outputs else ""
    return (
        '<div class="cell border-box-sizing code_cell rendered"><div class="input">'
        f'<div class="prompt input_prompt">In&nbsp;[{" " if count is None else count}]:</div><div class="inner_cell">'
        f'<div class="input_area"><div class="highlight"><pre>{source}</pre></div></div></div></div>{shown}</div>'
    )


def _output(output: dict[str, Any]) -> str:
    data = str(output["data"])
    match output["type"]:
        case "image" if output["media_type"] in _IMAGES:
            shown = f'<img src="data:{output["media_type"]};base64,{escape(data)}">'
        case "html":
            shown = f'<div class="output_html rendered_html output_subarea">{harmless(data)}</div>'
        case _:
            shown = f'<pre class="output_subarea output_text">{escape(data)}</pre>'
    return f'<div class="output_area">{shown}</div>'


def harmless(html: str) -> str:
    """The elements of HTML that only lay out text, without attributes but the spans of cells."""
    filtered = _Filter()
    filtered.feed(html)
    filtered.close()
    return "".join(filtered.kept)


class _Filter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self._silent = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _ELEMENTS and not self._silent:
            spans = (f' {name}="{value}"' for name, value in attrs if name in _SPANS and value and value.isdecimal())
            self.kept.append(f"<{tag}{''.join(spans)}>")

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID and not self._silent:
            self.kept.append(f"<{tag}>")

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _ELEMENTS - _VOID and not self._silent:
            self.kept.append(f"</{tag}>")

    @override
    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.kept.append(escape(data))
