"""Kinds of files, by their extensions, and the bytes of each kind in a package."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, get_args

FileKind = Literal["tables", "images", "text", "arrays", "sequences", "other"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)

_EXTENSIONS: Mapping[FileKind, str] = {
    "tables": "csv tsv tab parquet pq arrow feather ipc orc avro jsonl ndjson xlsx xls xlsm xlsb ods sas7bdat xpt dta sav "
    "sqlite sqlite3 db duckdb fcs mtx geojson gpkg shp dbf fgb",
    "images": "png jpg jpeg jpe gif webp svg avif bmp tif tiff ico heic heif dcm nii czi nd2 lif svs ndpi scn mrxs dm3 dm4 "
    "mrc ims psd raw cr2 nef dng mp4 m4v mov avi mkv webm mpg mpeg",
    "text": "txt md markdown rst log json yaml yml toml xml html htm xhtml pdf doc docx odt rtf tex bib ppt pptx odp ipynb "
    "py r rmd qmd jl js ts sh sql c h cpp java go rs css ini cfg conf",
    "arrays": "npy npz h5 hdf5 hdf he5 h5ad h5mu loom nc nc4 cdf zarr zarray zattrs zgroup grb grb2 grib grib2 mat rds rda "
    "rdata fits fit pt pth ckpt safetensors onnx pb tflite gguf pkl pickle joblib las laz ply pcd root tfrecord tfrecords",
    "sequences": "fasta fa fna faa ffn frn fastq fq bam sam cram bai crai csi tbi vcf bcf bed bedgraph bdg bw bigwig bb bigbed "
    "gff gff3 gtf gb gbk genbank embl 2bit sra pod5 fast5 ab1 pdb cif mmcif mmtf bcif sdf mol mol2 maf psl chain wig pgen "
    "pvar psam bim fam plink",
}
_KINDS: Mapping[str, FileKind] = {each: kind for kind, names in _EXTENSIONS.items() for each in names.split()}
_COMPRESSED = frozenset({"gz", "bgz", "bz2", "xz", "zst", "lz4", "snappy", "br"})


def _suffix_of(name: str) -> str:
    """The end of a name that gives its kind, with the dot; empty if that takes more than the last extension."""
    dot = name.rfind(".")
    return name[dot:] if dot > 0 and name[dot + 1 :].lower() not in _COMPRESSED else ""


class SizedFile(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...


def kind_of(name: str) -> FileKind:
    """Kind of a file of this name. The suffix of a compression is left out: `reads.fastq.gz` is a sequence."""
    stem, _, last = name.rpartition(".")
    if found := _KINDS.get(last):  # most names are in lower case and not compressed
        return found if stem else "other"
    last = last.lower()
    if last in _COMPRESSED:
        stem, _, last = stem.rpartition(".")
        last = last.lower()
    return _KINDS.get(last, "other") if stem else "other"


class BytesByKind:
    """Bytes of files, added up by kind."""

    __slots__ = ("_sums",)

    def __init__(self) -> None:
        self._sums: dict[FileKind, int] = dict.fromkeys(FILE_KINDS, 0)

    def add_files(self, files: Sequence[SizedFile]) -> None:
        sums = self._sums
        suffix = _suffix_of(files[0].name) if files else ""
        others = files
        if suffix:  # usually of all files of a directory
            others = [file for file in files if not file.name.endswith(suffix) or file.name == suffix]
            sums[kind_of(files[0].name)] += sum([file.size for file in files]) - sum([file.size for file in others])
        for file in others:
            sums[kind_of(file.name)] += file.size

    def add_kinds(self, kinds: Mapping[FileKind, int]) -> None:
        """Add bytes that are added up already."""
        for kind, size in kinds.items():
            self._sums[kind] += size

    def finish(self) -> dict[FileKind, int]:
        """Kinds that have bytes."""
        return {kind: size for kind, size in self._sums.items() if size}
