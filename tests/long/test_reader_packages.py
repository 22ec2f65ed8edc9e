"""All sample files that installed packages bring along: what the package reads, the readers must show."""

import importlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import nibabel
import numpy as np
import pydicom
import pytest
from astropy.io import fits
from pydicom.pixels.utils import pixel_array
from readers.running import preview, thumbnail

from shared.readers.errors import NoSuchReader, UnreadableFile


def _dicom(path: Path) -> tuple[int, int] | None:
    dataset = pydicom.dcmread(path)
    pixels = np.asarray(pixel_array(dataset, index=0))
    return pixels.shape[1], pixels.shape[0]


def _nifti(path: Path) -> tuple[int, int] | None:
    image: Any = nibabel.load(path)
    return (*image.shape, 1, 1)[:2]


def _fits(path: Path) -> tuple[int, int] | None:
    """The size of the first picture, if the first data are one."""
    with fits.open(path) as units:
        for unit in units:
            if unit.header.get("NAXIS") and unit.size and not isinstance(unit, fits.GroupsHDU):
                is_plane = unit.is_image and len(unit.shape) > 1
                return (unit.shape[-1], unit.shape[-2]) if is_plane else None
    return None


def _hdf5(path: Path) -> tuple[int, int] | None:
    with h5py.File(path) as file:
        list(file)
    return None


SAMPLES: dict[str, tuple[str, str, Callable[[Path], tuple[int, int] | None]]] = {
    "DICOM": ("pydicom", "data/test_files/*.dcm", _dicom),
    "NIfTI": ("nibabel", "tests/data/*.nii*", _nifti),
    "FITS": ("astropy.io.fits", "tests/data/*.fits", _fits),
    "HDF5": ("h5py", "tests/data_files/*.h5", _hdf5),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_files_that_a_package_reads_are_shown(kind: str) -> None:
    package, pattern, read = SAMPLES[kind]
    folder = Path(str(importlib.import_module(package).__file__)).parent
    shown, missed = 0, {}
    for path in sorted(folder.glob(pattern)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                size = read(path)
        except Exception:  # noqa: BLE001, S112 – the package itself cannot read it
            continue
        try:
            found = preview(path.read_bytes(), path.name)
            if size is not None:
                assert (found["width"], found["height"]) == size, path.name
                thumbnail(path.read_bytes(), path.name)
            shown += 1
        except (UnreadableFile, NoSuchReader) as error:
            missed[path.name] = str(error)
    assert missed == {}
    assert shown >= 4
