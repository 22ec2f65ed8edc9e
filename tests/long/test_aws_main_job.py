"""An installation that CloudFormation has made on the emulator works: see support.deploy.aws_rehearsal."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from long.test_compose import UNSHARE, may_unshare
from support.deploy.aws_rehearsal import NAMES
from support.deploy.tls import self_signed

from localrun.child_processes import before_exec
from localrun.paths import ROOT

SCRIPT = ROOT / "tests" / "support" / "deploy" / "aws_rehearsal.py"


@pytest.mark.skipif(not may_unshare(), reason="a network of its own needs root")
def test_a_client_does_its_main_job_with_tasks_that_cloudformation_described(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in NAMES.items()))
    certificate, _ = self_signed(tmp_path, "*.example.com", timedelta(days=1))
    inside = f"ip link set lo up && mount --bind {hosts} /etc/hosts && exec {sys.executable} {SCRIPT} {tmp_path}"
    done = subprocess.run(
        [*UNSHARE, "sh", "-ec", inside],
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "SSL_CERT_FILE": str(certificate)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        preexec_fn=before_exec(),
    )
    logs = "".join(f"\n== {log.stem}\n{log.read_text()[-3000:]}" for log in sorted(tmp_path.glob("*.log")))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:] + logs
    assert done.stdout.splitlines()[-1] == '{"done": true}'
