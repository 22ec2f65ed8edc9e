"""Packages as groups of an institute would push them: tables, pictures, reads, arrays, notebooks and reports."""

import io
import json
import math
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

BUCKET, PUBLISHED, EMPTY = "quilt-example", "quilt-published", "quilt-empty"
ALPS, ORGANOIDS, ASSAYS = "climate/stations", "imaging/organoids", "assays/plate-reader"
HANDBOOK, COHORT, EMBEDDINGS = "docs/handbook", "genomics/covid-cohort", "ml/embeddings"
LONG = "spectroscopy-working-group/calibration-measurements-of-the-northern-observatory-2026"
LONG_FILE = f"raw/{'measurement-of-the-third-spectrometer-after-recalibration-' * 2}2026-11-30T08-15-00.csv"
Files = dict[str, bytes]


@dataclass(frozen=True)
class Push:
    """One revision; `age` in days. Only a push without an age is in the activity of its package as the client made it."""

    name: str
    message: str
    files: Files
    meta: dict[str, Any]
    age: float = 0
    by: str = "amy"


def seeded(seed: int) -> random.Random:
    """The same numbers every time."""
    return random.Random(seed)  # noqa: S311


def csv(head: str, rows: int, row: Callable[[int], tuple[object, ...]]) -> bytes:
    return "\n".join([head, *(",".join(map(str, row(at))) for at in range(rows)), ""]).encode()


def picture(seed: int, size: tuple[int, int] = (480, 360)) -> bytes:
    """Cells in three channels, as a microscope sees them."""
    chance = seeded(seed)
    image = Image.new("RGB", size, (14, 16, 32))
    draw = ImageDraw.Draw(image)
    for _ in range(90):
        x, y, radius = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(5, 24)
        colour = chance.choice([(60, 220, 150), (90, 150, 255), (235, 90, 120)])
        bright = chance.randrange(40, 100)
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=tuple(each * bright // 100 for each in colour)
        )
    file = io.BytesIO()
    image.quantize(64).save(file, "PNG")
    return file.getvalue()


def relief(seed: int) -> bytes:
    """A map of heights in bands."""
    image = Image.new("RGB", (480, 300))
    bands = [(42, 92, 74), (92, 138, 84), (172, 178, 110), (196, 158, 104), (170, 128, 104), (236, 236, 240)]
    for x in range(480):
        for y in range(300):
            height = math.sin(x / 47 + seed) + math.sin(y / 39 - seed) + math.sin((x + y) / 31) + 3
            image.putpixel((x, y), bands[min(int(height), 5)])
    file = io.BytesIO()
    image.quantize(16).save(file, "PNG")
    return file.getvalue()


def array(rows: int, columns: int, seed: int = 1) -> bytes:
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}".encode()
    head += b" " * (63 - (10 + len(head)) % 64) + b"\n"
    chance = seeded(seed)
    values = struct.pack(f"<{rows * columns}f", *(chance.gauss(0, 1) for _ in range(rows * columns)))
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + values


def reads(seed: int, number: int = 150) -> bytes:
    chance = seeded(seed)
    return "".join(
        f"@read{at}\n{''.join(chance.choices('ACGT', k=75))}\n+\n{'I' * 75}\n" for at in range(number)
    ).encode()


