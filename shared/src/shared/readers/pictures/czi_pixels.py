"""Pixels of CZI files: planes are made of tiles of the level that is large enough. Layout: ZEISS CZI file format, version 1.2."""

import math
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
import zstandard
from PIL import Image

from shared.readers.errors import UnreadableFile
from shared.readers.pictures.rendering import MAX_DECODED_BYTES, Array, wanted_size
from shared.readers.queries import ThumbnailQuery
from shared.readers.source import BytesSource, RangeSource, binary_file

_SEGMENT_BYTES = 32
_DIRECTORY_HEAD_BYTES = 128
_ENTRY = struct.Struct("<2siqiib5xi")
_DIMENSION = struct.Struct("<4siifi")
_SUBBLOCK_HEAD = struct.Struct("<iiq")
_MIN_DATA_OFFSET = 256
_MAX_DIRECTORY_BYTES = 64 << 20
_MAX_TILES = 200_000
_MAX_DIMENSIONS = 32
_MAX_DECODED_TILES = 4_096
"""Tiles of one picture."""
_MAX_STORED_TILE_BYTES = 64 << 20
_MAX_SIDE = 1 << 24
_COLOURS = 3
_PIXELS: dict[int, tuple[type[np.generic], int]] = {
    0: (np.uint8, 1),
    1: (np.uint16, 1),
    2: (np.float32, 1),
    3: (np.uint8, 3),
    4: (np.uint16, 3),
    8: (np.float32, 3),
    9: (np.uint8, 4),
    12: (np.int32, 1),
}
"""Type and number of samples, by type of pixel. Colours are stored from blue to red."""


class Plane(NamedTuple):
    channel: int
    depth: int
    time: int


@dataclass(frozen=True, slots=True)
class Tile:
    plane: Plane
    is_first: bool
    """It shows the first phase, rotation, view and illumination, of which there may be several."""
    left: int
    top: int
    width: int
    height: int
    stored_width: int
    stored_height: int
    position: int
    pixels: int
    compression: int

    @property
    def reduction(self) -> int:
        return max(round(self.width / self.stored_width), 1)

    def touches(self, left: int, top: int, width: int, height: int) -> bool:
        is_beside = self.left >= left + width or self.left + self.width <= left
        return not (is_beside or self.top >= top + height or self.top + self.height <= top)


def read_tiles(source: RangeSource, position: int) -> list[Tile]:
    """The tiles that a directory names, whose segment begins there."""
    head = source.read(position + _SEGMENT_BYTES, 4)
    if not source.read(position, 16).startswith(b"ZISRAWDIRECTORY") or len(head) < 4:
        raise UnreadableFile("The CZI file is damaged: the directory of its pictures is not where its header says")
    count = min(max(struct.unpack("<i", head)[0], 0), _MAX_TILES)
    length = min(count * (_ENTRY.size + _MAX_DIMENSIONS * _DIMENSION.size), _MAX_DIRECTORY_BYTES)
    return list(_tiles(source.read(position + _SEGMENT_BYTES + _DIRECTORY_HEAD_BYTES, length), count))


def _tiles(data: bytes, count: int) -> Iterator[Tile]:
    place = 0
    for _ in range(count):
        if place + _ENTRY.size > len(data):
            return
        schema, pixels, position, _, compression, _, dimensions = _ENTRY.unpack_from(data, place)
        place += _ENTRY.size
        end = place + dimensions * _DIMENSION.size
        if schema != b"DV" or not 0 <= dimensions <= _MAX_DIMENSIONS or end > len(data):
            return
        sizes = {
            name.rstrip(b"\0"): (start, size, stored)
            for name, start, size, _, stored in _DIMENSION.iter_unpack(data[place:end])
        }
        place = end
        tile = _tile(sizes, position, pixels, compression)
        if tile:
            yield tile


