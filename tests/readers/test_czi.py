"""Files of Zeiss microscopes, written by the specification: no package brings one that is short enough."""

import io
import struct
from typing import NamedTuple

import imagecodecs
import numpy as np
import pytest
import zstandard
from PIL import Image
from readers.running import grey_of, pixels, preview, thumbnail

from shared.readers.errors import UnreadableFile


def czi(xml: bytes, thumbnail_content: bytes | None) -> bytes:
    """Header, metadata, and a directory of one attachment."""
    header = bytearray(544)
    header[:10] = b"ZISRAWFILE"
    metadata = struct.pack("<16s2q", b"ZISRAWMETADATA", 0, 0) + struct.pack("<i", len(xml)) + bytes(252) + xml
    directory_at = len(header) + len(metadata)
    attachment_at = directory_at + 32 + 256 + 128
    entry = struct.pack("<2s10sqi16s8s80s", b"A1", b"", attachment_at, 0, b"", b"JPG", b"Thumbnail")
    directory = struct.pack("<16s2q", b"ZISRAWATTDIR", 0, 0) + struct.pack("<i", 1) + bytes(252) + entry
    attachment = (
        struct.pack("<16s2q", b"ZISRAWATTACH", 0, 0) + struct.pack("<i", len(thumbnail_content or b"")) + bytes(252)
    )
    struct.pack_into("<q", header, 92, len(header))
    struct.pack_into("<q", header, 104, directory_at if thumbnail_content else 0)
    return bytes(header) + metadata + directory + attachment + (thumbnail_content or b"")


def test_metadata_and_thumbnail_of_a_czi_file_are_shown() -> None:
    picture = io.BytesIO()
    Image.new("L", (40, 30), 77).save(picture, "JPEG")
    xml = (
        b"<ImageDocument><Metadata><Information><Image><PixelType>Gray16</PixelType><SizeX>2000</SizeX><SizeY>1000</SizeY><SizeZ>7</SizeZ>"
        b'<Dimensions><Channels><Channel Name="DAPI"/><Channel Name="EGFP"/></Channels></Dimensions></Image></Information></Metadata></ImageDocument>'
    )
    content = czi(xml, picture.getvalue())
    found = preview(content, "a.czi")
    assert [found[key] for key in ("width", "height", "channels", "bits", "pages")] == [
        2000,
        1000,
        ["DAPI", "EGFP"],
        16,
        7,
    ]
    shown = thumbnail(content, "a.czi")
    assert (shown.size, grey_of(shown)) == ((40, 30), pytest.approx(77, abs=2))
    with pytest.raises(UnreadableFile, match="has no pictures"):
        thumbnail(czi(xml, None), "a.czi")


class CziTile(NamedTuple):
    content: bytes
    pixels: int
    compression: int
    size: tuple[int, int]
    """Width and height on the slide."""
    stored: tuple[int, int]
    at: tuple[int, int] = (0, 0)
    channel: int = 0
    depth: int = 0


def czi_of_tiles(tiles: list[CziTile]) -> bytes:
    """A file without attachments whose metadata name two channels."""
    xml = b"<ImageDocument><Metadata><Information><Image><SizeX>64</SizeX><SizeY>64</SizeY><SizeZ>2</SizeZ></Image></Information></Metadata></ImageDocument>"
    content = bytearray(czi(xml, None))
    entries = []
    for tile in tiles:
        dimensions = [
            (b"X", tile.at[0], tile.size[0], tile.stored[0]),
            (b"Y", tile.at[1], tile.size[1], tile.stored[1]),
            (b"C", tile.channel, 1, 1),
            (b"Z", tile.depth, 1, 1),
        ]
        entry = struct.pack("<2siqiib5xi", b"DV", tile.pixels, len(content), 0, tile.compression, 0, len(dimensions))
        entry += b"".join(
            struct.pack("<4siifi", name, start, size, 0, stored) for name, start, size, stored in dimensions
        )
        entries.append(entry)
        head = struct.pack("<iiq", 5, 0, len(tile.content)) + entry
        content += struct.pack("<16s2q", b"ZISRAWSUBBLOCK", 0, 0) + head.ljust(256, b"\0") + b"<M/> " + tile.content
    struct.pack_into("<q", content, 84, len(content))
    content += struct.pack("<16s2q", b"ZISRAWDIRECTORY", 0, 0) + struct.pack("<i", len(entries)) + bytes(124)
    return bytes(content) + b"".join(entries)


