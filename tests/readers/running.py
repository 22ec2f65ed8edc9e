"""Operations of the readers on contents in memory."""

import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.readers.errors import WrongFamily
from shared.readers.operations import OPERATIONS, OperationAnswer
from shared.readers.registry import load_family
from shared.readers.source import BytesSource, RangeSource


def run(operation: str, content: bytes | RangeSource, name: str, **arguments: Any) -> OperationAnswer:
    """Families of readers are imported when the first file needs them."""
    kind, function = OPERATIONS[operation]
    source = BytesSource(content) if isinstance(content, bytes) else content
    try:
        return function(source, name, kind(**arguments))
    except WrongFamily as wrong:
        load_family(wrong.family)
        return function(source, name, kind(**arguments))


def preview(content: bytes | RangeSource, name: str, **options: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run("preview", content, name, **options).body)
    return answer


def thumbnail(content: bytes | RangeSource, name: str, **query: Any) -> Image.Image:
    return Image.open(io.BytesIO(run("thumbnail", content, name, **query).body))


def pixels(picture: Image.Image) -> NDArray[np.int64]:
    """Red, green and blue on black."""
    black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    return np.asarray(Image.alpha_composite(black, picture.convert("RGBA")).convert("RGB")).astype(np.int64)


def grey_of(picture: Image.Image) -> Any:
    return round(float(pixels(picture).mean()))