def parquet(rows: int) -> bytes:
    chance = seeded(rows)
    table = pa.table(
        {
            "station": [f"ST{at % 214:03}" for at in range(rows)],
            "month": [f"2026-{1 + at % 12:02}" for at in range(rows)],
            "mean_temperature": [round(chance.gauss(2, 8), 2) for _ in range(rows)],
            "precipitation": [
                round(chance.expovariate(0.02), 1) if chance.random() > 0.1 else None for _ in range(rows)
            ],
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def stations(changed: str = "ST001") -> bytes:
    chance = seeded(3)
    return csv(
        "station,name,latitude,longitude,altitude,since",
        214,
        lambda at: (
            changed if at == 1 else f"ST{at:03}",
            f"{chance.choice(['Piz', 'Col', 'Alp', 'Monte', 'Hoch'])} {chance.choice(['Nair', 'Blanc', 'Grüm', 'Rosa', 'Tor'])}",
            round(45.5 + chance.random() * 2, 4),
            round(6 + chance.random() * 6, 4),
            chance.randrange(400, 3500),
            2014 + at % 8,
        ),
    )


def hourly(rows: int) -> bytes:
    chance = seeded(4)
    return csv(
        "time,station,temperature,humidity,wind,flag",
        rows,
        lambda at: (
            f"2026-01-{1 + at // 24 % 28:02}T{at % 24:02}:00Z",
            f"ST{at % 214:03}",
            round(chance.gauss(2, 8), 1),
            chance.randrange(30, 100),
            round(chance.expovariate(0.3), 1),
            chance.choice(["", "", "", "q1"]),
        ),
    )


def plate_reader_run(number: int) -> bytes:
    return csv("well,value", 96, lambda row: (f"A{row}", (row * 37 + number) % 100))


NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": "# Quality of the third quarter\n\nEach station once."},
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "source": "import pandas as pd\n\nhourly = pd.read_csv('hourly.csv')\nhourly.describe()",
            "outputs": [
                {
                    "output_type": "stream",
                    "name": "stdout",
                    "text": "       temperature  humidity\nmean          2.03     64.50\nstd           8.01     20.21\n",
                }
            ],
        },
    ],
}
REPORT = b"""<!doctype html><meta charset=utf-8><title>Quality report</title>
<style>body{font:15px/1.5 sans-serif;margin:2rem;max-width:40rem}td,th{padding:.3rem 1rem;border-bottom:1px solid #ddd}</style>
<h1>Quality report, 2026</h1><p>Of 1,875,000 measurements, 98.7&nbsp;% passed all checks.</p>
<table><tr><th>Check<th>Failed<tr><td>Spike<td>14,210<tr><td>Stuck sensor<td>8,031<tr><td>Out of range<td>2,134</table>
"""
README = b"""# Weather stations of the Alps

Hourly temperature, humidity and wind of 214 stations between 400 and 3,500 m, quality-controlled, from 2014 on.

## What is in it

| file | what |
|---|---|
| `stations.csv` | where each station is, and since when |
| `hourly.csv` | the measurements |
| `monthly.parquet` | means and sums of each month |
| `figures/` | maps |

## How to use it

Times are UTC. A value that failed a check is empty; the column `flag` says why.

```python
import quilt3
alps = quilt3.Package.browse("climate/stations", "s3://quilt-example")
hourly = alps["hourly.csv"]()
```

> Please cite the package with its top hash: *Download* > *Cite*.
"""
BUCKET_README = b"""# Research data

What the institute measures and publishes. Each group has a namespace of its own:

- **climate**: stations and models
- **imaging**: plates and stacks
- **genomics**: cohorts, under restricted access

Ask Amy van Dam before you add a namespace.
"""
WORKFLOWS = f"""version: "1"
is_workflow_required: false
default_workflow: measured
workflows:
  measured:
    name: Measured data
    description: What an instrument wrote, with who, when and how
    is_message_required: true
    metadata_schema: measured
  published:
    name: Published data
    description: What a paper or a partner refers to
    handle_pattern: "^(climate|imaging|docs)/"
    metadata_schema: measured
schemas:
  measured:
    url: s3://{BUCKET}/schemas/measured.json
successors:
  s3://{PUBLISHED}: {{title: Published data, copy_data: true}}
""".encode()
SCHEMA = {
    "type": "object",
    "required": ["status", "owner"],
    "properties": {
        "title": {"type": "string", "title": "Title"},
        "status": {"type": "string", "enum": ["draft", "reviewed", "released"], "title": "Status"},
        "owner": {"type": "string", "title": "Owner", "description": "Who answers questions about the data"},
        "license": {"type": "string", "enum": ["CC-BY-4.0", "CC0-1.0", "restricted"], "title": "License"},
        "measured_on": {"type": "string", "format": "date", "title": "Measured on"},
        "replicates": {"type": "integer", "minimum": 1, "title": "Replicates"},
        "tags": {"type": "array", "items": {"type": "string"}, "title": "Tags"},
    },
}
OBJECTS: Files = {
    "README.md": BUCKET_README,
    ".quilt/workflows/config.yml": WORKFLOWS,
    "schemas/measured.json": json.dumps(SCHEMA, indent=2).encode(),
    "incoming/plate-8/A01.png": picture(801),
    "incoming/plate-8/A02.png": picture(802),
    "incoming/plate-8/layout.csv": csv("well,compound", 24, lambda at: (f"{'AB'[at % 2]}{at // 2 + 1:02}", f"C{at}")),
    "incoming/plate-8/notes of the operator.txt": b"Well A02 was refilled.\n",
    "protocols/staining.md": b"# Staining\n\n1. Fix for ten minutes.\n2. Wash three times.\n",
}


def alps() -> list[Push]:
    meta = {
        "title": "Weather stations of the Alps",
        "description": "Hourly temperature, humidity and wind of 214 stations between 400 and 3,500 m, quality-controlled, from 2014 on.",
        "status": "released",
        "license": "CC-BY-4.0",
        "owner": "Amy van Dam",
        "tags": ["climate", "time series"],
        "doi": "10.1234/alps.2026",
        "region": {"country": ["CH", "AT", "IT", "FR"], "altitude": {"from": 400, "to": 3500}},
    }
    first = {"README.md": README, "stations.csv": stations(), "hourly.csv": hourly(3000)}
    second = {**first, "hourly.csv": hourly(6000)}
    maps = {"figures/map.png": relief(1), "figures/wind.png": relief(4)}
    third = {**second, **maps}
    fourth = {**third, "stations.csv": stations("ST901"), "monthly.parquet": parquet(2568)}
    failed = csv("time,station,check", 40, lambda at: (f"2026-03-{1 + at % 28:02}", f"ST{at:03}", "spike"))
    fifth = {
        **fourth,
        "hourly.csv": hourly(9000),
        "checks/failed.csv": failed,
        "checks/quality.ipynb": json.dumps(NOTEBOOK).encode(),
        "checks/report.html": REPORT,
    }
    return [
        Push(ALPS, "Stations and January", first, {**meta, "status": "draft"}),
        Push(ALPS, "Add February", second, meta),
        Push(ALPS, "Add maps", third, meta, by="ben"),
        Push(ALPS, "Correct two altitudes, and add what each month had", fourth, meta),
        Push(ALPS, "Add March, and what failed its checks", fifth, meta),
    ]


