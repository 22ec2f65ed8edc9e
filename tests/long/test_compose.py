"""The commands, settings and addresses of compose.yaml work without containers: see support.deploy.compose_rehearsal."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.deploy.compose_rehearsal import ADDRESSES

from localrun.child_processes import before_exec
from localrun.paths import ROOT

SCRIPT = ROOT / "tests" / "support" / "deploy" / "compose_rehearsal.py"
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def may_unshare() -> bool:
    return os.geteuid() == 0 and not subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode


@pytest.mark.skipif(not may_unshare() or not shutil.which("caddy"), reason="needs root, and Caddy on the PATH")
def test_a_client_pushes_and_finds_a_package_through_compose(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in ADDRESSES.items()))
    inside = f"ip link set lo up && mount --bind {hosts} /etc/hosts && exec {sys.executable} {SCRIPT} {tmp_path}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(
        [*UNSHARE, "sh", "-ec", inside],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=before_exec(),
    )
    logs = "".join(f"\n== {log.stem}\n{log.read_text()[-1500:]}" for log in sorted(tmp_path.glob("*.log")))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:] + logs
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["health"] == "ok"
    assert '"route": "/internal/events", "status": 202' in (tmp_path / "indexer.log").read_text()
    ended = [line for line in done.stdout.splitlines() if " ended with " in line]
    assert ended
    assert all(line.endswith((" 0", " -15")) for line in ended), ended
