"""`--help` explains a command and does nothing else, also where no system runs."""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.worlds.system import ROOT

from localrun.cli import _parser

SCRIPTS = (
    *("deploy/aws/deploy.py", "deploy/aws/rules.py", "deploy/aws/single_task.py"),
    *("deploy/compose/routes.py", "deploy/local/demo/demo.py"),
)
MODULES = (
    *("registry.worker", "registry.follower", "shared.aws.prepare", "shared.db.migrate"),
    *("tests.bench", "tests.contract", "tests.docs", "tests.prose"),
)
"""Modules that people run, besides the commands of `patchwork`."""
WRITTEN = (
    *("deploy/aws/templates/rules.yaml", "deploy/aws/templates/single-task.yaml", "deploy/compose/routes.caddy"),
    *("tests/contract/openapi.json", "docs/reference/settings.md"),
)


def names_of(parser: argparse.ArgumentParser) -> list[str]:
    return [str(name) for action in parser._actions if action.dest == "command" for name in action.choices or ()]


def explain(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PATCHWORK_DATA": str(directory / "data")}
    return subprocess.run(
        [sys.executable, *command, "--help"],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_command_explains_itself_and_does_nothing(tmp_path: Path) -> None:
    patchwork = ["-c", "from localrun.cli import main; main()"]
    commands = [
        [*patchwork, *words] for words in ([], ["auth", "create-admin"], *([name] for name in names_of(_parser())))
    ]
    commands += [[str(ROOT / script)] for script in SCRIPTS] + [["-m", module] for module in MODULES]
    assert len(commands) > 20
    before = [(ROOT / path).stat().st_mtime_ns for path in WRITTEN]
    with ThreadPoolExecutor(2) as threads:
        for answer in threads.map(lambda command: explain(command, tmp_path), commands):
            assert (answer.returncode, answer.stdout[:6]) == (0, "usage:"), (
                f"{answer.args}: {answer.stdout}{answer.stderr}"
            )
    assert list(tmp_path.iterdir()) == []
    assert [(ROOT / path).stat().st_mtime_ns for path in WRITTEN] == before
