"""Slides of PowerPoint as pictures: backgrounds, pictures, shapes, tables and texts where they stand. Layout: ECMA-376, part 1, 19 to 21.

One font is used for all texts; effects, charts and animations are left out.
"""

import colorsys
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from PIL import Image, ImageColor, ImageDraw, ImageFont

from shared.readers.documents.parts import Relation, package_relations
from shared.readers.errors import UnreadableFile
from shared.readers.members import ZipArchive
from shared.readers.source import binary_file
from shared.readers.xml_events import StopParsing, parse_xml

_EMU_PER_POINT = 12_700
_DEFAULT_SIZE = (9_144_000, 6_858_000)
_MAX_PART_BYTES = 8 << 20
_MAX_NODES = 100_000
_MAX_SHAPES = 2_000
_MAX_PICTURES = 100
_MAX_PICTURE_PIXELS = 32 << 20
_MAX_EDGE = 20_000
"""Pixels. What lies farther out is cut off there."""
_MAX_CHARACTERS = 20_000
_MAX_DEPTH = 20
_PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
_INSETS = {"lIns": 91_440, "tIns": 45_720, "rIns": 91_440, "bIns": 45_720}
_LINE_HEIGHT = 1.2
_MIN_FONT_PIXELS = 3
_LEVEL_POINTS = (28, 24, 20, 18, 18)
_TITLES = frozenset({"title", "ctrTitle"})
_BULLETED = frozenset({"body", "obj", ""})
_UNSEEN = frozenset({"dt", "ftr", "hdr", "sldNum"})
"""Placeholders that say nothing about what is on the slide."""
_SCHEME = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
_DARK = 110

Colour = tuple[int, int, int]


@dataclass(slots=True)
class _Node:
    name: str
    attributes: dict[str, str]
    children: "list[_Node]" = field(default_factory=list)
    text: str = ""

    def child(self, *path: str) -> "_Node | None":
        found: _Node | None = self
        for name in path:
            found = next((each for each in found.children if each.name == name), None) if found else None
        return found

    def number(self, name: str, default: int = 0) -> int:
        text = self.attributes.get(name, "")
        return int(text) if text.lstrip("-").isdecimal() and len(text) < 12 else default


_NOTHING = _Node("", {})


class _TreeBuilder:
    def __init__(self) -> None:
        self.root = _Node("", {})
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MAX_NODES:
            raise StopParsing
        node = _Node(name, attributes)
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, name: str) -> None:  # noqa: ARG002 – the parser's signature
        self._open.pop()

    def text(self, text: str) -> None:
        if self._open[-1].name == "t":
            self._open[-1].text += text


class _Part(NamedTuple):
    root: _Node
    relations: dict[str, Relation]

    def related(self, kind: str) -> str | None:
        return next((relation.target for relation in self.relations.values() if relation.kind == kind), None)


class _Place(NamedTuple):
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def box(self) -> tuple[int, int, int, int]:
        left, top, right, bottom = (
            round(min(max(edge, -_MAX_EDGE), _MAX_EDGE))
            for edge in (self.x, self.y, self.x + self.width, self.y + self.height)
        )
        return left, top, right, bottom


class _Frame(NamedTuple):
    """How the coordinates of a group become pixels."""

    scale_x: float
    scale_y: float
    x: float
    y: float

    def place(self, transform: _Node) -> _Place:
        offset, extent = transform.child("off") or _NOTHING, transform.child("ext") or _NOTHING
        return _Place(
            self.x + offset.number("x") * self.scale_x,
            self.y + offset.number("y") * self.scale_y,
            extent.number("cx") * self.scale_x,
            extent.number("cy") * self.scale_y,
        )

    def within(self, transform: _Node) -> "_Frame":
        place = self.place(transform)
        offset, extent = transform.child("chOff") or _NOTHING, transform.child("chExt") or _NOTHING
        scale_x = place.width / extent.number("cx", 0) if extent.number("cx") else self.scale_x
        scale_y = place.height / extent.number("cy", 0) if extent.number("cy") else self.scale_y
        return _Frame(scale_x, scale_y, place.x - offset.number("x") * scale_x, place.y - offset.number("y") * scale_y)


