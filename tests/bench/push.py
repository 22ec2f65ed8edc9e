"""Seconds from the return of quilt3's push until everybody finds the package, on a fresh system.

A negative time means that the package was there before the client had ended.
"""

import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from support.worlds.system import BUCKET, REGISTRY, Api, Client, System, running_system

ROUNDS = {10: 8, 200: 3}
"""Files per package to number of pushes."""
TIMEOUT_SECONDS = 60.0


def main() -> None:
    with tempfile.TemporaryDirectory() as place, running_system(Path(place) / "data") as system:
        client = Client(Path(place) / "home", system)
        client.sign_in("admin", "quilt")
        print("| files | pushes | | median | worst |\n|---|---|---|---|---|")
        for files, rounds in ROUNDS.items():
            lags = [measure_push(system, client, Path(place) / f"{files}-{number}", files) for number in range(rounds)]
            for column, what in enumerate(["listed", "found by a word of its README"]):
                seconds = [lag[column] for lag in lags]
                print(
                    f"| {files} | {rounds} | {what} | {statistics.median(seconds) * 1e3:+.0f} ms "
                    f"| {max(seconds) * 1e3:+.0f} ms |",
                    flush=True,
                )


def measure_push(system: System, client: Client, folder: Path, files: int) -> tuple[float, float]:
    """Seconds after the push until the package was listed, and until it was found."""
    word = "w" + "".join(chr(ord("a") + int(digit, 16)) for digit in secrets.token_hex(6))
    folder.mkdir()
    for number in range(files - 1):
        (folder / f"{number:04}.csv").write_text(f"number,secret\n{number},{secrets.token_hex(500)}\n")
    (folder / "README.md").write_text(f"# A package\n\nAbout {word}.\n")
    api = system.sign_in()
    path = f"/api/v1/buckets/{BUCKET}/packages/bench/{word}"
    seen: dict[str, float] = {}
    watchers = [
        threading.Thread(target=watch, args=(seen, "listed", lambda: _is_listed(api, path))),
        threading.Thread(target=watch, args=(seen, "found", lambda: _is_found(api, word))),
    ]
    for watcher in watchers:
        watcher.start()
    returned = float(client.act("push", f"bench/{word}", REGISTRY, folder)["at"])
    for watcher in watchers:
        watcher.join()
    return seen["listed"] - returned, seen["found"] - returned


def watch(seen: dict[str, float], name: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    seen[name] = time.time()


def _is_listed(api: Api, path: str) -> bool:
    return api.request("GET", path).status_code == 200


def _is_found(api: Api, word: str) -> bool:
    kinds = {item["kind"] for item in api.get("/api/v1/search", {"q": word})["items"]}
    return "package" in kinds
