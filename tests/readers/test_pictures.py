import io
import struct
from typing import Any

import numpy as np
import pytest
import tifffile
from nibabel import Nifti1Image
from nibabel.fileholders import FileHolder
from numpy.typing import NDArray
from PIL import Image
from readers.hostile_files import dicom_of
from readers.running import grey_of, pixels, preview, run, thumbnail

from shared.readers.errors import UnreadableFile
from shared.readers.source import BytesSource

RAMP = np.linspace(100, 4000, 64 * 64).reshape(64, 64)


def tiff(*pages: NDArray[Any], **options: Any) -> bytes:
    content = io.BytesIO()
    with tifffile.TiffWriter(content, ome=options.pop("ome", None), imagej=options.pop("imagej", False)) as writer:
        for page in pages:
            writer.write(page, **options)
    return content.getvalue()


def pyramid(levels: list[NDArray[np.uint8]]) -> bytes:
    content = io.BytesIO()
    with tifffile.TiffWriter(content, bigtiff=True) as writer:
        writer.write(levels[0], tile=(128, 128), subifds=len(levels) - 1, photometric="minisblack")
        for level in levels[1:]:
            writer.write(level, tile=(128, 128), subfiletype=1, photometric="minisblack")
    return content.getvalue()


def test_smallest_sufficient_level_of_a_pyramid_is_read() -> None:
    content = pyramid([np.full((2048 >> level, 2048 >> level), 50 * (level + 1), np.uint8) for level in range(4)])
    assert preview(content, "a.tif")["details"]["levels"] == [[2048, 2048], [1024, 1024], [512, 512], [256, 256]]
    for side, shown in ((100, 200), (256, 200), (300, 150), (1024, 100), (2000, 50)):
        assert grey_of(thumbnail(content, "a.tif", width=side, height=side)) == pytest.approx(shown, abs=2)
    source = BytesSource(content)
    run("thumbnail", source, "a.tif", width=256, height=256)
    assert source.read_bytes < len(content) // 8


def test_large_picture_without_levels_is_refused_before_it_is_decoded() -> None:
    content = bytearray(tiff(np.zeros((16, 16), np.uint8), photometric="minisblack"))
    with tifffile.TiffFile(io.BytesIO(bytes(content))) as file:
        places = [
            tag.valueoffset for tag in file.pages.first.tags.values() if tag.name in {"ImageWidth", "ImageLength"}
        ]
    for place in places:
        struct.pack_into("<H", content, place, 60_000)
    source = BytesSource(bytes(content))
    with pytest.raises(UnreadableFile, match=r"too large to be shown, and has no smaller copy: 60,000 × 60,000"):
        run("thumbnail", source, "a.tif")


@pytest.mark.parametrize("kind", ["u2", "f4", "i4", "f8"])
def test_contrast_of_deep_pictures_is_stretched(kind: str) -> None:
    found = pixels(thumbnail(tiff(RAMP.astype(kind), photometric="minisblack"), "a.tif", width=64, height=64))[..., 0]
    assert [int(found.min()), int(found.max())] == pytest.approx([0, 255], abs=6)
    assert np.corrcoef(found.ravel(), RAMP.ravel())[0, 1] > 0.99


def test_values_that_are_no_numbers_are_black() -> None:
    holes = RAMP.astype("f4")
    holes[:8] = np.nan
    holes[8:16] = np.inf
    assert pixels(thumbnail(tiff(holes, photometric="minisblack"), "a.tif", width=64, height=64))[:8].max() < 12


def test_channels_of_an_ome_file_are_named_chosen_and_coloured() -> None:
    planes = np.zeros((2, 3, 32, 32), np.uint8)
    planes[:, 0], planes[:, 1], planes[:, 2] = 255, 100, 0
    content = tiff(
        planes,
        ome=True,
        photometric="minisblack",
        metadata={"axes": "ZCYX", "Channel": {"Name": ["DAPI", "GFP", "empty"], "Color": [0x0000FFFF, 0x00FF00FF, -1]}},
    )
    found = preview(content, "a.ome.tif")
    assert (found["channels"], found["pages"], found["bits"]) == (["DAPI", "GFP", "empty"], 2, 8)
    colours = pixels(thumbnail(content, "a.ome.tif")).mean(axis=(0, 1))
    assert colours == pytest.approx([0, 100, 255], abs=6)
    assert grey_of(thumbnail(content, "a.ome.tif", channels=[1])) == pytest.approx(100, abs=3)
    with pytest.raises(UnreadableFile, match="3 channels"):
        thumbnail(content, "a.ome.tif", channels=[3])


