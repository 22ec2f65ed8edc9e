import collections
import io
import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from astropy.io import fits
from readers.running import preview, run
from typing_extensions import override

from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.readers.source import BytesSource


def hdf5(**arrays: Any) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, value in arrays.items():
            file[name] = value
    return content.getvalue()


def node(found: dict[str, Any], path: str) -> dict[str, Any]:
    return next(each for each in found["nodes"] if each["path"] == path)


def test_large_arrays_of_hdf5_are_not_read() -> None:
    source = BytesSource(hdf5(small=[1, 2, 3], large=np.zeros(4_000_000)))
    found = preview(source, "a.h5")
    assert (node(found, "/small")["value"], node(found, "/large")["value"]) == ([1, 2, 3], None)
    assert node(found, "/large")["shape"] == [4_000_000]
    assert source.read_bytes < 300_000


def test_numbers_that_json_cannot_hold_are_strings() -> None:
    found = preview(
        hdf5(large=np.int64(2**62), ends=np.array([np.nan, np.inf, -np.inf]), raw=np.void(b"\x01\xff")), "a.h5"
    )
    assert node(found, "/large")["value"] == str(2**62)
    assert node(found, "/ends")["value"] == ["NaN", "Infinity", "-Infinity"]
    assert node(found, "/raw")["value"] == "01ff"


def test_links_of_hdf5_are_named_and_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    secret.write_bytes(hdf5(password="hunter2"))
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["outside"] = h5py.ExternalLink(str(secret), "/password")
        file.create_group("group")["circle"] = file["/"]
        layout = h5py.VirtualLayout((), h5py.string_dtype())
        layout[()] = h5py.VirtualSource(str(secret), "password", ())
        file.create_virtual_dataset("virtual", layout)
    answer = run("preview", content.getvalue(), "a.h5").body
    assert b"hunter2" not in answer
    found = json.loads(answer)
    assert node(found, "/outside")["value"] == f"{secret}:/password"
    assert node(found, "/group/circle")["value"] == "shown before"


def test_annotated_data_show_their_shape_and_annotations() -> None:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        matrix = file.create_group("X")
        matrix.attrs["encoding-type"], matrix.attrs["shape"] = "csr_matrix", (700, 2000)
        observations = file.create_group("obs")
        observations.attrs["_index"] = "cell"
        for name in ("cell", "batch", "louvain"):
            observations[name] = [0]
        file["obsm/X_umap"] = np.zeros((700, 2))
    found = preview(content.getvalue(), "a.h5ad")
    assert found["format"] == "anndata"
    assert found["details"] == {
        "shape": [700, 2000],
        "encoding": "csr_matrix",
        "obs": ["batch", "louvain"],
        "obsm": ["X_umap"],
    }


CORPUS = Path(__file__).parent / "corpus"
FLOWERS = json.loads((CORPUS / "tables" / "iris.json").read_text())[::3]
"""The records from which `iris.h5ad` and `iris-old.h5ad` were made."""


def rows_of(name: str, **query: Any) -> dict[str, Any]:
    content = (CORPUS / "science" / name).read_bytes()
    answer: dict[str, Any] = json.loads(run("rows", content, name, **query).body)
    return answer


def test_annotations_of_annotated_data_are_tables() -> None:
    content = (CORPUS / "science" / "iris.h5ad").read_bytes()
    assert preview(content, "iris.h5ad")["tables"] == ["obs", "var"]
    shown = preview(content, "iris.h5ad", table="obs")
    assert (shown["kind"], shown["table"], shown["total"]) == ("table", "obs", len(FLOWERS))
    assert [(column["name"], column["type"]) for column in shown["columns"]] == [
        ("_index", "string"),
        ("species", "string"),
        ("large", "boolean"),
        ("rounded", "integer"),
        ("wide", "boolean"),
        ("note", "string"),
    ]
    for number, (row, flower) in enumerate(zip(shown["rows"], FLOWERS, strict=True)):
        assert row == [
            f"flower-{number}",
            flower["species"],
            flower["sepalLength"] > 5.8,
            round(flower["petalLength"]) if number % 7 else None,
            flower["petalWidth"] > 1 if number != 3 else None,
            f"note {number}" if number % 5 == 0 else None,
        ]
    variables = rows_of("iris.h5ad", table="var", columns=["_index", "unit"])
    assert variables["rows"] == [[name, "cm"] for name in ("sepalLength", "sepalWidth", "petalLength", "petalWidth")]


def test_rows_of_annotations_are_filtered_sorted_and_described() -> None:
    page = rows_of("iris.h5ad", where=[("species", "=", "virginica"), ("rounded", ">", 5)], sort=["-_index"], limit=2)
    expected = [
        f"flower-{number}"
        for number, flower in enumerate(FLOWERS)
        if flower["species"] == "virginica" and round(flower["petalLength"]) > 5 and number % 7
    ]
    assert page["total"] == len(expected)
    assert [row[0] for row in page["rows"]] == sorted(expected, reverse=True)[:2]
    content = (CORPUS / "science" / "iris.h5ad").read_bytes()
    described = json.loads(run("statistics", content, "iris.h5ad", table="obs", columns=["species", "wide"]).body)
    species, wide = described["columns"]
    assert (described["total"], species["distinct"], wide["nulls"]) == (50, 3, 1)