def others() -> list[Push]:
    plate = {f"plate-7/{row}{column:02}.png": picture(column * 10 + ord(row)) for row in "AB" for column in range(1, 7)}
    organoids = {
        "README.md": b"# Organoids, plate 7\n\nConfocal stacks of intestinal organoids, three channels.\n",
        **plate,
    }
    about = {"status": "released", "license": "CC0-1.0", "organism": "Mus musculus", "tags": ["microscopy"]}
    segments = csv("well,object,area", 900, lambda at: (f"A{at % 6 + 1:02}", at, 200 + at * 7919 % 8800))
    cohort = b"# COVID-19 cohort, whole blood\n\nRNA-seq of 96 patients at admission and after a week.\n"
    samples = csv("sample,day,severity", 96, lambda at: (f"s{at:02}", at % 2 * 7, ["mild", "severe"][at % 3 // 2]))
    restricted = {"status": "reviewed", "license": "restricted", "owner": "Ben Okri", "organism": "Homo sapiens"}
    handbook = b"# Lab handbook\n\nHow we measure, name and keep data.\n"
    chapter = b"# Chapter\n\n" + b"Label every tube before it leaves the hood. " * 60 + b"\n"
    edition = {"status": "released", "license": "CC-BY-4.0", "owner": "Amy van Dam"}
    runs = {f"run-{at:02}.csv": plate_reader_run(at) for at in range(9)}
    atoms = b"ATOM      1  N   ALA A   1      11.104   6.134  -6.504  1.00  0.00           N\n" * 200
    return [
        Push(
            LONG,
            "Calibration of all spectrometers of the northern observatory, measured again after the lamp had been replaced in the autumn of 2026",
            {
                LONG_FILE: csv("wavelength,intensity", 500, lambda at: (200 + at, at * 7919 % 4096)),
                "README.md": b"# Calibration measurements of the spectroscopy working group at the northern observatory, 2026\n\nIntensity by wavelength.\n",
            },
            {
                "instrument-serial-number-as-engraved": "SPX-2026-0000000000000000000000000000000000000000000000000000001",
                "status": "draft",
                "description": "Measured again after the lamp had been replaced, with the settings of the manufacturer, in darkness and at a constant temperature of 18 °C, by two people independently of each other.",
            },
            by="ben",
        ),
        Push(ORGANOIDS, "First plate", organoids, about, 120),
        Push(ORGANOIDS, "Segmentation", {**organoids, "segments.csv": segments}, about),
        *(
            Push(
                COHORT,
                f"Batch {batch}",
                {"README.md": cohort, "samples.csv": samples}
                | {f"reads/s{at:02}.fastq": reads(at) for at in range(3 * batch)},
                restricted,
                180 - 45 * batch,
                "ben",
            )
            for batch in range(1, 5)
        ),
        Push(
            EMBEDDINGS,
            "64 dimensions",
            {
                "README.md": b"Embeddings of abstracts, made by a small encoder.\n",
                "embeddings.npy": array(1000, 64),
                "index.csv": csv("row,id", 1000, lambda at: (at, f"PMID{at}")),
            },
            {"title": "Embeddings of 1,000 abstracts", "status": "released", "license": "MIT", "task": "retrieval"},
        ),
        *(
            Push(
                HANDBOOK,
                f"Edition {number}",
                {"README.md": handbook, "figures/flow.png": picture(5, (200, 100))}
                | {f"chapter-{at}.md": chapter for at in range(number)},
                edition,
                90 - 30 * number,
            )
            for number in range(1, 4)
        ),
        *(
            Push(
                ASSAYS,
                f"Run {number}",
                {name: runs[name] for name in sorted(runs)[:number]},
                {"status": "draft", "owner": "Ben Okri", "qc": {"level": number % 3}},
                27 - 3 * number,
                "ben",
            )
            for number in range(1, 10)
        ),
        Push(
            "proteins/structures",
            "PDB files",
            {"notes.txt": b"see paper\n"} | {f"{at:04}.pdb": atoms for at in range(8)},
            {"title": "Structures of engineered lipases", "status": "reviewed", "license": "CC-BY-4.0"},
        ),
    ]
