"""The canary on a system that is well, and what it says when a part of it is away."""

import asyncio
import os
import signal
from pathlib import Path

from support.worlds.servers import client
from support.worlds.system import BUCKET, HTTP, System

STEPS = ["sign-in", "push", "list", "search", "install", "refusal", "clean-up"]


def test_a_canary_passes_is_recorded_and_leaves_nothing_behind(system: System, tmp_path: Path) -> None:
    ran = system.patchwork("canary", seconds=180)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    admin = system.sign_in()
    [newest] = admin.get("/api/v1/canary/runs", {"limit": "1"})["items"]
    assert newest["passed"], newest
    assert [each["name"] for each in newest["steps"]] == STEPS
    left = admin.get(f"/api/v1/buckets/{BUCKET}/packages", {"prefix": "canary/"})
    assert left["items"] == []
    assert asyncio.run(keys_of_canary(system)) == []
    report = admin.request("GET", "/api/v1/canary/report")
    file = tmp_path / "report.html"
    file.write_bytes(report.content)
    verified = system.patchwork("verify-report", str(file), "--keys", system.registry)
    assert verified.returncode == 0, verified.stderr
    keys = tmp_path / "jwks.json"
    keys.write_bytes(HTTP.get(f"{system.registry}/.well-known/jwks.json").content)
    file.write_bytes(report.content.replace(b"passed", b"failed", 1))
    forged = system.patchwork("verify-report", str(file), "--keys", str(keys))
    assert forged.returncode != 0
    assert "changed after it was signed" in forged.stderr


def test_a_canary_names_the_step_that_fails_while_the_search_is_away(system: System) -> None:
    follower = next(
        int(each.name)
        for each in Path("/proc").iterdir()
        if each.name.isdecimal() and is_follower_of(each, system.data)
    )
    os.kill(follower, signal.SIGSTOP)
    try:
        system.environment["CANARY_SEARCH_SECONDS"] = "3"
        ran = system.patchwork("canary", seconds=180)
    finally:
        del system.environment["CANARY_SEARCH_SECONDS"]
        os.kill(follower, signal.SIGCONT)
    assert ran.returncode == 1
    lines = {line.split()[1]: line for line in ran.stdout.splitlines() if line.split()[1:2]}
    assert lines["search"].startswith("failed"), ran.stdout
    assert lines["clean-up"].startswith("passed"), ran.stdout


async def keys_of_canary(system: System) -> list[str]:
    secrets = system.inner.credentials
    async with client("s3", system.s3, secrets.root_key_id, secrets.root_secret) as s3:
        found = [
            await s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
            for prefix in ("canary/", ".quilt/named_packages/canary/")
        ]
    return [each["Key"] for page in found for each in page.get("Contents", [])]


def is_follower_of(process: Path, data: Path) -> bool:
    try:
        return (
            b"registry.follower" in (process / "cmdline").read_bytes()
            and str(data).encode() in (process / "environ").read_bytes()
        )
    except OSError:
        return False