@pytest.mark.parametrize(
    "options", [{"ome": True, "metadata": {"axes": "ZYX"}}, {"imagej": True, "metadata": {"axes": "ZYX"}}, {}]
)
def test_pages_of_a_stack_are_shown_by_number(options: dict[str, Any]) -> None:
    stack = np.stack([np.full((32, 32), 40 * (number + 1), np.uint8) for number in range(5)])
    content = tiff(stack, photometric="minisblack", **options)
    assert preview(content, "a.tif")["pages"] == 5
    assert [grey_of(thumbnail(content, "a.tif", page=number)) for number in (1, 3, 5)] == pytest.approx(
        [40, 120, 200], abs=3
    )
    with pytest.raises(UnreadableFile, match="5 pages"):
        thumbnail(content, "a.tif", page=6)


def test_middle_of_a_volume_is_shown_first() -> None:
    stack = np.stack([np.full((32, 32), 40 * (number + 1), np.uint8) for number in range(5)])
    assert grey_of(
        thumbnail(tiff(stack, ome=True, photometric="minisblack", metadata={"axes": "ZYX"}), "a.tif")
    ) == pytest.approx(120, abs=3)


def test_inverted_and_separated_pictures_have_the_right_colours() -> None:
    white = tiff(np.zeros((16, 16), np.uint8), photometric="miniswhite")
    assert grey_of(thumbnail(white, "a.tif")) == 255
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 0] = 255
    cyan = pixels(thumbnail(tiff(ink, photometric="separated"), "a.tif")).mean(axis=(0, 1))
    assert cyan[0] < 60
    assert cyan[2] > 150


def test_large_jpeg_is_reduced_while_it_is_decoded() -> None:
    content = io.BytesIO()
    Image.new("L", (12_000, 12_000), 128).save(content, "JPEG")
    found = thumbnail(content.getvalue(), "a.jpg", width=100, height=100)
    assert (found.size, grey_of(found)) == ((100, 100), pytest.approx(128, abs=2))


def test_preview_of_a_large_picture_reads_its_header_only() -> None:
    content = io.BytesIO()
    Image.frombytes("RGB", (2000, 1000), np.random.default_rng(1).bytes(6_000_000)).save(
        content, "PNG", compress_level=0
    )
    source = BytesSource(content.getvalue())
    found = preview(source, "a.png")
    assert (found["width"], found["height"]) == (2000, 1000)
    assert source.read_bytes < 200_000


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (5000, 20)])
def test_thumbnail_fits_into_the_wanted_size(size: tuple[int, int]) -> None:
    content = io.BytesIO()
    Image.new("RGB", (3000, 1500)).save(content, "PNG")
    width, height = thumbnail(content.getvalue(), "a.png", width=size[0], height=size[1]).size
    assert width <= min(size[0], 2048)
    assert height <= min(size[1], 2048)


def test_transparency_is_kept() -> None:
    content = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(content, "PNG")
    assert thumbnail(content.getvalue(), "a.png").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_frames_of_an_animation_are_counted_and_shown_by_number() -> None:
    content = io.BytesIO()
    frames = [Image.new("L", (20, 20), grey) for grey in (0, 100, 200)]
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:])
    assert preview(content.getvalue(), "a.gif")["pages"] == 3
    assert grey_of(thumbnail(content.getvalue(), "a.gif", page=3)) == pytest.approx(200, abs=3)
    with pytest.raises(UnreadableFile, match="3 frames"):
        thumbnail(content.getvalue(), "a.gif", page=4)


def test_nothing_about_a_patient_is_shown() -> None:
    patient = struct.pack("<2H2sH", 0x10, 0x10, b"PN", 12) + b"Doe^Jonathan"
    content = dicom_of(4, 4)
    at = content.find(struct.pack("<2H", 0x28, 2))
    for operation in ("preview", "thumbnail"):
        try:
            body = run(operation, content[:at] + patient + content[at:], "a.dcm").body
        except UnreadableFile as error:
            body = str(error).encode()
        assert b"Doe" not in body


def test_slices_of_a_nifti_series_are_numbered_volume_after_volume() -> None:
    data = np.zeros((8, 8, 3, 2), np.uint8)
    for volume in range(2):
        for number in range(3):
            data[:, :, number, volume] = 30 * (3 * volume + number + 1)
    content = io.BytesIO()
    holder = FileHolder(fileobj=content)
    image: Any = Nifti1Image
    image(data, np.eye(4)).to_file_map({"image": holder, "header": holder})
    assert preview(content.getvalue(), "a.nii")["pages"] == 6
    shown = [grey_of(thumbnail(content.getvalue(), "a.nii", page=number)) for number in range(1, 7)]
    assert shown == pytest.approx([30, 60, 90, 120, 150, 180], abs=3)
