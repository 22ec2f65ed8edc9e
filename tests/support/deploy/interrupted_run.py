"""A test run that waits to be interrupted. Only tests/long/test_interrupted_runs.py starts it: pytest collects no file of this name."""

import os
import time
from pathlib import Path

from support.worlds.servers import Aws
from support.worlds.system import running_system

from localrun.postgres import Cluster


def test_waits_with_every_kind_of_server_running(postgres: Cluster, aws: Aws, tmp_path: Path) -> None:
    assert postgres.is_ready()
    assert aws.url
    with running_system(tmp_path / "data"):
        Path(os.environ["INTERRUPTED_RUN_READY"]).touch()
        time.sleep(600)
