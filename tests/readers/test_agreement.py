"""Answers of the readers beside what the libraries of each format say."""

import io
import tarfile
import warnings
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import h5py
import nibabel
import numpy as np
import pptx
import pydicom
import pytest
from astropy.io import fits
from numpy.typing import NDArray
from PIL import Image, ImageOps
from pydicom.pixels.utils import pixel_array
from readers.running import pixels, preview, run, thumbnail

CORPUS = Path(__file__).parent / "corpus"
SIDE = 2048
PILLOW_PICTURES = [
    path.name
    for path in sorted((CORPUS / "pictures").iterdir())
    if path.suffix
    in {".png", ".jpg", ".gif", ".webp", ".bmp", ".ppm", ".ico", ".avif", ".avifs", ".tif", ".tiff", ".j2k"}
]
DEEP_MODES = ("I", "F")


@pytest.mark.parametrize("name", PILLOW_PICTURES)
def test_thumbnail_looks_as_pillow_decodes_the_picture(name: str) -> None:
    content = (CORPUS / "pictures" / name).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        decoded = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    found = thumbnail(content, name, width=SIDE, height=SIDE)
    assert found.size == decoded.size
    if decoded.mode.startswith(DEEP_MODES):
        assert _correlation(np.asarray(decoded).astype(float), pixels(found)[..., 0]) > 0.98
    else:
        assert np.abs(pixels(found) - pixels(decoded)).mean() < 12


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jp2klossless.dcm",
        "SC_rgb_rle_2frame.dcm",
    ],
)
def test_frame_looks_as_pydicom_decodes_it(name: str) -> None:
    path = CORPUS / "pictures" / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path)
        decoded = np.asarray(pixel_array(dataset, index=0)).astype(float)
    found = pixels(thumbnail(path.read_bytes(), name, width=SIDE, height=SIDE, page=1))
    assert found.shape[:2] == decoded.shape[:2]
    grey = found if decoded.ndim == 3 else found[..., 0]
    assert _correlation(decoded, grey) > 0.9


def test_lossless_syntaxes_of_one_slice_look_the_same() -> None:
    names = ("MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm")
    shown = [pixels(thumbnail((CORPUS / "pictures" / name).read_bytes(), name, width=64, height=64)) for name in names]
    assert all((one == other).all() for one, other in pairwise(shown))


@pytest.mark.parametrize("name", ["functional.nii", "example_nifti2.nii.gz", "resampled_anat_moved.nii"])
def test_slice_is_that_of_nibabel(name: str) -> None:
    path = CORPUS / "pictures" / name
    image: Any = nibabel.load(path)
    volume = np.nan_to_num(np.asarray(image.dataobj).astype(float))
    middle = volume[:, :, volume.shape[2] // 2]
    plane = (middle[..., 0] if middle.ndim == 3 else middle).T[::-1]
    found = pixels(thumbnail(path.read_bytes(), name, width=SIDE, height=SIDE))[..., 0]
    assert _correlation(plane, found) > 0.97


@pytest.mark.parametrize("path", sorted((CORPUS / "documents").glob("*.docx")), ids=lambda path: path.name)
def test_text_of_word_documents_is_that_of_python_docx(path: Path) -> None:
    paragraphs = [_without_blanks(paragraph.text) for paragraph in docx.Document(str(path)).paragraphs]
    found = _without_blanks(run("texts", path.read_bytes(), path.name).body.decode())
    assert [paragraph for paragraph in paragraphs if paragraph not in found] == []


@pytest.mark.parametrize("path", sorted((CORPUS / "documents").glob("*.pptx")), ids=lambda path: path.name)
def test_slides_are_those_of_python_pptx(path: Path) -> None:
    slides = pptx.Presentation(str(path)).slides
    found = preview(path.read_bytes(), path.name)
    assert found["total_pages"] == len(slides)
    for slide, page in zip(slides, found["pages"], strict=True):
        shapes: list[Any] = [shape for shape in slide.shapes if shape.has_text_frame]
        lines = {line.strip() for shape in shapes for line in shape.text_frame.text.replace("\v", "\n").split("\n")}
        assert lines <= {line.strip() for line in page["text"].split("\n")} | {""}


@pytest.mark.parametrize("path", sorted((CORPUS / "science").glob("*.h5*")), ids=lambda path: path.name)
def test_tree_is_that_of_h5py(path: Path) -> None:
    expected: dict[str, Any] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: expected.update({f"/{name}": _shape(item)}))
    found = preview(path.read_bytes(), path.name)
    assert {node["path"]: node["shape"] for node in found["nodes"] if node["path"] != "/"} == expected


