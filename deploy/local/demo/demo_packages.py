"""The demo's packages: real data from `vega_datasets`, with the READMEs and metadata that an author would write."""

import csv
import json
import shutil
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import vega_datasets

_DATA = Path(vega_datasets.__file__).parent / "_data"


@dataclass(frozen=True)
class Revision:
    """One push: the files that `lay_out` puts into a directory, with message and metadata."""

    name: str
    message: str
    lay_out: Callable[[Path], None]
    meta: dict[str, Any]
    entry_meta: dict[str, dict[str, Any]] = field(default_factory=dict)


def _copy(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(_DATA / name, folder / name)


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _write_png(path: Path, pixels: list[list[tuple[int, int, int]]], scale: tuple[int, int]) -> None:
    """An RGB picture, each pixel `scale` times as wide and high."""
    wide, high = scale
    lines = [b"\0" + b"".join(bytes(pixel) * wide for pixel in line) for line in pixels for _ in range(high)]
    size = struct.pack(">IIBBBBB", len(pixels[0]) * wide, len(lines), 8, 2, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    picture = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"".join(lines))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + picture)


def _write_heat_map(path: Path) -> None:
    """One line per year, one column per day, blue to red by the day's highest temperature."""
    days = _rows("seattle-weather.csv")
    years = sorted({day["date"][:4] for day in days})

    def colour(celsius: float) -> tuple[int, int, int]:
        warm = min(max((celsius + 5) / 40, 0), 1)
        return int(255 * warm), int(110 * (1 - abs(2 * warm - 1)) + 40), int(255 * (1 - warm))

    lines = [[colour(float(day["temp_max"])) for day in days if day["date"].startswith(year)][:365] for year in years]
    _write_png(path, lines, (2, 40))


def _write_line_chart(path: Path) -> None:
    prices: dict[str, list[float]] = {}
    for row in _rows("stocks.csv"):
        prices.setdefault(row["symbol"], []).append(float(row["price"]))
    highest = max(max(series) for series in prices.values())
    colours = ["#4c78a8", "#f58518", "#e45756", "#72b7b2", "#54a24b"]
    lines = []
    for number, (symbol, series) in enumerate(prices.items()):
        points = " ".join(
            f"{40 + 720 * at / (len(series) - 1):.1f},{380 - 340 * price / highest:.1f}"
            for at, price in enumerate(series)
        )
        colour = colours[number % len(colours)]
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>')
        lines.append(f'<text x="50" y="{30 + 18 * number}" fill="{colour}">{symbol}</text>')
    body = "\n".join(lines)
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400">\n{body}\n</svg>\n')


def _weather(folder: Path) -> None:
    _copy(folder / "daily", "seattle-weather.csv")
    _copy(folder / "hourly", "seattle-temps.csv", "sf-temps.csv")
    (folder / "pictures").mkdir(exist_ok=True)
    _write_heat_map(folder / "pictures" / "seattle heat map.png")
    (folder / "quilt_summarize.json").write_text('["README.md", "pictures/seattle heat map.png"]\n')
    (folder / "README.md").write_text(
        "# Weather of two cities\n\n"
        "Daily precipitation, temperature and wind in Seattle from 2012 to 2015, and hourly temperatures of Seattle\n"
        "and San Francisco in 2010, from the records of NOAA's National Climatic Data Center.\n\n"
        "| file | what |\n|---|---|\n"
        "| `daily/seattle-weather.csv` | one row per day; `weather` is drizzle, rain, sun, snow or fog |\n"
        "| `hourly/*.csv` | one row per hour, degrees Fahrenheit |\n"
        "| `pictures/seattle heat map.png` | a year per line, blue is cold |\n"
    )


def _weather_by_month(folder: Path) -> None:
    _weather(folder)
    months: dict[str, list[dict[str, str]]] = {}
    for day in _rows("seattle-weather.csv"):
        months.setdefault(day["date"][:7], []).append(day)
    with (folder / "daily" / "seattle by month.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["month", "mean_temp_max", "rainfall"])
        for month, days in sorted(months.items()):
            mean = sum(float(day["temp_max"]) for day in days) / len(days)
            writer.writerow([month, f"{mean:.1f}", f"{sum(float(day['precipitation']) for day in days):.1f}"])
    with (folder / "README.md").open("a") as file:
        file.write(
            "\n`daily/seattle by month.csv` sums it up: the wettest month was a December, as the drizzle foretold.\n"
        )


def _classics(folder: Path) -> None:
    _copy(folder, "iris.json", "anscombe.json", "barley.json", "cars.json")
    summary = {path.stem: len(json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))}
    (folder / "rows.json").write_text(json.dumps(summary, indent=2) + "\n")
    (folder / "README.md").write_text(
        "# Classics of statistics\n\n"
        "Fisher's iris (1936), Anscombe's quartet (1973) whose four scatter plots share every statistic, the barley\n"
        "yields of Minnesota in which Cleveland found a swapped year, and the cars of the 1983 exposition.\n"
    )


def _markets(folder: Path) -> None:
    _copy(folder / "prices", "stocks.csv", "ohlc.json", "wheat.json")
    _copy(folder / "economy", "us-employment.csv", "iowa-electricity.csv")
    _write_line_chart(folder / "prices" / "stocks.svg")
    (folder / "quilt_summarize.json").write_text('["README.md", "prices/stocks.svg"]\n')
    (folder / "README.md").write_text(
        "# Markets, wages and kilowatt hours\n\n"
        "Monthly prices of five technology stocks from 2000 to 2010, employment in the United States through the\n"
        "recession of 2008, Iowa's electricity by source, and Playfair's wheat prices of 1565 to 1821.\n"
    )


REVISIONS = [
    Revision(
        "demo/weather",
        "Two cities, four years",
        _weather,
        {"source": "NOAA", "cities": ["Seattle", "San Francisco"], "years": [2010, 2015]},
        {
            "daily/seattle-weather.csv": {"unit": "°C, mm", "rows": 1461},
            "hourly/sf-temps.csv": {"unit": "°F"},
            "pictures/seattle heat map.png": {"made_from": "daily/seattle-weather.csv"},
        },
    ),
    Revision(
        "demo/classics",
        "Four data sets that every course uses",
        _classics,
        {"licence": "public domain", "teaching": True},
        {
            "iris.json": {"author": "R. A. Fisher", "year": 1936},
            "anscombe.json": {"author": "F. Anscombe", "year": 1973},
        },
    ),
    Revision(
        "demo/markets",
        "Prices and the economy behind them",
        _markets,
        {"currency": "USD", "topics": ["stocks", "employment", "electricity"]},
        {"prices/stocks.csv": {"symbols": ["MSFT", "AMZN", "IBM", "GOOG", "AAPL"]}},
    ),
    Revision(
        "demo/weather",
        "Sum Seattle up by month",
        _weather_by_month,
        {"source": "NOAA", "cities": ["Seattle", "San Francisco"], "years": [2010, 2015], "derived": True},
        {"daily/seattle by month.csv": {"made_from": "daily/seattle-weather.csv", "months": 48}},
    ),
]
