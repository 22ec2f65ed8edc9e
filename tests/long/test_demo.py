"""`make demo`, and every command that it prints."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.worlds.system import BUCKET, System

PACKAGES = {"demo/weather": 2, "demo/classics": 1, "demo/markets": 1}


def test_the_demo_pushes_packages_and_its_printed_commands_work(system: System, tmp_path: Path) -> None:
    done = system.patchwork("demo", seconds=180)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = system.sign_in().get(f"/api/v1/buckets/{BUCKET}/packages", {"prefix": "demo/"})["items"]
    assert {package["name"]: package["revisions"] for package in listed} == PACKAGES
    said = done.stdout.replace("\\\n", "")
    commands = re.findall(
        r"^  (\S.*)$", said[said.index("Try it") : said.index("With a quilt3 of your own")], re.MULTILINE
    )
    if shutil.which("curl") is None:
        commands = [command for command in commands if "curl" not in command]
    output = run_in_shell(commands, tmp_path)
    assert set(PACKAGES) <= set(output.split())
    assert (tmp_path / "weather" / "pictures" / "seattle heat map.png").read_bytes().startswith(b"\x89PNG")
    assert "demo/weather/README.md" in output


def test_the_demo_without_a_running_system_says_how_to_start_it(system: System, tmp_path: Path) -> None:
    elsewhere = System(tmp_path, {**system.environment, "PATCHWORK_DATA": str(tmp_path)}, system.process)
    done = elsewhere.patchwork("demo")
    assert done.returncode != 0
    assert "make up" in done.stderr
    assert "Traceback" not in done.stderr


def run_in_shell(commands: list[str], folder: Path) -> str:
    """Run the commands one after the other; returns their output. All must succeed."""
    script = "\n".join(["set -e", *commands])
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}")
    return done.stdout