@pytest.mark.parametrize("name", ["ascii.fits", "btable.fits"])
def test_rows_are_those_of_astropy(name: str) -> None:
    path = CORPUS / "science" / name
    with fits.open(path) as units:
        table: Any = next(unit for unit in units if isinstance(unit, fits.BinTableHDU | fits.TableHDU))
        first = [str(value).strip() for value in table.data[0]]
        names = list(table.columns.names)
    found = preview(path.read_bytes(), name)
    assert [column["name"] for column in found["columns"]] == names
    assert [_as_float(cell) for cell in found["rows"][0]] == [_as_float(cell) for cell in first]


@pytest.mark.parametrize("name", ["arange.fits", "fixed-1890.fits", "compressed_image.fits"])
def test_plane_is_that_of_astropy(name: str) -> None:
    path = CORPUS / "science" / name
    with fits.open(path) as units:
        image: Any = next(unit for unit in units if unit.is_image and unit.data is not None)
        data = np.asarray(image.data).astype(float)
    plane = (data if data.ndim == 2 else data[0])[::-1]
    found = pixels(thumbnail(path.read_bytes(), name, width=SIDE, height=SIDE, page=1))[..., 0]
    assert found.shape == plane.shape
    assert np.ptp(plane) == 0 or _correlation(plane, found) > 0.9


@pytest.mark.parametrize("path", sorted((CORPUS / "science").glob("*.npz")), ids=lambda path: path.name)
def test_arrays_are_those_of_numpy(path: Path) -> None:
    with np.load(path) as arrays:
        expected = {name: (list(arrays[name].shape), str(arrays[name].dtype)) for name in arrays.files}
    found = preview(path.read_bytes(), path.name)
    assert {node["path"]: (node["shape"], node["type"]) for node in found["nodes"]} == expected


@pytest.mark.parametrize("name", ["six-1.17.0-py2.py3-none-any.whl", "adata.zarr.zip"])
def test_members_of_zip_files_are_those_of_zipfile(name: str) -> None:
    path = CORPUS / "plain" / name
    found = preview(path.read_bytes(), name)
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        assert [(each["path"], each["size"]) for each in found["members"]] == [
            (each.filename, each.file_size) for each in infos
        ]
        for info in infos:
            if not info.is_dir() and archive.getinfo(info.filename) is info:  # a later one of the same name replaces it
                _assert_member_shows(path.read_bytes(), name, info.filename, archive.read(info))


@pytest.mark.parametrize("name", ["hopper.tar", "six-1.17.0.tar.gz"])
def test_members_of_tar_files_are_those_of_tarfile(name: str) -> None:
    path = CORPUS / "plain" / name
    found = preview(path.read_bytes(), name)
    with tarfile.open(path) as archive:
        infos = archive.getmembers()
        assert [(each["path"], each["size"]) for each in found["members"]] == [(each.name, each.size) for each in infos]
        for info in (each for each in infos if each.isfile()):
            file = archive.extractfile(info)
            assert file is not None
            _assert_member_shows(path.read_bytes(), name, info.name, file.read())


def _assert_member_shows(content: bytes, name: str, member: str, expected: bytes) -> None:
    found = preview(content, name, member=member, max_bytes=len(expected) + 1)
    assert found["size"] == len(expected)
    if found["kind"] == "text":
        assert found["text"] == expected.decode().replace("\r\n", "\n")
    elif found["kind"] == "bytes":
        assert bytes.fromhex(found["hexadecimal"]) == expected[:4096]


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def _shape(item: Any) -> list[int] | None:
    return list(item.shape) if isinstance(item, h5py.Dataset) and item.shape is not None else None


def _as_float(value: Any) -> Any:
    try:
        return pytest.approx(float(value), rel=1e-6)
    except ValueError:
        return value


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    assert one.shape == other.shape
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
