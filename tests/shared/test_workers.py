"""Two workers of a service, as `shared.web.serving` starts them: what a machine has once, it has once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from support.fakes.worker_app import BURST, TOKEN
from support.worlds.system import eventually

from localrun.ports import free_ports

TESTS = Path(__file__).parents[1]
INTERNAL = {"Authorization": f"Bearer {TOKEN}"}


class Served:
    def __init__(self, directory: Path) -> None:
        (port,) = free_ports(1)
        self.log = directory / "leading"
        self.log.touch()
        self.temporary = directory / "tmp"
        self.temporary.mkdir()
        self.url = f"http://127.0.0.1:{port}"
        app = "worker_app:create_app"
        where = ["--app-dir", str(TESTS / "support" / "fakes"), "--factory", "--port", str(port), "--no-access-log"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "shared.web.serving", app, *where],
            env={
                **os.environ,
                "WORKER_APP_WORKERS": "2",
                "WORKER_APP_LOG": str(self.log),
                "TMPDIR": str(self.temporary),
                "PYTHONPATH": str(TESTS),
            },
        )

    @property
    def workers(self) -> set[int]:
        return {each.pid for each in psutil.Process(self.process.pid).children() if self._serves(each)}

    def _serves(self, process: psutil.Process) -> bool:
        return any(self.temporary.glob(f"*/{process.pid}.socket"))

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        """On a connection of its own, which either worker may accept."""
        return httpx.request(method, f"{self.url}{path}", **options)  # type: ignore[arg-type]

    def answers(self, path: str = "/pid") -> dict[int, dict[str, int]]:
        """The last answer of each worker, once both have answered."""
        found: dict[int, dict[str, int]] = {}

        def both() -> bool:
            answer = self.ask("GET", path).json()
            found[answer["pid"]] = answer
            return len(found) == 2

        eventually(both)
        return found

    @property
    def led(self) -> list[int]:
        """Workers that have done what is done once, in order."""
        return [int(line) for line in self.log.read_text().split()]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("workers"))
    try:
        eventually(lambda: len(running.workers) == 2)
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def test_workers_do_once_what_a_machine_has_once_and_another_goes_on_when_one_is_killed(served: Served) -> None:
    workers = set(served.answers())
    assert workers == served.workers

    # Rates: both together answer as many requests as one alone would.
    statuses = [served.ask("POST", "/expensive").status_code for _ in range(2 * BURST)]
    assert statuses == [200] * BURST + [429] * BURST

    # Metrics: whichever worker is asked, it counts the requests of both.
    for _ in range(6):
        text = served.ask("GET", "/internal/metrics", headers=INTERNAL).text
        counted = [line for line in text.splitlines() if "/expensive" in line and 'status="429"' in line]
        assert [float(line.rpartition(" ")[2]) for line in counted] == [BURST], text
        assert text.count("# TYPE process_cpu_seconds_total counter") == 1

    # A wake-up reaches both.
    before = {pid: answer["woken"] for pid, answer in served.answers().items()}
    assert served.ask("POST", "/wake").status_code == 200
    eventually(lambda: all(answer["woken"] == before[pid] + 1 for pid, answer in served.answers().items()))

    # Work: one leads. When it is killed, the other leads, and a third is started in its place.
    [first] = served.led
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(served.led) == 2)
    assert served.led[1] in workers - {first}
    eventually(lambda: len(served.workers - {first}) == 2)
    assert set(served.answers()) == served.workers - {first}

    # No worker outlives the process that started all, and the address is free.
    left = [psutil.Process(pid) for pid in served.workers]
    served.process.kill()
    served.process.wait()
    _, alive = psutil.wait_procs(left, timeout=20)
    assert alive == []
    with pytest.raises(httpx.ConnectError):
        served.ask("GET", "/pid")
