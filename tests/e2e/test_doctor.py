"""`patchwork doctor` on a system that is well."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

from support.worlds.system import System

from localrun.paths import ROOT


def test_a_system_that_is_well_has_no_failures(system: System, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "patchwork", "doctor", "--json", "--bundle", bundle],
        env={**os.environ, **system.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    findings = json.loads(done.stdout)
    assert {each["state"] for each in findings if each["check"] != "jobs"} == {"ok"}, findings
    assert {"database", "auth", "store", "buckets", "search", "address of the catalog"} <= {
        each["check"] for each in findings
    }
    secrets = json.loads((system.data / "secrets.json").read_text())
    with zipfile.ZipFile(bundle) as opened:
        told = "".join(opened.read(name).decode() for name in opened.namelist())
    assert not [name for name, value in secrets.items() if isinstance(value, str) and value and value in told]
