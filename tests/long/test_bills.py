"""Bills of materials are valid by the schema of CycloneDX 1.6, as its own library checks them."""

import subprocess
import sys
from pathlib import Path

from support.environments import require_made

from localrun.paths import ROOT

PROGRAM = """
import sys
from pathlib import Path
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

for name in sys.argv[1:]:
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(name).read_text())
    if problem:
        sys.exit(f"{name}: {problem}"[:4000])
print(len(sys.argv) - 1)
"""


def test_bills_follow_the_schema_of_cyclonedx(tmp_path: Path) -> None:
    require_made("tools")
    subprocess.run([sys.executable, "sbom.py", tmp_path], cwd=ROOT / "deploy" / "release", check=True)
    bills = sorted(tmp_path.glob("*.cdx.json"))
    checked = subprocess.run(
        [ROOT / ".venvs" / "tools" / "bin" / "python", "-c", PROGRAM, *bills],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.strip() == "5"
    broken = tmp_path / "broken.json"
    broken.write_text(bills[0].read_text().replace('"specVersion": "1.6"', '"specVersion": 16'))
    refused = subprocess.run(
        [ROOT / ".venvs" / "tools" / "bin" / "python", "-c", PROGRAM, broken],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
