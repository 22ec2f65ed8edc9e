"""NIfTI volumes: shape and voxels, and slices across the last of the three axes of space."""

import io
from typing import Any, cast

import nibabel as _nibabel
import numpy as np
from nibabel.fileholders import FileHolder
from PIL import Image

from shared.readers.errors import UnreadableFile
from shared.readers.pictures.rendering import MAX_DECODED_BYTES, encode_picture, reduced, stretched
from shared.readers.queries import PreviewOptions, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.source import BytesSource, RangeSource, binary_file
from shared.schemas.previews import ImagePreview

nibabel: Any = _nibabel  # its functions have no types

_MAX_DIMENSION = 100_000


def preview_nifti(source: RangeSource, _name: str, _options: PreviewOptions) -> ImagePreview:
    image = _open(source)
    header = image.header
    width, height, depth, volumes = _shape(image)
    details: dict[str, Any] = {
        "shape": [int(size) for size in image.shape],
        "type": str(header.get_data_dtype()),
        "voxel_size": [round(float(size), 6) for size in header.get_zooms()],
        "units": list(header.get_xyzt_units()) if hasattr(header, "get_xyzt_units") else [],
        "orientation": "".join(axis or "?" for axis in nibabel.aff2axcodes(image.affine)),
    }
    is_colour = bool(header.get_data_dtype().fields)
    return ImagePreview(
        **blank(complete=True),
        format="nifti",
        width=width,
        height=height,
        channels=["red", "green", "blue"] if is_colour else ["grey"],
        bits=int(header["bitpix"]),
        pages=depth * volumes,
        details=details,
    )


def thumbnail_of_nifti(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    """The page counts slices from 1, volume after volume; without it, the middle slice of the first volume."""
    image = _open(source)
    width, height, depth, volumes = _shape(image)
    page = query.page or depth // 2 + 1
    if not 1 <= page <= depth * volumes:
        raise UnreadableFile(f"The volume has {depth * volumes:,} slices")
    if width * height * 16 > MAX_DECODED_BYTES:
        raise UnreadableFile(f"The slices are too large to be shown: {width:,} × {height:,}")
    shape = _sizes(image)
    where: list[Any] = [0] * (len(image.shape) - len(shape)) + [slice(None), slice(None)]
    if len(shape) > 2:
        where.append((page - 1) % depth)
    if len(shape) > 3:
        where += [int(place) for place in np.unravel_index((page - 1) // depth, shape[3:])]
    plane = np.asarray(image.dataobj[tuple(where)])
    if plane.dtype.fields:
        plane = np.stack([plane[name] for name in plane.dtype.names or ()], axis=-1)[..., :3]
    upright = np.flip(np.swapaxes(plane.reshape(width, height, *plane.shape[2:]), 0, 1), 0)
    return encode_picture(Image.fromarray(np.ascontiguousarray(stretched(reduced(upright, query)))), query)


def _open(source: RangeSource) -> Any:
    kind = _kind(source.read(0, 348))
    holder = FileHolder(fileobj=cast("io.IOBase", binary_file(source)))
    try:
        image = kind.from_file_map({"image": holder, "header": holder})
    except (nibabel.filebasedimages.ImageFileError, nibabel.spatialimages.HeaderDataError, ValueError) as error:
        raise UnreadableFile(f"The NIfTI file is damaged: {error}") from error
    if not image.shape or any(not 0 < size <= _MAX_DIMENSION for size in image.shape):
        raise UnreadableFile("The NIfTI file is damaged: it has no size")
    return image


def _kind(head: bytes) -> Any:
    if head[344:348] == b"n+1\0":
        return nibabel.Nifti1Image
    if head[4:8] == b"n+2\0":
        return nibabel.Nifti2Image
    if head[344:348] == b"ni1\0" or head[4:8] == b"ni2\0" or len(head) == 348:
        raise UnreadableFile(
            "The file is the header of a volume in two files; the voxels are in the one that ends in .img"
        )
    raise UnreadableFile("The file is no NIfTI volume, although its name says so")


def _sizes(image: Any) -> tuple[int, ...]:
    """Sizes of the axes. Matrices of CIFTI begin at the fifth."""
    sizes = tuple(int(size) for size in image.shape)
    return sizes[4:] if len(sizes) > 5 and sizes[:4] == (1, 1, 1, 1) else sizes


def _shape(image: Any) -> tuple[int, int, int, int]:
    shape = _sizes(image)
    width, height, depth, *rest = [*shape, 1, 1][: max(len(shape), 3)]
    volumes = 1
    for size in rest:
        volumes *= size
    return width, height, depth, volumes


def warm_up() -> None:
    for kind in (nibabel.Nifti1Image, nibabel.Nifti2Image):
        image = kind(np.zeros((4, 4, 4, 2), np.int16), np.eye(4))
        content = io.BytesIO()
        holder = FileHolder(fileobj=content)
        image.to_file_map({"image": holder, "header": holder})
        source = BytesSource(content.getvalue())
        preview_nifti(source, "sample.nii", PreviewOptions())
        thumbnail_of_nifti(source, "sample.nii", ThumbnailQuery())


READER = Reader("nifti", 1, "pictures", preview_nifti, thumbnail=thumbnail_of_nifti)
