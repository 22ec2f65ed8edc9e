"""The canary on a system that is well."""

import asyncio
from pathlib import Path

import pytest
from support.worlds.servers import client
from support.worlds.system import BUCKET, System, eventually

STEPS = ["sign-in", "push", "list", "search", "install", "refusal", "clean-up"]


@pytest.mark.long
def test_a_canary_passes_is_recorded_and_leaves_nothing_behind(system: System, tmp_path: Path) -> None:
    admin = system.sign_in()
    eventually(lambda: admin.request("GET", f"/api/v1/buckets/{BUCKET}").status_code == 200)
    ran = system.patchwork("canary", seconds=180)
    assert ran.returncode == 0, ran.stdout + ran.stderr
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


async def keys_of_canary(system: System) -> list[str]:
    secrets = system.inner.credentials
    async with client("s3", system.s3, secrets.root_key_id, secrets.root_secret) as s3:
        found = [
            await s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
            for prefix in ("canary/", ".quilt/named_packages/canary/")
        ]
    return [each["Key"] for page in found for each in page.get("Contents", [])]
