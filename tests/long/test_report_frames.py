"""Reports of packages: what a hostile one gets, and that real ones are shown whole; charts, maps, molecules and tracks."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from e2e.catalog import conftest as catalog
from e2e.catalog.conftest import PASSWORD, World, account_menu, frame_of, make_world, sign_in
from playwright.sync_api import BrowserContext, Frame, Page, expect
from support.worlds.system import BUCKET, REGISTRY, ROOT, System
from typing_extensions import override

REPORTS = ROOT / "tests" / "long" / "report_pages"
HOSTILE, REAL = "amy/hostile", "amy/reports"
PLACE = f"/b/{BUCKET}/packages"
OWN = "own: "
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "json": "application/json"}


@dataclass
class Outside:
    """Another host, which serves files of a folder and records what else it is asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


context, page, amy = catalog.context, catalog.page, catalog.amy


@pytest.fixture(scope="module")
def world(system: System, homes: Path) -> World:
    return make_world(system, homes)


@pytest.fixture
def outside() -> Iterator[Outside]:
    made = Outside()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0].lstrip("/")
            content = made.files.get(path)
            if content is None:
                made.asked.append(path)
            self.send_response(200)
            self.send_header("Content-Type", TYPES.get(path.rpartition(".")[2], "text/plain"))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(content or b"")

        do_POST = do_GET  # noqa: N815 – the name that the server calls

        @override
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://localhost:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


def results_in(page: Page, frame: Frame) -> dict[str, Any]:
    found = frame.wait_for_function("document.title === 'done' && document.getElementById('results').textContent")
    page.wait_for_timeout(500)  # for what is sent without an answer
    return dict(json.loads(found.json_value()))


def test_a_hostile_report_gets_neither_session_nor_storage_nor_clipboard_nor_anybody_elses_data(
    context: BrowserContext, world: World, system: System, outside: Outside, tmp_path: Path
) -> None:
    targets = {
        "catalog": system.catalog,
        "registry": system.registry,
        "outside": outside.url,
        "other": f"{system.s3proxy}/-/file/{BUCKET}/amy/wine/{world.second}/README.md",
        "session": f"{system.s3proxy}/-/browse/{'a' * 43}/README.md",
    }
    files = {path.name: path.read_bytes() for path in REPORTS.glob("*.*") if path.stem in {"attacks", "own"}}
    files |= {"targets.json": json.dumps(targets).encode(), "worker.js": b"", "module.js": b"", "script.js": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    world.amy.act("push", HOSTILE, REGISTRY, tmp_path, "Figures", "{}")
    page = context.new_page()
    downloads: list[str] = []
    page.on("download", lambda download: downloads.append(download.suggested_filename))
    page.on("dialog", lambda dialog: dialog.accept())

    # The same page on a host without a policy, in a frame of its own host: the attempts are real.
    outside.files = {**files, "around.html": b"<!doctype html><iframe title=attacks src=attacks.html></iframe>"}
    page.goto(f"{outside.url}/around.html")
    results_in(page, frame_of(page, "attacks"))
    page.reload()
    wins = results_in(page, frame_of(page, "attacks"))
    assert wins["keeps a value in localStorage"] is wins["keeps a value in sessionStorage"] is True
    assert sum(won is True for won in wins.values()) > 18, wins
    assert {"fetch", "picture.gif", "style.css", "beacon", "form", "frame", "events", "ahead"} <= set(outside.asked)
    assert set(downloads) == {"planted.txt"}
    outside.asked.clear()
    downloads.clear()

    page.goto("/signin")
    sign_in(page, "amy-of-the-web", PASSWORD)
    page.goto(f"{PLACE}/{HOSTILE}/tree/latest/attacks.html")
    address = page.url
    results_in(page, frame_of(page, "Report attacks.html"))
    page.reload()
    frame = frame_of(page, "Report attacks.html")
    found = results_in(page, frame)
    assert {name: won for name, won in found.items() if name.startswith(OWN)} == {
        name: True for name in found if name.startswith(OWN)
    }
    assert {name: won for name, won in found.items() if won is True and not name.startswith(OWN)} == {}
    assert len(found) >= 20
    assert (outside.asked, downloads, page.url) == ([], [], address)
    # Even itself it cannot lead elsewhere, and its people stay signed in.
    for target in (
        f"{outside.url}/led",
        f"{system.catalog}/",
        f"{system.s3proxy}/robots.txt",
        f"{system.registry}/docs",
    ):
        frame.evaluate("target => { location.href = target }", target)
        page.wait_for_timeout(300)
        assert not frame.url.startswith(target), target
        page.reload()
        frame = frame_of(page, "Report attacks.html")
        results_in(page, frame)
    assert outside.asked == []
    expect(account_menu(page)).to_be_visible()
    # Its address is of no use outside of the frame.
    alone = context.new_page()
    alone.goto(frame.url)
    alone.wait_for_timeout(500)
    assert alone.evaluate("document.getElementById('results').textContent") == ""
    alone.close()
    page.close()


SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "data": {"url": "../rows.csv"},
    "mark": {"type": "bar", "tooltip": True},
    "encoding": {"x": {"field": "site", "type": "nominal"}, "y": {"field": "hectares", "type": "quantitative"}},
}
OPTION = {
    "dataset": {"source": "../rows.csv"},
    "xAxis": {"type": "category"},
    "yAxis": {},
    "series": [{"type": "bar"}],
}
PLACES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Ahr"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[7, 50.4], [7.3, 50.4], [7.3, 50.6], [7, 50.6], [7, 50.4]]],
            },
        }
    ],
}
WATER = """HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00  0.00           O
HETATM    2  H1  HOH A   1       0.957   0.000   0.000  1.00  0.00           H
HETATM    3  H2  HOH A   1      -0.240   0.927   0.000  1.00  0.00           H
END
"""
TRACKS = {
    "reference": {"id": "tiny", "fastaURL": "../genome/tiny.fa", "indexURL": "../genome/tiny.fa.fai"},
    "locus": "chr1:1-60",
    "tracks": [{"name": "genes", "url": "../genome/genes.bed", "format": "bed"}],
}
SUMMARY = [
    "README.md",
    [
        {
            "path": "charts/bars.json",
            "title": "By site",
            "width": 2,
            "types": [{"name": "vega", "style": {"height": "300px"}}],
        },
        {
            "path": "rows.csv",
            "description": "From the *survey*",
            "types": [{"name": "perspective", "config": {"sort": [["hectares", "desc"]]}}],
        },
    ],
    {"path": "charts/option.json", "types": ["echarts"], "expand": True},
    "report/index.html",
    {"path": "gone.csv"},
    {"path": "rows.csv", "width": "narrow"},
]