def test_tiles_of_a_czi_file_are_put_beside_each_other_by_channel_and_depth() -> None:
    """The first channel and depth are dark at the left and bright at the right; the smaller level is not asked for."""
    dark, bright = np.full((64, 32), 1_000, np.uint16).tobytes(), np.full((64, 32), 60_000, np.uint16).tobytes()
    halves = [
        CziTile(dark, 1, 0, (32, 64), (32, 64), (-7, 5), channel, depth) for channel in (0, 1) for depth in (0, 1)
    ]
    others = [
        CziTile(bright if (channel, depth) == (0, 0) else dark, 1, 0, (32, 64), (32, 64), (25, 5), channel, depth)
        for channel in (0, 1)
        for depth in (0, 1)
    ]
    content = czi_of_tiles([*halves, *others, CziTile(bytes(32), 1, 0, (64, 64), (4, 4), (-7, 5))])
    shown = pixels(thumbnail(content, "a.czi", width=64, height=64, page=1, channels=[0]))
    assert (shown[:, :28].max(), shown[:, 36:].min()) == (pytest.approx(0, abs=9), pytest.approx(255, abs=9))
    assert pixels(thumbnail(content, "a.czi", width=64, height=64, page=2, channels=[0])).max() < 9
    with pytest.raises(UnreadableFile, match="2 planes"):
        thumbnail(content, "a.czi", page=3)


def test_smaller_level_of_a_czi_file_is_taken_when_it_is_large_enough() -> None:
    whole = CziTile(bytes(64 * 64), 0, 0, (64, 64), (64, 64))
    level = CziTile(b"\xff" * 16 * 16, 0, 0, (64, 64), (16, 16))
    content = czi_of_tiles([whole, level])
    assert grey_of(thumbnail(content, "a.czi", width=16, height=16)) == pytest.approx(255, abs=5)
    assert grey_of(thumbnail(content, "a.czi", width=32, height=32)) == pytest.approx(0, abs=5)


STEPS = (np.arange(32 * 32, dtype=np.uint16) * 60).reshape(32, 32)
RED = np.broadcast_to(np.array([200, 40, 20], np.uint8), (32, 32, 3))


@pytest.mark.parametrize(
    ("content", "pixels_type", "compression", "colour"),
    [
        (zstandard.compress(STEPS.tobytes()), 1, 5, None),
        (
            b"\x03\x01\x01" + zstandard.compress(STEPS.view(np.uint8).reshape(-1, 2).T.tobytes()),
            1,
            6,
            None,
        ),
        (imagecodecs.jpegxr_encode(STEPS, level=1.0), 1, 4, None),
        (RED[..., ::-1].tobytes(), 3, 0, (200, 40, 20)),
        (imagecodecs.jpegxr_encode(np.ascontiguousarray(RED), level=0.99), 3, 4, (200, 40, 20)),
        (imagecodecs.jpeg8_encode(np.ascontiguousarray(RED), level=95), 3, 1, (200, 40, 20)),
    ],
    ids=["zstd", "zstd behind a header", "JPEG XR", "colours", "colours in JPEG XR", "colours in JPEG"],
)
def test_compressed_tiles_of_a_czi_file_are_shown(
    content: bytes, pixels_type: int, compression: int, colour: tuple[int, int, int] | None
) -> None:
    tile = CziTile(content, pixels_type, compression, (32, 32), (32, 32))
    shown = pixels(thumbnail(czi_of_tiles([tile]), "a.czi", width=32, height=32))
    if colour:
        assert shown.mean(axis=(0, 1)).tolist() == pytest.approx(colour, abs=8)
    else:
        rows = shown[..., 0].mean(axis=1)
        assert (np.diff(rows) > 0).all()


def test_tiles_of_a_czi_file_that_lie_are_refused() -> None:
    for content, compression, reason in (
        (b"short", 0, "shorter than its entry says"),
        (zstandard.compress(bytes(1 << 20)), 5, "longer than its entry says"),
        (b"", 2, "method 2, which is not supported"),
    ):
        tile = CziTile(content, 1, compression, (32, 32), (32, 32))
        with pytest.raises(UnreadableFile, match=reason):
            thumbnail(czi_of_tiles([tile]), "a.czi")