def _tile(sizes: dict[bytes, tuple[int, int, int]], position: int, pixels: int, compression: int) -> Tile | None:
    left, width, stored_width = sizes.get(b"X", (0, 0, 0))
    top, height, stored_height = sizes.get(b"Y", (0, 0, 0))
    stored_width, stored_height = stored_width or width, stored_height or height  # 0: as large as it is
    if not all(0 < each <= _MAX_SIDE for each in (width, height, stored_width, stored_height)):
        return None
    channel, depth, time = (sizes.get(name, (0, 1, 1))[0] for name in (b"C", b"Z", b"T"))
    is_first = not any(sizes.get(name, (0, 1, 1))[0] for name in (b"H", b"R", b"V", b"I", b"B"))
    return Tile(
        Plane(channel, depth, time),
        is_first,
        *(left, top, width, height, stored_width, stored_height),
        *(position, pixels, compression),
    )


def compose_plane(source: RangeSource, tiles: list[Tile], query: ThumbnailQuery) -> Array:
    """The tiles of one plane beside each other, at about twice the wanted size or smaller."""
    left, top = min(tile.left for tile in tiles), min(tile.top for tile in tiles)
    width = max(tile.left + tile.width for tile in tiles) - left
    height = max(tile.top + tile.height for tile in tiles) - top
    if query.region:
        if query.region.left >= width or query.region.top >= height:
            raise UnreadableFile("The picture ends before the part of it that was asked for")
        width = min(query.region.width, width - query.region.left)
        height = min(query.region.height, height - query.region.top)
        left, top = left + query.region.left, top + query.region.top
    wanted_width, wanted_height = wanted_size(query)
    scale = max(width / (2 * wanted_width), height / (2 * wanted_height), 1.0)
    level = _level(tiles, max(width / wanted_width, height / wanted_height))
    chosen = [tile for tile in level if tile.touches(left, top, width, height)]
    if len(chosen) > _MAX_DECODED_TILES:
        raise UnreadableFile(
            f"The picture is made of {len(chosen):,} tiles without smaller versions of them, too many to be shown"
        )
    kind, samples = _kind(level[0])
    while width * height * samples * np.dtype(kind).itemsize > scale * scale * MAX_DECODED_BYTES:
        scale *= 1.5
    canvas = np.zeros((max(int(height / scale), 1), max(int(width / scale), 1), samples), kind)
    for tile in chosen:
        if tile.pixels == level[0].pixels:
            _paste(canvas, _decoded(source, tile), tile, (left, top), scale)
    return canvas[..., 0] if samples == 1 else canvas[..., 2::-1]


def _level(tiles: list[Tile], wanted_reduction: float) -> list[Tile]:
    """The tiles of the strongest reduction that is still large enough, and covers the whole."""
    levels: dict[int, list[Tile]] = defaultdict(list)
    for tile in tiles:
        levels[tile.reduction].append(tile)
    whole = max(sum(tile.width * tile.height for tile in level) for level in levels.values())
    fitting = [
        reduction
        for reduction, level in levels.items()
        if reduction <= max(wanted_reduction, 1) and sum(tile.width * tile.height for tile in level) * 2 >= whole
    ]
    return levels[max(fitting, default=min(levels))]


def _kind(tile: Tile) -> tuple[type[np.generic], int]:
    if tile.pixels not in _PIXELS:
        raise UnreadableFile(f"The pixels of the CZI file are of type {tile.pixels}, which is not supported")
    return _PIXELS[tile.pixels]


