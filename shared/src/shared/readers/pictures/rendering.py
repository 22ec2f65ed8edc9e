"""Arrays of any depth as pictures for a screen."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.readers.queries import MAX_THUMBNAIL_PIXELS, ThumbnailQuery
from shared.readers.registry import Picture

MAX_DECODED_BYTES = 128 << 20
"""Bytes of a decoded picture, of which there are copies for a moment."""
_MAX_SAMPLED_PIXELS = 1 << 20
_COLOURS = ((0, 255, 0), (255, 0, 255), (0, 128, 255), (255, 160, 0), (255, 255, 255), (255, 0, 0))
"""Colours of channels, if the microscope has named none."""

Array = NDArray[np.generic]


def encode_picture(picture: Image.Image, query: ThumbnailQuery) -> Picture:
    """WebP that fits into the wanted size, with transparency where the picture has it."""
    mode = "RGBA" if "A" in picture.mode or "transparency" in picture.info else "RGB"
    shown = picture.convert(mode)
    shown.thumbnail(wanted_size(query), Image.Resampling.LANCZOS, reducing_gap=2.0)
    content = io.BytesIO()
    shown.save(content, "WEBP", quality=85, method=2)
    return Picture("image/webp", content.getvalue())


def wanted_size(query: ThumbnailQuery) -> tuple[int, int]:
    return (
        max(1, min(query.width, MAX_THUMBNAIL_PIXELS)),
        max(1, min(query.height, MAX_THUMBNAIL_PIXELS)),
    )


def reduced(plane: Array, query: ThumbnailQuery) -> Array:
    """Every n-th row and column of a plane that is much larger than wanted."""
    width, height = wanted_size(query)
    step = max(1, min(plane.shape[0] // (2 * height), plane.shape[1] // (2 * width)))
    return plane[::step, ::step]


def stretched(plane: Array, contrast: tuple[float, float] | None = None) -> NDArray[np.uint8]:
    """8 bits, of deeper data with the contrast given, else from the 0.5th to the 99.5th percentile."""
    if plane.dtype == np.uint8:
        return plane.astype(np.uint8)
    if plane.dtype == np.bool_:
        return plane.astype(np.uint8) * 255
    values = _finite(plane)
    low, high = contrast or _contrast(values)
    span = high - low or 1.0
    scaled: NDArray[np.uint8] = np.clip((values - low) * (255.0 / span), 0, 255).astype(np.uint8)
    return scaled


def contrast_of(plane: Array) -> tuple[float, float]:
    """The values that `stretched` makes black and white."""
    return _contrast(_finite(plane))


def _finite(plane: Array) -> NDArray[np.float32]:
    values = np.abs(plane) if np.iscomplexobj(plane) else plane
    return np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _contrast(values: NDArray[np.float32]) -> tuple[float, float]:
    flat = values.ravel()
    sample = flat[:: max(1, flat.size // _MAX_SAMPLED_PIXELS)]
    if not sample.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(sample, (0.5, 99.5)))
    return (low, high) if low < high else (float(sample.min()), float(sample.max()))


def composed(planes: list[NDArray[np.uint8]], colours: list[tuple[int, int, int] | None]) -> Image.Image:
    """One grey picture, or the sum of planes in colours."""
    if len(planes) == 1:
        return Image.fromarray(planes[0])
    total = np.zeros((*planes[0].shape, 3), np.uint16)
    for index, plane in enumerate(planes):
        colour = colours[index] or _COLOURS[index % len(_COLOURS)]
        for channel, part in enumerate(colour):
            if part:
                total[..., channel] += (plane.astype(np.uint16) * part) // 255
    return Image.fromarray(np.minimum(total, 255).astype(np.uint8))
