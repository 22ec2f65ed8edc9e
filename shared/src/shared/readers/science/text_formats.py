"""Formats that are text, with the counts that people look for: maps, molecules, sequences."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.readers import text_decoding
from shared.readers.plain.text import text_of, text_preview
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader
from shared.readers.source import RangeSource
from shared.schemas.previews import TextPreview

_MAX_COUNTED_BYTES = 8 << 20
_MAX_CHAINS = 100

Details = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Beginning:
    data: bytes
    name: str
    is_whole: bool


Counting = Callable[[_Beginning], Details]


def preview_geojson(source: RangeSource, name: str, options: PreviewOptions) -> TextPreview:
    preview = _preview(source, name, options, _geojson)
    preview.language = "json"
    return preview


def preview_molecule(source: RangeSource, name: str, options: PreviewOptions) -> TextPreview:
    return _preview(source, name, options, _molecule)


def preview_sequences(source: RangeSource, name: str, options: PreviewOptions) -> TextPreview:
    return _preview(source, name, options, _sequences)


def _preview(source: RangeSource, name: str, options: PreviewOptions, count: Counting) -> TextPreview:
    data = source.read(0, max(_MAX_COUNTED_BYTES, options.max_bytes) + 1)
    is_whole = len(data) <= max(_MAX_COUNTED_BYTES, options.max_bytes)
    details = count(_Beginning(data, name, is_whole))
    if details and not is_whole:
        details["counted_bytes"] = len(data)
    shown = data[: options.max_bytes]
    return text_preview(shown, name, complete=len(shown) == len(data), details=details)


def _geojson(file: _Beginning) -> Details:
    if not file.is_whole:
        return {}
    try:
        document = msgspec.json.decode(file.data)
    except (msgspec.DecodeError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    features = document.get("features")
    features = [each for each in features if isinstance(each, dict)] if isinstance(features, list) else [document]
    kinds: Counter[str] = Counter()
    properties: Counter[str] = Counter()
    for feature in features:
        geometry = feature.get("geometry", feature)
        kinds[str(geometry.get("type")) if isinstance(geometry, dict) else "none"] += 1
        own = feature.get("properties")
        properties.update(list(own) if isinstance(own, dict) else ())
    return {"features": len(features), "geometries": dict(kinds.most_common(10)), "properties": list(properties)[:100]}


def _molecule(file: _Beginning) -> Details:
    data, suffix = file.data, file.name.lower().rpartition(".")[2]
    if suffix in {"pdb", "ent", "pdbqt"}:
        return _pdb(data)
    if suffix in {"cif", "mmcif"}:
        return _cif(data)
    if suffix == "mol2":
        return {"format": "mol2", "molecules": data.count(b"@<TRIPOS>MOLECULE")}
    return _mol(data, suffix)


def _pdb(data: bytes) -> Details:
    details: Details = {"format": "pdb", "atoms": 0, "models": 0}
    chains: dict[str, None] = {}
    title: list[str] = []
    for line in data.splitlines():
        if line.startswith((b"ATOM", b"HETATM")):
            details["atoms"] += 1
            if len(chains) < _MAX_CHAINS:
                chains[line[21:22].decode("ascii", "replace")] = None
        elif line.startswith(b"MODEL "):
            details["models"] += 1
        elif line.startswith(b"TITLE"):
            title.append(line[10:80].decode("ascii", "replace").strip())
        elif line.startswith(b"HEADER"):
            details["id"] = line[62:66].decode("ascii", "replace").strip()
    return {**details, "chains": [chain for chain in chains if chain.strip()], "title": " ".join(title)[:500]}


def _cif(data: bytes) -> Details:
    block = re.search(rb"^data_(\S+)", data, re.MULTILINE)
    title = re.search(rb"^_struct\.title\s+(?:'([^'\n]*)'|\"([^\"\n]*)\"|(\S+))", data, re.MULTILINE)
    details: Details = {"format": "mmcif" if b"_atom_site." in data else "cif"}
    if block:
        details["id"] = block[1].decode("ascii", "replace")[:100]
    if title:
        details["title"] = next(filter(None, title.groups()), b"").decode("utf-8", "replace")[:500]
    if details["format"] == "mmcif":
        details["atoms"] = len(re.findall(rb"^(?:ATOM|HETATM)\s", data, re.MULTILINE))
    return details


def _mol(data: bytes, suffix: str) -> Details:
    lines = data.splitlines()
    counts = lines[3] if len(lines) > 3 else b""
    details: Details = {"format": suffix, "name": lines[0].decode("utf-8", "replace").strip()[:200] if lines else ""}
    if b"V3000" in counts:
        found = re.search(rb"COUNTS\s+(\d+)\s+(\d+)", data)
        details["version"] = "V3000"
        numbers = [found[1], found[2]] if found else []
    else:
        numbers = [counts[:3], counts[3:6]]
    if len(numbers) == 2 and all(each.strip().isdigit() for each in numbers):
        details |= {"atoms": int(numbers[0]), "bonds": int(numbers[1])}
    if suffix == "sdf":
        details["molecules"] = data.count(b"\n$$$$") or 1
    return details


def _sequences(file: _Beginning) -> Details:
    if file.data.lstrip()[:1] == b"@":
        return _fastq(file)
    lengths: list[int] = []
    for line in file.data.splitlines():
        if line.startswith(b">"):
            lengths.append(0)
        elif lengths and not line.startswith(b";"):
            lengths[-1] += len(line.strip())
    return _lengths("fasta", lengths, file)


def _fastq(file: _Beginning) -> Details:
    """Records of four lines, as all programs of today write them."""
    lines = file.data.splitlines()
    whole = len(lines) // 4 * 4
    return _lengths("fastq", [len(lines[index + 1]) for index in range(0, whole, 4)], file)


def _lengths(kind: str, lengths: list[int], file: _Beginning) -> Details:
    if not file.is_whole and lengths:
        lengths.pop()  # it is cut off
    details: Details = {"format": kind, "records": len(lengths), "letters": sum(lengths)}
    return details | ({"shortest": min(lengths), "longest": max(lengths)} if lengths else {})


def warm_up() -> None:
    text_decoding.warm_up()


READERS = (
    Reader("geojson", 2, "science", preview_geojson, texts=text_of),
    Reader("molecule", 1, "science", preview_molecule, texts=text_of),
    Reader("sequences", 1, "science", preview_sequences, texts=text_of),
)