def test_annotations_in_the_layout_before_anndata_0_7_9_are_tables() -> None:
    page = rows_of("iris-old.h5ad", limit=4)
    assert [column["name"] for column in page["columns"]] == ["index", "species", "rounded"]
    kinds = [None if number == 2 else flower["species"] for number, flower in enumerate(FLOWERS[:4])]
    assert [row[1] for row in page["rows"]] == kinds
    assert rows_of("iris-old.h5ad", table="var")["rows"][0] == ["sepalLength", 5.0]


@pytest.mark.parametrize("table", ["obsm", "X", "none", "obs/species", "../obs/none"])
def test_what_is_no_table_of_an_hdf5_file_is_refused(table: str) -> None:
    with pytest.raises(UnreadableFile, match="has no table"):
        rows_of("iris.h5ad", table=table)
    with pytest.raises(NoSuchReader):
        rows_of("vlen_string_dset.h5")


def test_consolidated_metadata_of_zarr_are_a_tree() -> None:
    array = {"shape": [10, 20], "dtype": "<f4", "chunks": [5, 5], "compressor": {"id": "blosc"}}
    metadata = {".zgroup": {"zarr_format": 2}, "a/.zarray": array, "a/.zattrs": {"units": "m"}}
    found = preview(json.dumps({"zarr_consolidated_format": 1, "metadata": metadata}).encode(), "store.zarr/.zmetadata")
    shown = node(found, "/a")
    assert (shown["kind"], shown["shape"], shown["type"]) == ("array", [10, 20], "<f4")
    assert shown["attributes"] == {"units": "m", "(chunks)": [5, 5], "(compressor)": {"id": "blosc"}}


def test_zarr_of_version_3_is_a_tree() -> None:
    child = {"node_type": "array", "shape": [3], "data_type": "int8", "attributes": {"a": 1}}
    document = {"zarr_format": 3, "node_type": "group", "consolidated_metadata": {"metadata": {"x/y": child}}}
    found = preview(json.dumps(document).encode(), "store.zarr/zarr.json")
    assert [(each["path"], each["kind"]) for each in found["nodes"]] == [("/", "group"), ("/x/y", "array")]


def test_rows_of_a_fits_table_are_read_by_range() -> None:
    content = io.BytesIO()
    rows = 200_000
    columns = [
        fits.Column("number", "J", array=np.arange(rows)),
        fits.Column("name", "8A", array=np.full(rows, "star")),
    ]
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns, name="STARS")]).writeto(content)
    source = BytesSource(content.getvalue())
    page = json.loads(run("rows", source, "a.fits", offset=150_000, limit=2).body)
    assert (page["rows"], page["total"]) == ([[150_000, "star"], [150_001, "star"]], rows)
    assert source.read_bytes < 300_000
    assert json.loads(run("rows", content.getvalue(), "a.fits", columns=["name"], limit=1).body)["rows"] == [["star"]]


def test_header_of_a_fits_file_can_be_searched() -> None:
    content = io.BytesIO()
    unit = fits.PrimaryHDU()
    unit.header["OBJECT"] = "quokka nebula"
    unit.writeto(content)
    assert b"quokka nebula" in run("texts", content.getvalue(), "a.fits").body