@pytest.fixture
def dashboard(world: World, tmp_path: Path) -> str:
    files = {
        "README.md": "# Sites\n\nOf the valley.\n",
        "rows.csv": "site,hectares\nAhr,560\nMosel,8700\n",
        "charts/bars.json": json.dumps(SPEC),
        "charts/option.json": json.dumps(OPTION),
        "charts/places.geojson": json.dumps(PLACES),
        "charts/water.pdb": WATER,
        "charts/tracks.json": json.dumps(TRACKS),
        "genome/tiny.fa": ">chr1\n" + "ACGTTGCAAC" * 6 + "\n",
        "genome/tiny.fa.fai": "chr1\t60\t6\t60\t61\n",
        "genome/genes.bed": "chr1\t10\t40\twine1\n",
        "report/index.html": "<!doctype html><meta charset=utf-8><link rel=stylesheet href=look.css><h1 id=said>Loading</h1>"
        "<script type=module src=run.js></script>",
        "report/look.css": "h1 { color: rgb(1, 2, 3) }",
        "report/run.js": "import { word } from './word.js';\n"
        "const rows = await (await fetch('../rows.csv')).text();\n"
        "document.getElementById('said').textContent = `${word} ${rows.split('\\n').length}`;\n",
        "report/word.js": "export const word = 'lines:';\n",
        "quilt_summarize.json": json.dumps(SUMMARY),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    pushed = world.amy.act("push", REAL, REGISTRY, tmp_path, "A dashboard", "{}")
    (tmp_path / "rows.csv").write_text("site,hectares\nNahe,1\n")
    world.amy.act("push", REAL, REGISTRY, tmp_path, "Other rows", "{}")
    return str(pushed["top_hash"])


def is_painted(frame: Frame) -> None:
    """The chart has more than its background."""
    frame.wait_for_function(
        """() => [...document.querySelectorAll('canvas')].some(canvas => {
            const context = canvas.getContext('2d');
            if (!canvas.width || !canvas.height || !context) return canvas.width > 0 && canvas.height > 0;
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size > 3;
        })"""
    )


def test_a_dashboard_shows_charts_rows_and_reports_of_the_revision_that_is_open(amy: Page, dashboard: str) -> None:
    amy.goto(f"{PLACE}/{REAL}/tree/{dashboard}/?tab=data")
    expect(amy.get_by_role("heading", name="Sites")).to_be_visible()
    is_painted(frame_of(amy, "Chart bars.json"))
    rows = amy.get_by_role("region", name="rows.csv").first
    expect(rows.get_by_text("survey")).to_be_visible()
    expect(rows.get_by_role("row").nth(1)).to_contain_text("Mosel")
    is_painted(frame_of(amy, "Chart option.json"))
    report = frame_of(amy, "Report index.html")
    expect(report.get_by_role("heading")).to_have_text("lines: 4")
    assert report.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    expect(amy.get_by_text("gone.csv is not in this revision")).to_be_visible()
    expect(amy.get_by_text("row 6, width")).to_be_visible()
    expect(amy.get_by_text("Nahe")).to_have_count(0)

    for name, title in (
        ("places.geojson", "Map of places.geojson"),
        ("water.pdb", "Model of water.pdb"),
        ("tracks.json", "Genome tracks of tracks.json"),
    ):
        amy.goto(f"{PLACE}/{REAL}/tree/{dashboard}/charts/{name}")
        frame = frame_of(amy, title)
        if name != "tracks.json":
            is_painted(frame)
        else:
            expect(frame.get_by_text("genes").first).to_be_visible()
        expect(amy.get_by_text("cannot be drawn")).to_have_count(0)
    amy.goto(f"{PLACE}/{REAL}")
    expect(amy.get_by_role("region", name="By site")).to_be_visible()
