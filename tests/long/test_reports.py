"""Reports of public packages, as these make them, are shown whole in the web catalog."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e.catalog.conftest import PASSWORD, frame_of, sign_in
from playwright.sync_api import Browser, Frame, Page, expect
from support.foreign import report_makers
from support.worlds.system import BUCKET, REGISTRY, ROOT, Client, System

PYTHON = ROOT / ".venvs" / "reports" / "bin" / "python"
PACKAGE = "amy/reports"


@dataclass(frozen=True)
class Expected:
    look: Callable[[Frame], None]
    hosts: frozenset[str] = frozenset()
    """Hosts that the report asks for parts that it does without."""


def shows(selector: str, text: str = "", count: int | None = None) -> Callable[[Frame], None]:
    def look(frame: Frame) -> None:
        found = frame.locator(selector)
        if count is not None:
            expect(found).to_have_count(count)
        expect(found.first).to_be_visible()
        if text:
            expect(found.first).to_contain_text(text)

    return look


def is_whole_document(frame: Frame) -> None:
    expect(frame.get_by_role("heading", name="Harvest of 2026")).to_be_visible()
    assert frame.get_by_alt_text("The slope").evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    color = frame.get_by_role("heading", name="Method").evaluate("heading => getComputedStyle(heading).color")
    assert color == "rgb(103, 74, 128)"
    frame.get_by_role("link", name="Method").click()
    assert frame.evaluate("location.hash") == "#method"


def sorts_and_filters(frame: Frame) -> None:
    rows = frame.locator(".results-table-row")
    expect(rows).to_have_count(2)
    expect(frame.locator(".logwrapper").first).to_be_visible()
    frame.get_by_text("Test", exact=True).first.click()
    expect(rows).to_have_count(2)
    frame.locator("input[data-test-result=passed]").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Mosel")


EXPECTED = {
    "altair": Expected(shows("canvas, svg.marks")),
    "multiqc": Expected(shows(".hc-plot, .mqc_plot, .plotly", count=None)),
    "nbconvert": Expected(shows("h1", "Harvest of 2026"), frozenset({"cdnjs.cloudflare.com"})),
    "pandoc": Expected(is_whole_document),
    "plotly": Expected(shows(".gtitle", "Hectares by site")),
    "pytest_html": Expected(sorts_and_filters),
}


@pytest.fixture(scope="module")
def amy(chromium: Browser, system: System, homes: Path, tmp_path_factory: pytest.TempPathFactory) -> Page:
    if not PYTHON.exists():
        pytest.skip("NOT TESTED: `make .state/reports` was not run")
    folder = tmp_path_factory.mktemp("made") / "reports"
    script = Path(report_makers.__file__)
    done = subprocess.run([PYTHON, script, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    system.create_user("amy-of-the-web", PASSWORD, "ReadWriteAll")
    client = Client(homes / "amy-of-the-web", system)
    client.sign_in("amy-of-the-web", PASSWORD)
    client.act("push", PACKAGE, REGISTRY, folder, "Reports", json.dumps({}))
    page = chromium.new_context(base_url=system.catalog, viewport={"width": 1280, "height": 900}).new_page()
    page.goto("/signin")
    sign_in(page, "amy-of-the-web", PASSWORD)
    return page


@pytest.mark.parametrize("maker", EXPECTED)
def test_a_report_of_a_public_package_is_shown_whole(amy: Page, maker: str) -> None:
    expected = EXPECTED[maker]
    refused: list[str] = []
    amy.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    amy.goto(f"/b/{BUCKET}/packages/{PACKAGE}/tree/latest/{maker}/index.html")
    frame = frame_of(amy, "Report index.html")
    expected.look(frame)
    amy.wait_for_timeout(500)
    others = [text for text in refused if not any(host in text for host in expected.hosts)]
    assert others == []
    notice = amy.get_by_text("loads parts of itself from")
    expect(notice).to_have_count(1 if expected.hosts else 0)


def test_a_chart_of_altair_is_drawn_from_its_json(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}/packages/{PACKAGE}/tree/latest/altair/chart.json")
    frame = frame_of(amy, "Chart chart.json")
    expect(frame.locator("canvas")).to_be_visible()
