"""Tables of genomics: VCF, BED, GFF and GTF, SAM. Their header lines are kept in the details."""

from collections.abc import Callable, Iterator
from itertools import islice

from typing_extensions import override

from shared.readers.source import RangeSource
from shared.readers.tables.delimited import DelimitedTable, Layout, sample_lines
from shared.readers.tables.engine.answers import table_reader
from shared.readers.tables.engine.table import Table
from shared.readers.tables.text.dialects import MAX_SAMPLE_RECORDS, Dialect, Records
from shared.readers.tables.text.values import STRING, TextType

MAX_HEADER_CHARACTERS = 64 << 10
_MAX_HEADER_BYTES = 8 << 20
_BED = [
    "chrom",
    "chromStart",
    "chromEnd",
    "name",
    "score",
    "strand",
    "thickStart",
    "thickEnd",
    "itemRgb",
    "blockCount",
    "blockSizes",
    "blockStarts",
]
_BEDGRAPH = ["chrom", "chromStart", "chromEnd", "value"]
_GFF = ["seqid", "source", "type", "start", "end", "score", "strand", "phase", "attributes"]
SAM_COLUMNS = ["QNAME", "FLAG", "RNAME", "POS", "MAPQ", "CIGAR", "RNEXT", "PNEXT", "TLEN", "SEQ", "QUAL", "tags"]


_INTEGER, _NUMBER = TextType("integer"), TextType("number")
SAM_TYPES = {
    **dict.fromkeys(SAM_COLUMNS, STRING),
    **dict.fromkeys(("FLAG", "POS", "MAPQ", "PNEXT", "TLEN"), _INTEGER),
}
_TYPES = {
    "vcf": {
        "POS": _INTEGER,
        "QUAL": _NUMBER,
        **dict.fromkeys(("CHROM", "ID", "REF", "ALT", "FILTER", "INFO", "FORMAT"), STRING),
    },
    "bed": {"chrom": STRING, "name": STRING, "strand": STRING},
    "gff": {
        "start": _INTEGER,
        "end": _INTEGER,
        "score": _NUMBER,
        "phase": _INTEGER,
        "seqid": STRING,
        "source": STRING,
        "type": STRING,
    },
    "sam": SAM_TYPES,
}


class AlignmentTable(DelimitedTable):
    """SAM: the optional fields are one column."""

    @override
    def records(self) -> Iterator[list[str]]:
        return map(_with_tags, super().records())


class FeatureTable(DelimitedTable):
    """GFF: sequences may follow the features."""

    @override
    def records(self) -> Iterator[list[str]]:
        for record in super().records():
            if record[0].startswith(">"):
                self.add_note("The sequences after the features are left out")
                return
            yield record


def _with_tags(record: list[str]) -> list[str]:
    return [*record[:11], "\t".join(record[11:])]


def _layout(
    source: RangeSource,
    file_format: str,
    is_header: Callable[[str], bool],
    names: Callable[[list[str], list[list[str]]], list[str]],
    comment: str,
) -> Layout:
    encoding, lines, _ = sample_lines(source, _MAX_HEADER_BYTES, is_header)
    count = next((number for number, line in enumerate(lines) if not is_header(line)), len(lines))
    header = [line.rstrip("\r\n") for line in lines[:count]]
    separator = "\t" if any("\t" in line for line in lines[count : count + 20]) or file_format != "bed" else " "
    dialect = Dialect(separator, "", skips_spaces=separator == " ", skipped_lines=count, comment=comment)
    sample = list(islice(Records(lines[count:], dialect), MAX_SAMPLE_RECORDS))
    text = "\n".join(header)
    return Layout(
        format=file_format,
        encoding=encoding,
        dialect=dialect,
        names=names(header, sample),
        has_header_row=False,
        sample=sample,
        types=_TYPES["gff" if file_format == "gtf" else file_format],
        notes=[encoding.note] if encoding.note else [],
        details={"header": text[:MAX_HEADER_CHARACTERS], "header_lines": count},
    )


def _variant_names(header: list[str], sample: list[list[str]]) -> list[str]:
    last = header[-1] if header else ""
    if last.startswith("#CHROM"):
        return last.lstrip("#").split("\t")
    return [f"column {number}" for number in range(1, max(map(len, sample), default=0) + 1)]


def _first_names(names: list[str], sample: list[list[str]]) -> list[str]:
    width = max(map(len, sample), default=len(names))
    return [*names[:width], *(f"column {number}" for number in range(len(names) + 1, width + 1))]


def _open_vcf(source: RangeSource, _name: str, _table: str | None) -> Table:
    return DelimitedTable(source, _layout(source, "vcf", lambda line: line.startswith("#"), _variant_names, ""))


def _open_bed(source: RangeSource, name: str, _table: str | None) -> Table:
    names = _BEDGRAPH if "bedgraph" in name.lower() else _BED

    def is_header(line: str) -> bool:
        return line.startswith(("#", "track", "browser")) or not line.strip()

    return DelimitedTable(source, _layout(source, "bed", is_header, lambda _, sample: _first_names(names, sample), "#"))


def _open_gff(source: RangeSource, name: str, _table: str | None) -> Table:
    file_format = "gtf" if name.lower().endswith(".gtf") else "gff"
    layout = _layout(
        source, file_format, lambda line: line.startswith("#") or not line.strip(), lambda _, __: _GFF, "#"
    )
    return FeatureTable(source, layout)


def _open_sam(source: RangeSource, _name: str, _table: str | None) -> Table:
    layout = _layout(source, "sam", lambda line: line.startswith("@"), lambda _, __: SAM_COLUMNS, "")
    return AlignmentTable(source, layout)


READERS = (
    table_reader("vcf", 1, _open_vcf),
    table_reader("bed", 1, _open_bed),
    table_reader("gff", 1, _open_gff),
    table_reader("sam", 1, _open_sam),
)
