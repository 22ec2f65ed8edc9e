"""A patch of ten entries to a package of a million, in the whole system on one machine.

CPU and memory of the worker are those of its own process and of the processes that write for it. The first patch starts them.
For comparison, quilt3 loads the manifest, changes it and pushes it. The store writes to the disk of the same machine.

A part is a number of entries (`patch:200000`), without quilt3.
"""

import asyncio
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from support.processes import command_line
from support.worlds.servers import client
from support.worlds.system import ACTS, BUCKET, REGISTRY, Api, Client, System, running_system

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from shared.index.trees.manifest_reader import ManifestReader

ENTRIES = 1_000_000
ROUNDS = 3
NAME = "bench/million"
PACKAGE = f"/api/v1/buckets/{BUCKET}/packages/{NAME}"


def lines(entries: int) -> Iterator[bytes]:
    yield b'{"version": "v0", "message": null, "user_meta": {}}\n'
    for number in range(entries):
        key = f"data/{number // 1000:05}/{number % 1000:06}.csv"
        record = {
            "logical_key": key,
            "physical_keys": [f"s3://{BUCKET}/amy/big/{key}?versionId=abcdefghijklmnopqrstuvwxyz{number:06}"],
            "size": number,
            "hash": {"type": "sha2-256-chunked", "value": hashlib.sha256(key.encode()).hexdigest()[:44]},
            "meta": {"user_meta": {"split": "train", "label": number % 10, "score": 0.5}} if number % 2 else {},
        }
        yield json.dumps(record).encode() + b"\n"


async def put_package(system: System, text: Path, top_hash: str) -> None:
    made = SystemSecrets.of(Configuration.from_environment(system.environment).data)
    async with client("s3", system.s3, made.root_key_id, made.root_secret) as s3:
        body = await asyncio.to_thread(text.read_bytes)
        await s3.put_object(Bucket=BUCKET, Key=f".quilt/packages/{top_hash}", Body=body)
        for tag in (str(int(time.time())), "latest"):
            await s3.put_object(Bucket=BUCKET, Key=f".quilt/named_packages/{NAME}/{tag}", Body=top_hash.encode())
        await s3.put_object(Bucket=BUCKET, Key="bench/new.csv", Body=b"hello")


def top_hash_of(text: Path) -> str:
    reader = ManifestReader()
    with text.open("rb") as source:
        while chunk := source.read(1 << 20):
            reader.feed(chunk)
    for _ in reader.finish():
        pass
    return reader.contents.top_hash


def peak_memory(process: psutil.Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def workers(system: System) -> list[psutil.Process]:
    registry = psutil.Process(system.pid("registry"))
    return [each for each in registry.children() if "registry.worker" in command_line(each)]


def cpu_by_process(system: System) -> dict[str, float]:
    """CPU seconds of the processes that work on a push."""
    found = {name: psutil.Process(system.pid(name)).cpu_times() for name in ("indexer", "s3")}
    seconds = {name: times.user + times.system for name, times in found.items()}
    return {"worker": sum(map(cpu_seconds, workers(system))), **seconds}


def cpu_seconds(worker: psutil.Process) -> float:
    """CPU seconds of a worker, and of the processes that write for it or have done so."""
    own = worker.cpu_times()
    running = [each.cpu_times() for each in worker.children()]
    return own.children_user + own.children_system + sum(each.user + each.system for each in (own, *running))


def patch(system: System, api: Api, base: str, entries: int, number: int) -> str:
    folders = entries // 1000
    operations = [
        *(
            {"op": "add", "logical_key": f"new/{number}-{copy}", "physical_key": f"s3://{BUCKET}/bench/new.csv"}
            for copy in range(4)
        ),
        *({"op": "remove", "path": f"data/{folder * folders * 3 // 10 + number:05}/000500.csv"} for folder in range(3)),
        {"op": "move", "path": f"data/{folders * 9 // 10 + number:05}", "to": f"moved/{number}"},
        {"op": "annotate", "path": f"data/{folders // 10 + number:05}/000001.csv", "metadata": {"seen": True}},
        {"op": "annotate", "path": "data", "metadata": {"patched": number}},
    ]
    before = cpu_by_process(system)
    began = time.perf_counter()
    body = {
        "operations": operations,
        "message": f"Patch {number}",
        "expected": {"latest": base, "entries": entries + number},
    }
    answer = api.request("POST", f"{PACKAGE}/revisions/latest/patch", json=body)
    accepted = time.perf_counter() - began
    assert answer.status_code == 202, answer.text
    stages: dict[str, float] = {}
    job = answer.json()
    while job["state"] in {"queued", "running"}:
        time.sleep(0.05)
        job = api.get(answer.headers["location"])
        stages.setdefault(job["progress"]["stage"] if job["progress"] else job["state"], time.perf_counter() - began)
    done = time.perf_counter() - began
    assert job["state"] == "done", job
    page = api.get(f"{PACKAGE}/revisions/latest/entries", {"path": f"moved/{number}"})
    assert len(page["items"]) == 1000
    readable = time.perf_counter() - began
    timeline = ", ".join(f"{stage} from {at:.1f} s" for stage, at in stages.items())
    used = ", ".join(f"{name} {seconds - before[name]:.1f} s" for name, seconds in cpu_by_process(system).items())
    memory = max((sum(map(peak_memory, (each, *each.children()))) for each in workers(system)), default=0)
    print(
        f"- patch {number}, load {os.getloadavg()[0]:.1f}: accepted in {accepted * 1e3:.0f} ms, done in {done:.1f} s ({timeline}), readable in {readable:.1f} s; "
        f"of CPU: {used}; worker's peak {memory:.0f} MB with its processes, registry's {peak_memory(psutil.Process(system.pid('registry'))):.0f} MB",
        flush=True,
    )
    return str(job["result"]["top_hash"])


def main(part: str = "") -> None:
    entries = int(part or ENTRIES)
    with tempfile.TemporaryDirectory() as place, running_system(Path(place) / "data") as system:
        text = Path(place) / "manifest.jsonl"
        with text.open("wb") as target:
            target.writelines(lines(entries))
        base = top_hash_of(text)
        print(f"{entries:,} entries, {text.stat().st_size / 1e6:.0f} MB", flush=True)
        began = time.perf_counter()
        asyncio.run(put_package(system, text, base))
        api = system.sign_in()
        while api.request("GET", f"{PACKAGE}/revisions/{base}").json().get("state") != "ready":
            time.sleep(0.2)
        print(f"- put and indexed in {time.perf_counter() - began:.1f} s", flush=True)
        for number in range(ROUNDS):
            base = patch(system, api, base, entries, number)
        if not part:
            patch_with_quilt3(system, Path(place))


def patch_with_quilt3(system: System, place: Path) -> None:
    user = Client(place / "home", system)
    user.sign_in("admin", "quilt")
    began = time.perf_counter()
    argv = ("python", ACTS, "patch_plainly", NAME, REGISTRY, f"s3://{BUCKET}/bench/new.csv")
    done = user.attempt(*argv, seconds=1800)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout.splitlines()[-1])
    print(
        f"- quilt3: {time.perf_counter() - began:.1f} s, of which {measured['seconds']:.1f} s after its start; peak {measured['peak_mb']:.0f} MB"
    )


if __name__ == "__main__":
    main()