def _paste(canvas: Array, pixels: Array, tile: Tile, corner: tuple[int, int], scale: float) -> None:
    """Take every n-th pixel of a tile."""
    left, top = corner
    x, y = math.floor((tile.left - left) / scale), math.floor((tile.top - top) / scale)
    width = max(int((tile.left + tile.width - left) / scale) - x, 1)
    height = max(int((tile.top + tile.height - top) / scale) - y, 1)
    rows = (np.arange(height) * pixels.shape[0] // height)[max(-y, 0) : max(canvas.shape[0] - y, 0)]
    columns = (np.arange(width) * pixels.shape[1] // width)[max(-x, 0) : max(canvas.shape[1] - x, 0)]
    x, y = max(x, 0), max(y, 0)
    canvas[y : y + len(rows), x : x + len(columns)] = pixels[rows][:, columns]


def _decoded(source: RangeSource, tile: Tile) -> Array:
    kind, samples = _kind(tile)
    shape = (tile.stored_height, tile.stored_width, samples)
    length = tile.stored_height * tile.stored_width * samples * np.dtype(kind).itemsize
    if length > MAX_DECODED_BYTES:
        raise UnreadableFile(
            f"The tiles of the picture are too large to be shown: {tile.stored_width:,} × {tile.stored_height:,}"
        )
    data = _stored(source, tile)
    match tile.compression:  # none, JPEG, JPEG XR, zstd, zstd behind a header
        case 0:
            content: Any = data
        case 1:
            picture = Image.open(binary_file(BytesSource(data)), formats=("JPEG",))
            if picture.size != (tile.stored_width, tile.stored_height) or samples > _COLOURS:
                raise UnreadableFile("The CZI file is damaged: a tile has another size than its entry says")
            return np.asarray(picture.convert("L" if samples == 1 else "RGB")).reshape(shape)[..., ::-1]
        case 4:
            decoded = np.empty(shape if samples > 1 else shape[:2], kind)
            imagecodecs.jpegxr_decode(data, out=decoded)
            order = [2, 1, 0, 3][:samples] if samples > 1 else [0]  # the decoder turns colours round
            return decoded.reshape(shape)[..., order]
        case 5:
            content = _unpacked(data, length)
        case 6:
            content = _unpacked_with_header(data, length)
        case other:
            raise UnreadableFile(f"The tiles of the picture are compressed by method {other}, which is not supported")
    if len(content) < length:
        raise UnreadableFile("The CZI file is damaged: a tile is shorter than its entry says")
    return np.frombuffer(content, kind, length // np.dtype(kind).itemsize).reshape(shape)


def _stored(source: RangeSource, tile: Tile) -> bytes:
    place = tile.position + _SEGMENT_BYTES
    head = source.read(place, _SUBBLOCK_HEAD.size + _ENTRY.size) if tile.position > 0 else b""
    if len(head) < _SUBBLOCK_HEAD.size + _ENTRY.size:
        raise UnreadableFile("The CZI file is cut off, or a tile is not where its entry says")
    metadata, _, length = _SUBBLOCK_HEAD.unpack_from(head)
    dimensions = _ENTRY.unpack_from(head, _SUBBLOCK_HEAD.size)[-1]
    if not (metadata >= 0 and 0 <= length <= _MAX_STORED_TILE_BYTES and 0 <= dimensions <= _MAX_DIMENSIONS):
        raise UnreadableFile("The CZI file is damaged, or its tiles are too large to be shown")
    begin = max(_MIN_DATA_OFFSET, _SUBBLOCK_HEAD.size + _ENTRY.size + dimensions * _DIMENSION.size)
    return source.read(place + begin + metadata, length)


def _unpacked(data: bytes, length: int) -> bytes:
    if zstandard.frame_content_size(data) > length:
        raise UnreadableFile("The CZI file is damaged: a tile is longer than its entry says")
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=length)


def _unpacked_with_header(data: bytes, length: int) -> bytes:
    """The header says whether low and high bytes are stored apart."""
    head = data[0] if data else 0
    content = _unpacked(data[head:], length)
    if head >= 3 and data[1] == 1 and data[2] & 1:
        half = len(content) // 2
        return np.stack(
            [np.frombuffer(content, np.uint8, half), np.frombuffer(content, np.uint8, half, half)], -1
        ).tobytes()
    return content
