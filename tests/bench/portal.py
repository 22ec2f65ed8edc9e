"""The catalog in Chromium, on a package of 1,000,000 files and 100,000 packages: how long people wait, and what a page takes.

Rows are written to the index of Postgres as the indexer would, which is stopped. Times begin at the click or key and end at the
frame that has the result. Scrolling goes on by 240 pixels a frame for three seconds; `long` frames are those over 50 ms.

A part is a number of files (`portal:1000`); there are a tenth as many packages. What misses its limit is marked, and the run fails.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from bench.packages import Shape, deep, opened_bench
from bench.search import BUCKETS, WORDS, Rows, connected, write_packages
from e2e.catalog.conftest import open_session, running_chromium
from playwright.sync_api import CDPSession, Page
from support.worlds.system import ADMIN, BUCKET, System, eventually, make_ports, running_system

from registry.follower.status import read_status
from registry.search_engine.schema import FORMAT

FILES = 1_000_000
ROUNDS = 10
HOME_LIMIT_MS = 1_000
DIRECTORY_LIMIT_MS = 150
SEARCH_LIMIT_MS = 200
FRAME_LIMIT_MS = 50
FIRST_LOAD_LIMIT_BYTES = 250_000
MAX_PAGE_REQUESTS = 12
MIN_COMPRESSED_BYTES = 1_024
FOLLOW_SECONDS = 3_600
SETTLE_MILLISECONDS = 1_500
CODE = {"Document", "Script", "Stylesheet"}

TIMED = """([act, until, argument]) => new Promise((done, failed) => {
  const acts = {
    click: selector => document.querySelector(selector).click(),
    type: ([selector, text]) => {
      const input = document.querySelector(selector);
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    },
    send: selector => document.querySelector(selector).requestSubmit(),
  };
  const conditions = {
    there: selector => document.querySelector(selector) !== null,
    found: word => (document.querySelector("h1")?.textContent ?? "").includes(word) &&
      document.querySelector("[data-old]") === null &&
      document.querySelector("section[aria-label=Results] li") !== null,
    rows: text => {
      const names = [...document.querySelectorAll("tbody tr[aria-rowindex] a")].map(each => each.textContent);
      return names.length > 0 && names.every(name => name.includes(text));
    },
    options: text => {
      const names = [...document.querySelectorAll("[role=option]")].map(each => each.textContent);
      return names.length > 0 && names.every(name => name.includes(text));
    },
  };
  const began = performance.now();
  acts[act](argument);
  const look = () => {
    const took = performance.now() - began;
    if (conditions[until[0]](until[1])) done(took);
    else if (took > 30_000) failed(new Error(`${act} ${argument} has not led to ${until}`));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""

SCROLLED = """([pixels, milliseconds]) => new Promise(done => {
  const frames = [];
  const began = performance.now();
  let last = began;
  const go = now => {
    frames.push(now - last);
    last = now;
    window.scrollBy(0, pixels);
    if (now - began > milliseconds) done(frames.slice(1));
    else requestAnimationFrame(go);
  };
  requestAnimationFrame(go);
})"""

HOME_IS_THERE = """() => {
  const cards = document.querySelectorAll("section[aria-labelledby=recent] li").length;
  const buckets = [...document.querySelectorAll("section[aria-labelledby=buckets] li")];
  return cards >= 12 && buckets.length > 0 && buckets.some(each => /package/.test(each.textContent)) && performance.now();
}"""


@dataclass
class Traffic:
    """Answers that a page got from the network, without those from the browser's cache."""

    session: CDPSession
    kinds: dict[str, str] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    uncompressed: set[str] = field(default_factory=set)
    _cached: set[str] = field(default_factory=set)
    _heads: dict[str, int] = field(default_factory=dict)
    _json: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session.send("Network.enable")
        self.session.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        self.session.on("Network.responseReceived", self._answered)
        self.session.on("Network.loadingFinished", self._finished)

    def clear(self) -> None:
        for each in (self.kinds, self.bytes, self._cached, self._heads, self._json):
            each.clear()

    @property
    def requests(self) -> int:
        return len(self.kinds)

    def size(self, kinds: set[str]) -> int:
        return sum(size for request, size in self.bytes.items() if self.kinds.get(request) in kinds)

    def _answered(self, event: dict[str, Any]) -> None:
        request, answer = event["requestId"], event["response"]
        if request in self._cached or answer.get("fromDiskCache"):
            return
        self.kinds[request] = event["type"]
        self._heads[request] = int(answer["encodedDataLength"])
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        if "json" in answer["mimeType"]:
            self._json[request] = (answer["url"], "content-encoding" in headers)

    def _finished(self, event: dict[str, Any]) -> None:
        request = event["requestId"]
        size = max(0, int(event["encodedDataLength"]) - self._heads.get(request, 0))
        self.bytes[request] = size
        url, is_compressed = self._json.get(request, ("", True))
        if not is_compressed and size >= MIN_COMPRESSED_BYTES:
            self.uncompressed.add(url.partition("?")[0])


class Report:
    def __init__(self) -> None:
        self.missed: list[str] = []
        print("| what | median | longest | limit |\n|---|---|---|---|", flush=True)

    def times(self, what: str, took: Sequence[float], limit: float) -> None:
        ordered = sorted(took)
        median = ordered[len(ordered) // 2]
        self._row(what, f"{median:,.0f} ms", f"{ordered[-1]:,.0f} ms", f"{limit:,.0f} ms", median > limit)

    def count(self, what: str, found: int, limit: int, unit: str = "") -> None:
        self._row(what, f"{found:,}{unit}", "", f"{limit:,}{unit}", found > limit)

    def frames(self, what: str, frames: Sequence[float]) -> None:
        long = [each for each in frames if each > FRAME_LIMIT_MS]
        ordered = sorted(frames)
        self._row(
            f"{what}: {len(frames)} frames, {len(long)} long",
            f"{ordered[len(ordered) // 2]:,.0f} ms",
            f"{ordered[-1]:,.0f} ms",
            f"{FRAME_LIMIT_MS} ms",
            bool(long),
        )

    def _row(self, what: str, median: str, longest: str, limit: str, is_missed: bool) -> None:  # noqa: FBT001 – one caller
        if is_missed:
            self.missed.append(what)
        print(f"| {what} | {median} | {longest} | {limit}{' **missed**' if is_missed else ''} |", flush=True)


class PortalBench:
    def __init__(self, system: System, files: int) -> None:
        self._system = system
        self._shape = Shape(f"{files:,} deep", files, deep)
        self._packages = files // 10

    async def fill(self) -> None:
        """Write the rows, and wait until searches know them."""
        status_file = self._system.data / "search" / f"{FORMAT}.json"
        async with opened_bench(self._system) as bench:
            await bench.build_package(self._shape)
        async with connected(self._system.inner, "registry") as connection:
            for bucket in BUCKETS:
                await connection.execute(
                    "INSERT INTO registry.bucket (name, title, tags, relevance_score, created_at) VALUES ($1, $1, '{}', 0, now())",
                    bucket,
                )
        async with connected(self._system.inner, "indexer") as connection:
            for bucket in BUCKETS:
                await connection.execute("INSERT INTO index.bucket (name) VALUES ($1)", bucket)
            await write_packages(connection, Rows(self._packages * 10))
            await connection.execute("ANALYZE")
            head = await connection.fetchval("SELECT max(position) FROM index.change")

        def has_followed() -> bool:
            status = read_status(status_file)
            return status is not None and status.position >= head

        await asyncio.to_thread(eventually, has_followed, FOLLOW_SECONDS)

    def look(self) -> list[str]:
        """Limits that were missed."""
        report = Report()
        with running_chromium() as browser:
            context = browser.new_context(base_url=self._system.catalog, viewport={"width": 1280, "height": 860})
            open_session(context, self._system, *ADMIN)
            page = context.new_page()
            traffic = Traffic(context.new_cdp_session(page))
            self._home(report, page, traffic)
            self._package(report, page, traffic)
            self._search(report, page)
            self._package_list(report, page)
            report.count("answers in JSON that are not compressed", len(traffic.uncompressed), 0)
            for address in sorted(traffic.uncompressed):
                print(f"  {address}", flush=True)
            context.close()
        return report.missed

    def _home(self, report: Report, page: Page, traffic: Traffic) -> None:
        page.goto("/")
        first = float(page.wait_for_function(HOME_IS_THERE).json_value())
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        code, all_bytes = traffic.size(CODE), sum(traffic.bytes.values())
        report.times("home, first visit", [first], HOME_LIMIT_MS)
        report.count("code of the first visit", code, FIRST_LOAD_LIMIT_BYTES, " B")
        print(f"  {traffic.requests} requests, {all_bytes:,} B with fonts and answers", flush=True)
        took = []
        for _ in range(ROUNDS):
            page.goto("/")
            took.append(float(page.wait_for_function(HOME_IS_THERE).json_value()))
        report.times("home, later visits", took, HOME_LIMIT_MS)

    def _package(self, report: Report, page: Page, traffic: Traffic) -> None:
        place = f"/b/{BUCKET}/packages/{self._shape.package}"
        ready = f'a[href$="{place}/tree/latest/data"]'
        page.goto(place)
        page.wait_for_selector(ready)
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        traffic.clear()
        page.goto(place)
        page.wait_for_selector(ready)
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        report.count("requests of a package's page after the first visit", traffic.requests, MAX_PAGE_REQUESTS)
        folders = max(1, self._shape.entries // 1_000)
        timed(page, "click", ready, ("there", f'a[href$="{place}/tree/latest/data/00000"]'))
        took = []
        for number in range(min(ROUNDS, folders)):
            folder = f"{place}/tree/latest/data/{number:05}"
            took.append(timed(page, "click", f'a[href$="{folder}"]', ("there", f'a[href^="{folder}/"]')))
            if number == 0:
                report.frames("scrolling through 1,000 files", scrolled(page))
            page.go_back()
            page.wait_for_selector(f'a[href$="{folder}"]')
        report.times("a directory of 1,000 files", took, DIRECTORY_LIMIT_MS)
        if folders > 1:
            report.frames(f"scrolling through {min(folders, 1_000):,} directories", scrolled(page))
        page.goto(f"{place}/tree/latest/data/00000")
        page.wait_for_selector(f'a[href^="{place}/tree/latest/data/00000/"]')
        page.keyboard.press("t")
        page.wait_for_selector("[role=dialog] input")
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        took = []
        for number in range(ROUNDS):
            text = f"00000/0000{number:02}"
            took.append(timed(page, "type", ["[role=dialog] input", text], ("options", f"0000{number:02}")))
        report.times("a letter in Go to file", took, SEARCH_LIMIT_MS)
        page.keyboard.press("Escape")

    def _search(self, report: Report, page: Page) -> None:
        page.goto("/search")
        page.wait_for_selector("section[aria-label=Results] li")
        took = []
        for word in WORDS[:ROUNDS]:
            page.wait_for_timeout(SETTLE_MILLISECONDS // 3)
            page.locator("header input[type=search]").fill(word)
            took.append(timed(page, "send", "header form[role=search]", ("found", word)))
        report.times("Enter in a search, to its results", took, SEARCH_LIMIT_MS)

    def _package_list(self, report: Report, page: Page) -> None:
        page.goto(f"/b/{BUCKETS[0]}/packages")
        page.wait_for_selector("tbody tr[aria-rowindex] a")
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        report.frames(f"scrolling through {self._packages // len(BUCKETS):,} packages", scrolled(page))
        page.evaluate("scrollTo(0, 0)")
        took = []
        for number in range(ROUNDS):
            text = f"-{3 * number}"
            took.append(timed(page, "type", ['input[aria-label="Filter by name"]', text], ("rows", text)))
            page.wait_for_timeout(SETTLE_MILLISECONDS // 3)
        report.times("a letter in the filter of packages", took, SEARCH_LIMIT_MS)


def timed(page: Page, act: str, argument: str | list[str], until: tuple[str, str]) -> float:
    """Milliseconds from an act to the frame in which its result is there."""
    return float(page.evaluate(TIMED, [act, list(until), argument]))


def scrolled(page: Page) -> list[float]:
    """Milliseconds of each frame."""
    page.mouse.move(600, 500)
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    return [float(each) for each in page.evaluate(SCROLLED, [240, 3_000])]


def main(part: str = "") -> None:
    place = Path(tempfile.mkdtemp())
    try:
        with running_system(place / "data", {**make_ports(), "PATCHWORK_LOG_FORMAT": "json"}) as system:
            bench = PortalBench(system, int(part or FILES))
            indexer = psutil.Process(system.pid("indexer"))
            indexer.suspend()
            try:
                asyncio.run(bench.fill())
                missed = bench.look()
            finally:
                indexer.resume()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if missed:
        sys.exit(f"missed: {'; '.join(missed)}")
