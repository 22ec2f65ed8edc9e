"""A part of a picture is what that part of the whole is, and only what it needs is read."""

from pathlib import Path

import numpy as np
import pytest
from readers.running import pixels, preview, thumbnail
from readers.test_czi import CziTile, czi_of_tiles
from readers.test_pictures import pyramid, tiff

from shared.readers.errors import UnreadableFile
from shared.readers.queries import Region
from shared.readers.source import BytesSource

PICTURES = Path(__file__).parent / "corpus" / "pictures"
TIFFS = sorted(path.name for path in PICTURES.iterdir() if path.suffix in {".tif", ".tiff"})


@pytest.mark.parametrize("name", TIFFS)
def test_parts_of_a_tiff_are_those_of_the_whole(name: str) -> None:
    content = (PICTURES / name).read_bytes()
    shown = preview(content, name)
    width, height = shown["width"], shown["height"]
    part = Region(width // 3, height // 4, width // 2, height // 2)
    if not shown["has_regions"]:
        with pytest.raises(UnreadableFile, match="cannot be read without the rest"):
            thumbnail(content, name, region=part)
        return
    whole = pixels(thumbnail(content, name, width=2048, height=2048))
    found = pixels(thumbnail(content, name, width=2048, height=2048, region=part))
    same = whole[part.top : part.top + part.height, part.left : part.left + part.width]
    assert found.shape == same.shape
    assert np.abs(found - same).mean() < 8  # compressed again


def test_part_of_a_pyramid_comes_from_the_level_that_is_large_enough() -> None:
    random = np.random.default_rng(1)
    levels = [random.integers(0, 255, (2048 >> level, 2048 >> level), np.uint8) // 4 + 60 * level for level in range(3)]
    content = pyramid(levels)
    assert preview(content, "a.tif")["has_regions"]
    for side, level in ((512, 0), (256, 1), (128, 2)):
        part = Region(1024, 512, 512, 512)
        source = BytesSource(content)
        found = pixels(thumbnail(source, "a.tif", width=side, height=side, region=part))
        expected = levels[level][512 >> level : 1024 >> level, 1024 >> level : 1536 >> level]
        assert abs(found.mean() - expected.mean()) < 3
        assert source.read_bytes < len(content) // 4


def test_parts_of_a_deep_picture_have_the_contrast_of_the_whole() -> None:
    ramp = np.tile(np.linspace(0, 60_000, 256).astype(np.uint16), (64, 1))
    content = tiff(ramp, photometric="minisblack")
    dark = pixels(thumbnail(content, "a.tif", region=Region(0, 0, 64, 64)))
    bright = pixels(thumbnail(content, "a.tif", region=Region(192, 0, 64, 64)))
    assert (dark.max() < 80, bright.min() > 170) == (True, True)


def test_parts_of_a_czi_file_are_made_of_the_tiles_that_they_touch() -> None:
    tiles = [
        CziTile(bytes([40 * number + 20]) * 32 * 32, 0, 0, (32, 32), (32, 32), (32 * (number % 3), 32 * (number // 3)))
        for number in range(6)
    ]
    content = czi_of_tiles(tiles)
    assert preview(content, "a.czi")["has_regions"]
    whole, one = BytesSource(content), BytesSource(content)
    thumbnail(whole, "a.czi", width=96, height=64)
    thumbnail(one, "a.czi", width=16, height=16, region=Region(70, 40, 16, 16))
    assert one.read_bytes <= whole.read_bytes - 5 * 32 * 32
    found = pixels(thumbnail(content, "a.czi", width=32, height=16, region=Region(16, 8, 32, 16)))
    assert found.shape[:2] == (16, 32)
    assert (found[:, :14].mean(), found[:, 18:].mean()) == (pytest.approx(20, abs=4), pytest.approx(60, abs=4))


@pytest.mark.parametrize(
    ("content", "name", "part", "text"),
    [
        (pyramid([np.zeros((256, 256), np.uint8)]), "a.tif", Region(256, 0, 8, 8), "ends before the part"),
        (czi_of_tiles([CziTile(bytes(64), 0, 0, (8, 8), (8, 8))]), "a.czi", Region(0, 8, 4, 4), "ends before the part"),
        ((PICTURES / "hopper.png").read_bytes(), "a.png", Region(0, 0, 8, 8), "shown as a whole only"),
    ],
)
def test_parts_that_cannot_be_shown_say_why(content: bytes, name: str, part: Region, text: str) -> None:
    with pytest.raises(UnreadableFile, match=text):
        thumbnail(content, name, region=part)