class Marks:
    """Would leave a file if it were loaded."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.place,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_is_listed_and_never_loaded(protocol: int, tmp_path: Path) -> None:
    place = tmp_path / "it-ran"
    content = pickle.dumps({"label": Marks(place)}, protocol)
    names = [each["path"] for each in preview(content, "a.pkl")["nodes"] if each["kind"] == "class or function"]
    assert names[0] in {"pathlib.Path.touch", "builtins.getattr", "__builtin__.getattr"}
    assert not place.exists()
    pickle.loads(content)  # noqa: S301 – shows that the test can fail
    assert place.exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_names_in_a_pickle_are_those_that_it_would_import(protocol: int) -> None:
    ordered = collections.OrderedDict(alpha=1)
    content = pickle.dumps([ordered, ordered, collections.Counter("ab"), collections.OrderedDict()], protocol)
    found = preview(content, "a.pkl")
    names = {each["path"] for each in found["nodes"] if each["kind"] == "class or function"}
    assert {"collections.OrderedDict", "collections.Counter"} <= names
    assert "alpha" in [each["path"] for each in found["nodes"] if each["kind"] == "string"]


def test_pickle_that_calls_the_system_is_pointed_out() -> None:
    found = preview(b"cos\nsystem\n(S'echo hello'\ntR.", "model.pkl")
    assert found["nodes"][0]["path"] == "os.system"
    assert any("do not load it" in note for note in found["notes"])


def test_tensors_of_a_pytorch_file_are_counted_and_its_pickle_listed() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"layer.weight": collections.OrderedDict()}, 2))
        archive.writestr("archive/data/0", bytes(400))
        archive.writestr("archive/data/1", bytes(40))
    for name in ("model.pt", "checkpoint"):
        found = preview(content.getvalue(), name)
        assert (found["format"], found["details"]) == ("pytorch", {"storages": 2, "bytes": 440})
        assert {"collections.OrderedDict", "layer.weight"} <= {each["path"] for each in found["nodes"]}


def test_tensors_of_safetensors_are_listed_from_the_header_alone() -> None:
    header = json.dumps(
        {"__metadata__": {"format": "pt"}, "a.weight": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}}
    ).encode()
    source = BytesSource(struct.pack("<Q", len(header)) + header + bytes(10_000_000))
    found = preview(source, "model.safetensors")
    assert (node(found, "a.weight")["type"], node(found, "a.weight")["shape"]) == ("F16", [2, 3])
    assert source.read_bytes < 200_000


def test_metadata_and_tensors_of_gguf_are_listed() -> None:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    pairs = (
        text("general.name")
        + struct.pack("<I", 8)
        + text("tiny")
        + text("vocabulary")
        + struct.pack("<2IQ", 9, 8, 20)
        + text("x") * 20
    )
    tensor = text("blk.0.weight") + struct.pack("<I2QIQ", 2, 8, 4, 0, 0)
    found = preview(b"GGUF" + struct.pack("<I2Q", 3, 1, 2) + pairs + tensor, "model.gguf")
    assert found["details"]["metadata"] == {"general.name": "tiny", "vocabulary": "(20 values)"}
    assert (found["nodes"][0]["path"], found["nodes"][0]["shape"], found["nodes"][0]["type"]) == (
        "blk.0.weight",
        [4, 8],
        "F32",
    )


def test_geojson_is_summarised() -> None:
    features = [
        {"type": "Feature", "geometry": {"type": kind, "coordinates": []}, "properties": {"name": "x"}}
        for kind in ("Point", "Point", "Polygon")
    ]
    found = preview(json.dumps({"type": "FeatureCollection", "features": features}).encode(), "places.json")
    assert found["details"] == {"features": 3, "geometries": {"Point": 2, "Polygon": 1}, "properties": ["name"]}


def test_molecules_of_an_sdf_file_are_counted() -> None:
    molecule = b"water\n\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\nM  END\n$$$$\n"
    found = preview(molecule * 2, "a.sdf")
    assert {key: found["details"][key] for key in ("name", "atoms", "bonds", "molecules")} == {
        "name": "water",
        "atoms": 3,
        "bonds": 2,
        "molecules": 2,
    }


def test_records_of_a_long_sequence_file_are_counted_as_far_as_it_is_read() -> None:
    found = preview(b">a\nACGT\n" * 2_000_000, "a.fasta")
    assert found["details"]["counted_bytes"] == (8 << 20) + 1
    assert found["details"]["records"] == (8 << 20) // 8
    assert not found["complete"]


def test_files_of_a_manifest_are_listed() -> None:
    header = {"version": "v0", "message": "first", "user_meta": {"a": 1}}
    rows = [
        {
            "logical_key": f"data/{n}.csv",
            "physical_keys": [f"s3://b/{n}"],
            "size": n,
            "hash": {"type": "SHA256", "value": "ab"},
        }
        for n in range(300)
    ]
    content = "\n".join(json.dumps(each) for each in (header, *rows)).encode()
    for name in (".quilt/packages/" + "0" * 64, "manifest.jsonl"):
        found = preview(content, name, max_rows=2)
        assert (found["kind"], found["message"], found["metadata"], found["complete"]) == (
            "package",
            "first",
            {"a": 1},
            False,
        )
        assert found["entries"][1] == {"logical_key": "data/1.csv", "physical_key": "s3://b/1", "size": 1, "hash": "ab"}


def test_outputs_of_a_notebook_keep_their_richest_form_and_their_limits() -> None:
    def output(**data: Any) -> dict[str, Any]:
        return {"output_type": "display_data", "data": {key.replace("_", "/"): value for key, value in data.items()}}

    outputs = [
        output(text_html="<table></table>", text_plain="table"),
        output(image_png="QUJD", text_plain="picture"),
        output(image_png="A" * 10_000),
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
        {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []},
    ]
    notebook = {
        "nbformat": 4,
        "metadata": {"kernelspec": {"language": "R"}},
        "cells": [{"cell_type": "code", "source": ["x\n", "y"], "execution_count": 3, "outputs": outputs}],
    }
    found = preview(json.dumps(notebook).encode(), "a.ipynb", max_bytes=4000)
    cell = found["cells"][0]
    assert (found["language"], cell["source"], cell["execution_count"]) == ("r", "x\ny", 3)
    assert [(each["type"], each["data"], each["plain"], each["complete"]) for each in cell["outputs"]] == [
        ("html", "<table></table>", "table", True),
        ("image", "QUJD", None, True),
        ("image", "", None, False),
        ("text", "a\nb", None, True),
        ("error", "ValueError: no", None, True),
    ]
    assert found["notes"] == ["Large pictures are left out"]
