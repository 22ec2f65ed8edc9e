"""Images are built and started without a container engine: see support.deploy.image_stages. Like a builder, this needs root."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support.deploy.dockerfiles import CATALOG, SERVICE
from support.deploy.image_stages import Builder, Root, may_mount
from support.worlds.servers import Aws, Databases

from localrun.catalog_pages import CatalogPages
from localrun.child_processes import before_exec
from localrun.system import SERVICES
from localrun.testing import free_port

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0 or not may_mount(), reason="changing the root directory needs root"),
]
SECRET = "s" * 40
MAX_MEGABYTES = {"auth": 250, "registry": 250, "s3proxy": 850, "indexer": 850}
"""Size of what is installed. Readers of files take 500 MB."""
READ_FILES = """
import asyncio
from shared.sandbox.families import FAMILIES
from shared.sandbox.worker_process import start_worker

async def main():
    for name, family in FAMILIES.items():
        worker = await start_worker(name, family, 512 << 20, required=True)
        print(name, *sorted(worker.protections))
        await worker.end()

asyncio.run(main())
"""
"""Starts a worker of each family."""


@contextmanager
def started(root: Root, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = root.stage.last("CMD").command
    with log.open("wb") as output:
        process = subprocess.Popen(
            root.argv(command, environment, read_only=True),
            stdout=output,
            stderr=output,
            preexec_fn=before_exec(),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> httpx.Response:
    until = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url)
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < until, log.read_text()[-3000:]
            time.sleep(0.2)


def settings_for(service: str, database: Databases, aws: Aws) -> dict[str, str]:
    keys = aws.settings
    assert keys.secret_access_key
    settings = {
        "INTERNAL__TOKEN": SECRET,
        **{f"INTERNAL__{each.upper()}_URL": "http://127.0.0.1:9" for each in SERVICES},
        **{f"PUBLIC__{each}_URL": "https://x.test" for each in ("CATALOG", "REGISTRY", "S3PROXY")},
        "AWS__ENDPOINT_URL": aws.url,
        "AWS__ACCESS_KEY_ID": str(keys.access_key_id),
        "AWS__SECRET_ACCESS_KEY": keys.secret_access_key.get_secret_value(),
        "SECRET_KEY": SECRET,
        "USER_ROLE_ARN": "",
        "STS": "false",
        "EVENTS__QUEUE_ARN": "",
        "EVENTS__QUEUE_URL": "",
    }
    if service != "s3proxy":
        settings["DATABASE__URL"] = str(getattr(database, service))
    return {f"{service.upper()}_{name}": value for name, value in settings.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_built_and_runs_as_nobody_on_a_read_only_root(
    service: str, tmp_path: Path, database: Databases, aws: Aws
) -> None:
    root = Builder(SERVICE, tmp_path, {"SERVICE": service}).build()
    assert not list((root.path / "build").rglob("*")), "nothing of the build is in the image"
    megabytes = sum(each.lstat().st_size for each in (root.path / "opt").rglob("*")) / 1e6
    assert megabytes < MAX_MEGABYTES[service]

    environment = {**settings_for(service, database, aws), "UVICORN_PORT": str(free_port())}
    if service != "s3proxy":
        migrating = root.argv(["python", "-m", "shared.db.migrate", service], environment, read_only=True)
        done = subprocess.run(migrating, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    log = tmp_path / "log"
    with started(root, environment, log) as process:
        assert wait_for(f"http://127.0.0.1:{environment['UVICORN_PORT']}/health/live", process, log).status_code == 200
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert "Uid:\t10001\t10001\t10001\t10001" in status
        assert "CapBnd:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status
        health = root.argv(root.stage.last("HEALTHCHECK").command, environment, read_only=True)
        subprocess.run(health, check=True)
        if service in {"s3proxy", "indexer"}:
            reading = root.argv(["python", "-c", READ_FILES], environment, read_only=True)
            done = subprocess.run(reading, capture_output=True, text=True, check=False)
            families = done.stdout.splitlines()
            assert [line.split()[0] for line in families] == ["tables", "pictures", "documents", "science", "plain"]
            assert all("seccomp" in line for line in families)
        writing = ["python", "-c", "import pathlib; pathlib.Path('/opt/patchwork/x').write_text('x')"]
        refused = subprocess.run(root.argv(writing, environment, read_only=True), capture_output=True, check=False)
        assert b"Read-only file system" in refused.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(25) in {0, -signal.SIGTERM}, log.read_text()[-3000:]


@pytest.mark.skipif(not shutil.which("node") or not shutil.which("caddy"), reason="wants this machine's Node and Caddy")
def test_the_catalog_is_built_and_served(tmp_path: Path) -> None:
    root = Builder(CATALOG, tmp_path / "build", {}).build()
    config = root.path / "Caddyfile"
    port = free_port()
    # Distributions have Caddys that do not know this word; theirs write what nobody reads.
    config.write_text(config.read_text().replace("\tpersist_config off\n", "").replace(":8080", f":{port}"))
    registry, s3proxy = "https://registry.test", "https://s3.test"
    urls = {"CATALOG_PUBLIC__REGISTRY_URL": registry, "CATALOG_PUBLIC__S3PROXY_URL": s3proxy}
    log = tmp_path / "log"
    with started(root, urls, log) as process:
        page = wait_for(f"http://127.0.0.1:{port}/b/some/bucket", process, log)
        assert page.text == (root.path / "srv" / "index.html").read_text()
        pages = CatalogPages(root.path / "srv", registry, s3proxy)
        script = next((root.path / "srv" / "assets").glob("*.js")).name
        for path in ("/b/some/bucket", "/diagram-frame.html", f"/assets/{script}"):
            answer = httpx.get(f"http://127.0.0.1:{port}{path}")
            assert {name: answer.headers.get(name) for name in pages.headers(path)} == pages.headers(path)
            assert answer.headers["Content-Encoding"] == "gzip"
        assert httpx.get(f"http://127.0.0.1:{port}/assets/gone.js").status_code == 404
        assert httpx.post(f"http://127.0.0.1:{port}/").status_code == 405
        assert "Uid:\t10001\t" in Path(f"/proc/{process.pid}/status").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(25) == 0
