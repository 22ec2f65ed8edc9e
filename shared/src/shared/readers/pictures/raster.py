"""PNG, JPEG, WebP, GIF, BMP and their relatives."""

import io
from typing import Any

import numpy as np
from PIL import Image, ImageOps, JpegImagePlugin, UnidentifiedImageError, features

from shared.readers.errors import UnreadableFile
from shared.readers.pictures.rendering import MAX_DECODED_BYTES, encode_picture, stretched, wanted_size
from shared.readers.queries import PreviewOptions, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.source import BytesSource, RangeSource, binary_file
from shared.schemas.previews import ImagePreview

Image.MAX_IMAGE_PIXELS = None  # sizes are checked here, after reductions that decoders offer
_MAX_FRAME_PIXELS = MAX_DECODED_BYTES // 4
"""Pixels of a frame of a GIF, which may be larger than the picture says. Pillow makes it when it opens the file."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "ICO", "PPM", "JPEG2000", "TGA", "PCX", "PSD", "AVIF")
"""Not those that run other programs, as EPS does."""
_READ_AS_A_WHOLE = frozenset({"WEBP", "AVIF", "JPEG2000", "ICO"})
_MAX_WHOLE_BYTES = 64 << 20
_MAX_COUNTED_BYTES = 32 << 20
"""Bytes of an animation of which the frames are counted."""
_ORIENTATION = 0x0112
_CHANNELS = {
    "1": ["grey"], "L": ["grey"], "P": ["palette"], "LA": ["grey", "alpha"], "La": ["grey", "alpha"], "PA": ["palette", "alpha"],
    "RGB": ["red", "green", "blue"], "RGBA": ["red", "green", "blue", "alpha"], "RGBa": ["red", "green", "blue", "alpha"],
    "CMYK": ["cyan", "magenta", "yellow", "black"], "YCbCr": ["luma", "blue difference", "red difference"],
    "LAB": ["lightness", "a", "b"], "HSV": ["hue", "saturation", "value"],
}  # fmt: skip
_BITS = {"1": 1, "I": 32, "F": 32}


def preview_raster(source: RangeSource, _name: str, _options: PreviewOptions) -> ImagePreview:
    picture = _open(source)
    width, height = picture.size
    if _is_turned(picture):
        width, height = height, width
    details: dict[str, Any] = {"mode": picture.mode}
    if "dpi" in picture.info:
        details["dpi"] = [round(float(value), 2) for value in picture.info["dpi"]]
    return ImagePreview(
        **blank(complete=True),
        format=(picture.format or "").lower(),
        width=width,
        height=height,
        channels=_CHANNELS.get(picture.mode, ["grey"]),
        bits=_bits(picture, source),
        pages=_count_frames(picture, source),
        details=details,
    )


def _is_turned(picture: Image.Image) -> bool:
    """PNG may have its Exif data behind the pixels: there they are not looked for, since all pixels would be decoded."""
    if picture.format == "PNG" and "exif" not in picture.info:
        return False
    return picture.getexif().get(_ORIENTATION, 1) in {5, 6, 7, 8}


def thumbnail_of_raster(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    picture = _open(source)
    if query.page is not None and query.page > 1:
        _seek(picture, source, query.page - 1)
    try:
        return encode_picture(load_reduced(picture, query), query)
    except OSError:
        if picture.format != "JPEG2000":
            raise
    return encode_picture(load_reduced(_open(source), query, reduce=False), query)  # it has fewer levels than asked for


def load_reduced(picture: Image.Image, query: ThumbnailQuery, *, reduce: bool = True) -> Image.Image:
    """The picture, upright, at about the wanted size where its decoder can reduce. Raises UnreadableFile when it is too large."""
    _refuse_large_progressive(picture)
    if reduce:
        _reduce(picture, query)
    depth = max(len(picture.getbands()), 1) * (4 if picture.mode in _BITS and picture.mode != "1" else 1)
    if picture.width * picture.height * depth > MAX_DECODED_BYTES:
        raise UnreadableFile(f"The picture is too large to be shown: {picture.width:,} × {picture.height:,} pixels")
    picture.load()
    orientation = picture.getexif().get(_ORIENTATION, 1)
    if picture.mode.startswith(("I", "F")):
        picture = Image.fromarray(stretched(np.asarray(picture)))
        if orientation != 1:
            picture.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(picture)


def _refuse_large_progressive(picture: Image.Image) -> None:
    """Their decoder keeps 16 bits for every sample, whatever it reduces."""
    samples = picture.width * picture.height * len(picture.getbands())
    if picture.info.get("progressive") and 2 * samples > 2 * MAX_DECODED_BYTES:
        raise UnreadableFile(
            f"The picture is too large to be shown: {picture.width:,} × {picture.height:,} pixels, progressive"
        )


def _reduce(picture: Image.Image, query: ThumbnailQuery) -> None:
    side = 2 * max(wanted_size(query))
    if picture.format in {"JPEG", "MPO"}:
        picture.draft(None, (side, side))
    elif picture.format == "JPEG2000":
        factor = max(picture.size) // side
        steps = max(factor.bit_length() - 1, 0)
        if steps:
            picture.reduce = min(steps, 5)  # type: ignore[assignment,method-assign]  # an attribute of this format


def _open(source: RangeSource) -> Image.Image:
    is_gif = source.read(0, 4) == b"GIF8"
    Image.MAX_IMAGE_PIXELS = _MAX_FRAME_PIXELS // 2 if is_gif else None  # Pillow refuses twice as many
    try:
        picture = Image.open(binary_file(source), formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise UnreadableFile("The picture is damaged, or of an unknown format") from error
    except Image.DecompressionBombError as error:
        raise UnreadableFile(
            "The picture is too large to be shown, or damaged: it has a frame of too many pixels"
        ) from error
    if picture.format in _READ_AS_A_WHOLE and source.size > _MAX_WHOLE_BYTES:
        raise UnreadableFile(f"Pictures of this format are read up to {_MAX_WHOLE_BYTES >> 20} MiB")
    return picture


def _seek(picture: Image.Image, source: RangeSource, index: int) -> None:
    if source.size > _MAX_COUNTED_BYTES:
        raise UnreadableFile("Only the first frame of so large an animation can be shown")
    try:
        picture.seek(index)
    except EOFError as error:
        raise UnreadableFile(f"The picture has {getattr(picture, 'n_frames', 1)} frames") from error


def _count_frames(picture: Image.Image, source: RangeSource) -> int:
    if picture.format == "GIF" and source.size > _MAX_COUNTED_BYTES:
        return 1
    return int(getattr(picture, "n_frames", 1))


def _bits(picture: Image.Image, source: RangeSource) -> int:
    if picture.format == "PNG":
        return source.read(24, 1)[0]
    is_deep = picture.mode.startswith("I;16") or (picture.format == "PPM" and picture.mode == "I")
    return 16 if is_deep else _BITS.get(picture.mode, 8)


def warm_up() -> None:
    Image.init()
    _ = features.get_supported()
    assert JpegImagePlugin.RAWMODE  # noqa: S101 – imported for what Image.open needs
    sample = Image.new("RGB", (8, 8))
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "JPEG2000", "AVIF", "ICO", "PPM", "TGA"):
        if kind in Image.SAVE:
            content = io.BytesIO()
            sample.save(content, kind)
            source = BytesSource(content.getvalue())
            preview_raster(source, "sample", PreviewOptions())
            thumbnail_of_raster(source, "sample", ThumbnailQuery(width=4, height=4))


READER = Reader("raster", 1, "pictures", preview_raster, thumbnail=thumbnail_of_raster)
