"""Each kind of file that can be looked into has at least three files in the corpus, or a reason why it has not."""

from collections import defaultdict
from pathlib import Path

import pytest

from shared.readers.choice import HEAD_BYTES, SUFFIXES, TAIL_BYTES, choose, name_without_compression
from shared.readers.registry import ENTRIES

CORPUS = Path(__file__).parent / "corpus"
MAX_CORPUS_BYTES = 5 << 20
MIN_FILES = 3

KINDS: dict[str, str] = {
    "CSV and TSV": ".csv .tsv .tab .psv",
    "JSON Lines": ".jsonl .ndjson .jsonlines",
    "Parquet": ".parquet .pq .parq",
    "Arrow and Feather": ".feather .arrow .ipc .arrows",
    "ORC": ".orc",
    "Excel": ".xlsx .xlsm",
    "Excel 97": ".xls",
    "Excel in binary": ".xlsb",
    "OpenDocument tables": ".ods",
    "SAS": ".sas7bdat .xpt",
    "Stata": ".dta",
    "SPSS": ".sav .zsav .por",
    "NumPy": ".npy",
    "NumPy archives": ".npz",
    "FCS": ".fcs",
    "VCF": ".vcf",
    "BED": ".bed .bedgraph",
    "GFF": ".gff .gff3 .gtf",
    "SAM": ".sam",
    "BAM": ".bam",
    "CRAM": ".cram",
    "Markdown": ".md",
    "JSON": ".json",
    "YAML": ".yaml",
    "TOML": ".toml",
    "XML": ".xml",
    "text in other encodings than UTF-8": ".txt",
    "notebooks": ".ipynb",
    "SVG": ".svg",
    "WAV": ".wav",
    "other audio": ".mp3 .mp2 .aac .flac .ogg .oga .opus .m4a",
    "video": ".mp4 .m4v .mov .webm .mkv .avi .m2ts .m2t .mts",
    "zip": ".zip .jar .whl",
    "tar": ".tar",
    "7z": ".7z",
    "PDF": ".pdf",
    "Word": ".docx .docm",
    "PowerPoint": ".pptx .pptm",
    "Word until 2003": ".doc .dot",
    "PowerPoint until 2003": ".ppt .pps .pot",
    "PNG": ".png",
    "JPEG": ".jpg .jpeg",
    "GIF": ".gif",
    "WebP": ".webp",
    "BMP": ".bmp .dib",
    "AVIF": ".avif",
    "icons": ".ico",
    "PPM and PGM": ".ppm .pgm .pbm .pnm",
    "JPEG 2000": ".jp2 .j2k",
    "TGA, PCX and Photoshop": ".tga .pcx .psd",
    "TIFF": ".tif .tiff .btf",
    "whole slides and microscopes in TIFF": ".svs .ndpi .lsm .qptiff .scn",
    "DICOM": ".dcm .dicom",
    "NIfTI": ".nii .hdr",
    "CZI": ".czi",
    "HDF5": ".h5 .hdf5 .hdf .loom .nwb .he5 .h5mu",
    "AnnData": ".h5ad",
    "netCDF": ".nc .nc4 .cdf",
    "Zarr": ".zgroup .zarray .zattrs .zmetadata zarr.json",
    "FITS": ".fits .fit .fts",
    "GeoJSON": ".geojson",
    "PDB": ".pdb .ent .pdbqt",
    "mmCIF": ".cif .mmcif",
    "molecules of chemistry": ".sdf .mol .mol2",
    "FASTA": ".fasta .fa .fna .faa .ffn .fas",
    "FASTQ": ".fastq .fq",
    "pickles": ".pkl .pickle .joblib",
    "ONNX": ".onnx",
    "safetensors, GGUF and PyTorch": ".safetensors .gguf .pt .pth",
}
"""Ends of names by kind."""

FEWER: dict[str, str] = {
    "Excel in binary": "One file, made with SheetJS: no package with a licence that permits it brings one.",
    "other audio": "Only the first bytes are read, which test_text.py has for each; packages bring no file that is short enough.",
    "video": "As for audio.",
    "icons": "They are read by the same code as PNG and BMP, which they hold.",
    "JPEG 2000": "Two in Pillow's tests, and more within DICOM files.",
    "TGA, PCX and Photoshop": "Read by Pillow, whose samples of them are not in its package.",
    "whole slides and microscopes in TIFF": "Files of scanners have megabytes; test_pictures.py makes pyramids with tifffile.",
    "CZI": "No package brings one with 50 kB; test_czi.py makes them by the specification.",
    "molecules of chemistry": "test_science.py writes them by the specification: toolkits of chemistry bring no short ones.",
    "safetensors, GGUF and PyTorch": "Models have megabytes; test_science.py writes short ones by the specifications.",
}
"""Why a kind has fewer files."""

READERS_WITHOUT_A_NAME = {
    "text": "all kinds that are text",
    "bytes": "what no other reader reads",
    "manifest": "Known by its place or its first line. test_science.py has one, and tests/e2e reads those that Quilt's clients push.",
}


def files_of_kind() -> dict[str, list[str]]:
    kind_of = {end: kind for kind, ends in KINDS.items() for end in ends.split()}
    found: dict[str, list[str]] = defaultdict(list)
    for path in CORPUS.rglob("*"):
        if path.is_file() and path.name not in {"README.md", "expected.json"}:
            name = name_without_compression(path.name).lower()
            end = name if name in kind_of else "." + name.rpartition(".")[2]
            if end in kind_of:
                found[kind_of[end]].append(path.name)
    return found


FILES = files_of_kind()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_three_files_or_a_reason(kind: str) -> None:
    assert (len(FILES[kind]) < MIN_FILES) == (kind in FEWER), FILES[kind]


def test_each_end_of_a_name_belongs_to_a_kind() -> None:
    known = {end for ends in KINDS.values() for end in ends.split()}
    assert set(SUFFIXES) <= known


def test_each_reader_reads_three_files_of_the_corpus_or_has_a_kind_with_a_reason() -> None:
    read: dict[str, int] = defaultdict(int)
    for path in CORPUS.rglob("*"):
        if path.is_file() and path.name not in {"README.md", "expected.json"}:
            content = path.read_bytes()
            read[choose(path.name, content[:HEAD_BYTES], content[-TAIL_BYTES:]).reader.name] += 1
    excused = {SUFFIXES[end] for kind in FEWER for end in KINDS[kind].split() if end in SUFFIXES}
    assert {name for name in ENTRIES if read[name] < MIN_FILES} <= excused | set(READERS_WITHOUT_A_NAME)


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) <= MAX_CORPUS_BYTES


def test_no_file_of_the_corpus_has_a_path_of_the_machine_on_which_it_was_made() -> None:
    """Libraries write the path of a file into it, cut off after some bytes."""
    root = bytes(Path(__file__).parents[1])[:20]
    assert [path.name for path in CORPUS.rglob("*") if path.is_file() and root in path.read_bytes()] == []