def draw_slide(archive: ZipArchive, part: str, max_width: int, max_height: int) -> Image.Image:
    return _SlidePainter(archive, part, max_width, max_height).draw()


class _SlidePainter:
    def __init__(self, archive: ZipArchive, part: str, max_width: int, max_height: int) -> None:
        self._archive = archive
        self._slide = self._read(part)
        layout = self._slide.related("slideLayout")
        self._layout = self._read(layout) if layout else _Part(_NOTHING, {})
        master = self._layout.related("slideMaster")
        self._master = self._read(master) if master else _Part(_NOTHING, {})
        theme = self._master.related("theme")
        self._colours = _theme_colours(self._read(theme).root) if theme else {}
        size = self._read("ppt/presentation.xml").root.child("presentation", "sldSz") or _NOTHING
        width, height = (
            max(size.number(name, default), 1) for name, default in zip(("cx", "cy"), _DEFAULT_SIZE, strict=True)
        )
        self._scale = min(max_width / width, max_height / height)
        self._picture = Image.new(
            "RGB", (max(round(width * self._scale), 1), max(round(height * self._scale), 1)), "white"
        )
        self._draw = ImageDraw.Draw(self._picture)
        self._background: Colour = (255, 255, 255)
        self._shapes, self._pictures, self._characters = _MAX_SHAPES, _MAX_PICTURES, _MAX_CHARACTERS

    def draw(self) -> Image.Image:
        self._draw_background()
        frame = _Frame(self._scale, self._scale, 0, 0)
        shows_master = self._slide.root.child("sld") or _NOTHING
        if shows_master.attributes.get("showMasterSp") != "0":
            for part, name in ((self._master, "sldMaster"), (self._layout, "sldLayout")):
                self._draw_tree(part, part.root.child(name, "cSld", "spTree"), frame, is_slide=False)
        self._draw_tree(self._slide, self._slide.root.child("sld", "cSld", "spTree"), frame, is_slide=True)
        return self._picture

    def _read(self, part: str) -> _Part:
        builder = _TreeBuilder()
        member = self._archive.find(part)
        if member is None:
            raise UnreadableFile(f"The document has no part {part}: it is damaged")
        parse_xml(self._archive.open(member), builder, max_bytes=_MAX_PART_BYTES)
        return _Part(builder.root, package_relations(self._archive, part))

    def _draw_background(self) -> None:
        for part, name in ((self._slide, "sld"), (self._layout, "sldLayout"), (self._master, "sldMaster")):
            background = part.root.child(name, "cSld", "bg")
            if background is None:
                continue
            properties = background.child("bgPr") or background
            colour = self._fill(properties) or self._colour(background.child("bgRef") or _NOTHING)
            if colour:
                self._background = colour
                self._picture.paste(colour, (0, 0, *self._picture.size))
            fill = properties.child("blipFill")
            if fill:
                self._paste(part, fill, _Place(0, 0, *self._picture.size))
            return

    def _draw_tree(self, part: _Part, tree: _Node | None, frame: _Frame, *, is_slide: bool, depth: int = 0) -> None:
        for node in tree.children if tree else ():
            self._shapes -= 1
            if self._shapes < 0 or depth > _MAX_DEPTH:
                return
            if node.name == "grpSp":
                transform = node.child("grpSpPr", "xfrm")
                inner = frame.within(transform) if transform else frame
                self._draw_tree(part, node, inner, is_slide=is_slide, depth=depth + 1)
            elif node.name in {"sp", "pic", "cxnSp"} and (is_slide or not _placeholder(node)):
                self._draw_shape(part, node, frame)
            elif node.name == "graphicFrame":
                self._draw_table(node, frame)

    def _draw_shape(self, part: _Part, node: _Node, frame: _Frame) -> None:
        placeholder = _placeholder(node)
        if placeholder and placeholder.attributes.get("type") in _UNSEEN:
            return
        properties = node.child("spPr") or _NOTHING
        inherited = self._inherited(placeholder) if placeholder else []
        candidates = [properties, *(each.child("spPr") or _NOTHING for each in inherited)]
        transform = next((found for each in candidates if (found := each.child("xfrm"))), None)
        if transform is None:
            return
        place = frame.place(transform)
        fill = node.child("blipFill") or properties.child("blipFill")
        if fill:
            self._paste(part, fill, place)
        elif node.name == "cxnSp":
            self._draw.line(place.box, fill=self._fill(properties.child("ln") or _NOTHING) or (120, 120, 120))
        else:
            self._draw_outline(properties, node.child("style") or _NOTHING, place)
        body = node.child("txBody")
        if body:
            kind = placeholder.attributes.get("type", "") if placeholder else None
            backed = self._shape_colour(properties, node.child("style") or _NOTHING) or self._background
            anchors = [each.child("txBody", "bodyPr") or _NOTHING for each in inherited]
            self._draw_text(body, place, kind, backed, anchors)

    def _inherited(self, placeholder: _Node) -> list[_Node]:
        """Shapes of the layout and of the master that a placeholder takes its place from."""
        kind, number = placeholder.attributes.get("type", "obj"), placeholder.attributes.get("idx")
        found = []
        for part, name in ((self._layout, "sldLayout"), (self._master, "sldMaster")):
            tree = part.root.child(name, "cSld", "spTree")
            shapes = [(each, _placeholder(each)) for each in (tree.children if tree else ())]
            same_number = [each for each, other in shapes if other and number and other.attributes.get("idx") == number]
            kinds = {kind, "title"} if kind in _TITLES else {kind, "body"} if kind in {"obj", "subTitle"} else {kind}
            same_kind = [each for each, other in shapes if other and other.attributes.get("type", "obj") in kinds]
            found += (same_number if name == "sldLayout" else []) or same_kind[:1]
        return found

    def _draw_outline(self, properties: _Node, style: _Node, place: _Place) -> None:
        colour = self._shape_colour(properties, style)
        line = self._fill(properties.child("ln") or _NOTHING)
        geometry = (properties.child("prstGeom") or _NOTHING).attributes.get("prst")
        if (colour or line) and place.width > 0 and place.height > 0:
            draw = self._draw.ellipse if geometry == "ellipse" else self._draw.rectangle
            draw(place.box, fill=colour, outline=line)

    def _shape_colour(self, properties: _Node, style: _Node) -> Colour | None:
        if properties.child("noFill"):
            return None
        return self._fill(properties) or self._colour(style.child("fillRef") or _NOTHING)

    def _paste(self, part: _Part, fill: _Node, place: _Place) -> None:
        self._pictures -= 1
        relation = part.relations.get((fill.child("blip") or _NOTHING).attributes.get("embed", ""))
        member = self._archive.find(relation.target) if relation else None
        left, top, right, bottom = place.box
        if member is None or self._pictures < 0 or right <= left or bottom <= top:
            return
        try:
            picture = Image.open(binary_file(self._archive.open(member)), formats=_PICTURE_FORMATS)
            picture.draft("RGB", (2 * (right - left), 2 * (bottom - top)))
            if picture.width * picture.height > _MAX_PICTURE_PIXELS:
                raise UnreadableFile("The picture is too large to be shown")  # noqa: TRY301 – shown as a box, too
            shown = _cropped(picture.convert("RGBA"), fill.child("srcRect"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, UnreadableFile):
            # EMF, or damaged: the rest is worth more
            self._draw.rectangle(place.box, outline=(200, 200, 200))
            return
        width, height = min(right - left, 2 * self._picture.width), min(bottom - top, 2 * self._picture.height)
        shown = shown.resize((width, height), Image.Resampling.BILINEAR)
        self._picture.paste(shown, (left, top), shown)

    def _draw_table(self, node: _Node, frame: _Frame) -> None:
        transform = node.child("xfrm")
        data = node.child("graphic", "graphicData") or _NOTHING
        table = data.child("tbl")
        if transform is None:
            return
        place = frame.place(transform)
        if table is None:
            if data.children:  # a chart or a diagram
                self._draw.rectangle(place.box, outline=(200, 200, 200))
            return
        widths = [column.number("w") * frame.scale_x for column in (table.child("tblGrid") or _NOTHING).children]
        y = place.y
        for row in (each for each in table.children if each.name == "tr"):
            height = row.number("h") * frame.scale_y
            x = place.x
            for width, cell in zip(widths, (each for each in row.children if each.name == "tc"), strict=False):
                self._draw_cell(cell, _Place(x, y, width, height))
                x += width
            y += height

    def _draw_cell(self, cell: _Node, place: _Place) -> None:
        self._shapes -= 1
        if self._shapes < 0:
            return
        colour = self._fill(cell.child("tcPr") or _NOTHING)
        self._draw.rectangle(place.box, fill=colour, outline=(190, 190, 190))
        body = cell.child("txBody")
        if body:
            self._draw_text(body, place, None, colour or self._background, [])

    def _draw_text(self, body: _Node, place: _Place, kind: str | None, behind: Colour, inherited: list[_Node]) -> None:
        properties = body.child("bodyPr") or _NOTHING
        left, top, right, bottom = (properties.number(name, default) * self._scale for name, default in _INSETS.items())
        shrunk = (properties.child("normAutofit") or _NOTHING).number("fontScale", 100_000) / 100_000
        width = max(place.width - left - right, 1)
        lines = [
            line
            for paragraph in body.children
            if paragraph.name == "p"
            for line in self._lines(paragraph, kind, behind, shrunk, width)
        ]
        height = sum(line.height for line in lines)
        anchors = [each.attributes.get("anchor") for each in (properties, *inherited)]
        anchor = next((each for each in anchors if each), "ctr" if kind == "ctrTitle" else "t")
        free = max(place.height - top - bottom - height, 0)
        y = place.y + top + {"ctr": free / 2, "b": free}.get(anchor, 0)
        for line in lines:
            indent = (width - line.width) / 2 if line.is_centered else line.indent
            self._draw.text((place.x + left + indent, y), line.text, fill=line.colour, font=line.font)
            y += line.height

    def _lines(
        self, paragraph: _Node, kind: str | None, behind: Colour, shrunk: float, width: float
    ) -> "Iterator[_Line]":
        properties = paragraph.child("pPr") or _NOTHING
        level = min(max(properties.number("lvl"), 0), len(_LEVEL_POINTS) - 1)
        runs = [node for node in paragraph.children if node.name in {"r", "br", "fld"}]
        first = (runs[0].child("rPr") if runs else paragraph.child("endParaRPr")) or _NOTHING
        points = first.number("sz", 100 * _points(kind, level)) / 100 * shrunk
        colour = self._fill(first) or (
            (255, 255, 255) if sum(behind) / 3 < _DARK else self._colours.get("dk1", (0, 0, 0))
        )
        font = _font(max(round(points * _EMU_PER_POINT * self._scale), _MIN_FONT_PIXELS))
        is_centered = properties.attributes.get("algn", "ctr" if kind in {"ctrTitle", "subTitle"} else "l") == "ctr"
        text = "".join("\n" if node.name == "br" else (node.child("t") or _NOTHING).text for node in runs)
        text = text[: self._characters]
        self._characters -= len(text)
        has_bullet = kind in _BULLETED and not properties.child("buNone") and bool(text.strip())
        indent = (level + 1 if has_bullet else level) * font.size * 0.9
        for index, line in enumerate(_wrapped(text, font, max(width - indent, 1))):
            shown = f"• {line}" if has_bullet and index == 0 else line
            yield _Line(
                shown, font, colour, font.getlength(shown), font.size * _LINE_HEIGHT, indent, is_centered=is_centered
            )

    def _fill(self, node: _Node) -> Colour | None:
        solid = node.child("solidFill")
        if solid:
            return self._colour(solid)
        stops = (node.child("gradFill", "gsLst") or _NOTHING).children
        return self._colour(stops[0]) if stops else None

    def _colour(self, holder: _Node) -> Colour | None:
        node = holder.children[0] if holder.children else _NOTHING
        value = node.attributes.get("val", "")
        found: Colour | None = None
        if node.name == "srgbClr":
            found = _rgb(value)
        elif node.name == "schemeClr":
            found = self._colours.get(_SCHEME.get(value, value))
        elif node.name == "sysClr":
            found = _rgb(node.attributes.get("lastClr", ""))
        elif node.name == "prstClr":
            found = _named(value)
        return _lightened(found, node) if found else None


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    font: Any
    colour: Colour
    width: float
    height: float
    indent: float
    is_centered: bool


def _placeholder(node: _Node) -> _Node | None:
    holder = next((each for each in node.children if each.name in {"nvSpPr", "nvPicPr"}), _NOTHING)
    return holder.child("nvPr", "ph")


def _points(kind: str | None, level: int) -> int:
    if kind in _TITLES:
        return 44
    if kind == "subTitle":
        return 32
    return 18 if kind is None else _LEVEL_POINTS[level]


def _wrapped(text: str, font: Any, width: float) -> Iterator[str]:
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and font.getlength(longer) > width:
                yield line
                longer = word
            line = longer
        yield line


def warm_up_painting() -> None:
    Image.init()
    sample = Image.new("RGB", (8, 8))
    ImageDraw.Draw(sample).text((0, 0), "ä", font=_font(8))
    for kind in _PICTURE_FORMATS:
        content = io.BytesIO()
        sample.save(content, kind)
        opened = Image.open(content, formats=_PICTURE_FORMATS)
        opened.draft("RGB", (4, 4))
        opened.convert("RGBA").resize((4, 4), Image.Resampling.BILINEAR)


@lru_cache(maxsize=64)
def _font(pixels: int) -> Any:
    return ImageFont.load_default(min(pixels, 500))


def _cropped(picture: Image.Image, edges: _Node | None) -> Image.Image:
    if edges is None:
        return picture
    left, top, right, bottom = (edges.number(name) / 100_000 for name in ("l", "t", "r", "b"))
    box = (left * picture.width, top * picture.height, (1 - right) * picture.width, (1 - bottom) * picture.height)
    is_inside = 0 <= box[0] < box[2] <= picture.width and 0 <= box[1] < box[3] <= picture.height
    return picture.crop(tuple(map(round, box))) if is_inside else picture  # type: ignore[arg-type]  # four of them


def _theme_colours(root: _Node) -> dict[str, Colour]:
    scheme = root.child("theme", "themeElements", "clrScheme") or _NOTHING
    found = {}
    for node in scheme.children:
        value = node.children[0].attributes if node.children else {}
        colour = _rgb(value.get("lastClr") or value.get("val", ""))
        if colour:
            found[node.name] = colour
    return found


def _rgb(text: str) -> Colour | None:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        return None
    return (value[0], value[1], value[2]) if len(value) == 3 else None


def _named(name: str) -> Colour | None:
    try:
        return ImageColor.getrgb(name)[:3]
    except ValueError:
        return None


def _lightened(colour: Colour, node: _Node) -> Colour:
    """With the parts and the additions of lightness that the node has."""
    factor = (node.child("lumMod") or _NOTHING).number("val", 100_000) / 100_000
    offset = (node.child("lumOff") or _NOTHING).number("val", 0) / 100_000
    if (factor, offset) == (1, 0):
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    red, green, blue = colorsys.hls_to_rgb(hue, min(max(light * factor + offset, 0), 1), saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
