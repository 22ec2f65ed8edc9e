"""compose.yaml on a container engine: images, both profiles, an upgrade under load, backup and restoration, certificates by ACME.

ENGINE_IMAGES=built uses images that `engine_rehearsal.py build DIRECTORY` has built before.
"""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from support.deploy import engine_rehearsal
from support.deploy.tls import self_signed

from localrun.child_processes import before_exec
from localrun.paths import ROOT

SCRIPT = ROOT / "tests" / "support" / "deploy" / "engine_rehearsal.py"


def require_engine() -> None:
    if why := engine_rehearsal.missing():
        pytest.skip(f"NOT RUN: nothing of compose.yaml was rehearsed on a container engine, because {why}")
    if os.geteuid():
        pytest.skip("NOT RUN: the rehearsal on a container engine needs root, to give names to this machine")


def ran(*argv: str | Path, within: tuple[str, ...] = (), **environment: str) -> str:
    done = subprocess.run(
        [*within, sys.executable, SCRIPT, *argv],
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), **environment},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before_exec(),
    )
    assert done.returncode == 0, done.stdout[-30_000:] + done.stderr[-10_000:]
    return done.stdout


def test_compose_serves_upgrades_and_restores_on_an_engine(tmp_path: Path) -> None:
    require_engine()
    if os.environ.get("ENGINE_IMAGES") != "built":
        (tmp_path / "images").mkdir()
        ran("build", tmp_path / "images")
    directory = tmp_path / "rehearsal"
    (directory / "authority").mkdir(parents=True)
    # Longer than the authority's intermediate certificate is valid.
    certificate, _ = self_signed(directory / "authority", "authority.example.com", timedelta(days=30))
    hosts = directory / "hosts"
    hosts.write_text("127.0.0.1 localhost " + " ".join(engine_rehearsal.HOSTS.values()) + "\n")
    named = ("unshare", "--mount", "sh", "-ec", f'mount --bind {hosts} /etc/hosts && exec "$0" "$@"')
    said = ran("run", directory, within=named, **engine_rehearsal.trusting(certificate))
    print(said)  # noqa: T201 – what was measured
    found = json.loads(said.splitlines()[-1])
    for checks in (found["doctor"], found["doctor in production"]):
        assert {name: state for name, state in checks.items() if state.startswith("failed")} == {}
