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
    *("deploy/release/sbom.py", "deploy/release/version.py"),
)
MODULES = (
    *("registry.worker", "registry.follower", "shared.aws.prepare", "shared.db.migrate", "shared.upgrade"),
    *("tests.bench", "tests.contract", "tests.docs", "tests.prose"),
)
"""Modules that people run, besides the commands of `patchwork`."""
PROCESSES = (
    "auth",
    "auth create-admin",
    "registry",
    "import-quilt2",
    "rebuild-search",
    "doctor",
    "canary",
    "verify-report",
)
"""Commands of `patchwork` that become another program."""
WRITTEN = (
    *("deploy/aws/templates/rules.yaml", "deploy/aws/templates/single-task.yaml", "deploy/compose/routes.caddy"),
    *("tests/contract/openapi.json", "docs/reference/settings.md"),
)


def names_of(parser: argparse.ArgumentParser) -> list[str]:
    return [str(name) for action in parser._actions if action.dest == "command" for name in action.choices or ()]


ALL_OF_PATCHWORK = """
import sys
from localrun.cli import main
for words in sys.argv[1:]:
    sys.argv = ["patchwork", *words.split(), "--help"]
    try:
        main()
    except SystemExit as end:
        print("ended", end.code or 0)
"""
"""Asks `patchwork` for help on one command after the other, since each start takes longer than that."""


def explain(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PATCHWORK_DATA": str(directory / "data")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_command_explains_itself_and_does_nothing(tmp_path: Path) -> None:
    names = ["", *(name for name in names_of(_parser()) if name not in PROCESSES)]
    before = [(ROOT / path).stat().st_mtime_ns for path in WRITTEN]
    answer = explain(["-c", ALL_OF_PATCHWORK, *names], tmp_path)
    assert answer.returncode == 0, answer.stderr
    for name, said in zip(names, answer.stdout.split("ended 0\n"), strict=False):
        assert said.startswith("usage:"), f"{name}: {answer.stdout}{answer.stderr}"
    assert answer.stdout.count("ended 0\n") == len(names) > 8
    commands = [[str(ROOT / script)] for script in SCRIPTS] + [["-m", module] for module in MODULES]
    commands += [["-c", "from localrun.cli import main; main()", *words.split()] for words in PROCESSES]
    with ThreadPoolExecutor(2) as threads:
        for answer in threads.map(lambda command: explain([*command, "--help"], tmp_path), commands):
            assert (answer.returncode, answer.stdout[:6]) == (0, "usage:"), (
                f"{answer.args}: {answer.stdout}{answer.stderr}"
            )
    assert list(tmp_path.iterdir()) == []
    assert [(ROOT / path).stat().st_mtime_ns for path in WRITTEN] == before
