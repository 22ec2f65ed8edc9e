"""The embedded server for S3, SQS, STS and IAM, which runs in a virtual environment of its own (see deploy/local/aws)."""

import http.client
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localrun.child_processes import before_exec, start_child
from localrun.paths import ROOT

REGION = "us-east-1"
ACCOUNT = "000000000000"
READY_PATH = "/_ministack/ready"


class EmulatorUnusable(Exception):
    """The server is not installed, or does not start."""


@dataclass(frozen=True)
class Emulator:
    """One data directory and its server. The key pair is that of the account's root user."""

    directory: Path
    port: int
    access_key_id: str
    secret_access_key: str
    bind: str = "127.0.0.1"
    reach: str = "127.0.0.1"
    """Address at which local processes reach it."""

    @property
    def url(self) -> str:
        return f"http://{self.reach}:{self.port}"

    def prepare(self) -> None:
        if not self._python.exists():
            raise EmulatorUnusable(f"{self._python} is missing; run `make setup`")
        for name in ("objects", "state"):
            (self.directory / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def argv(self) -> list[str]:
        options = ["--host", self.bind, "--port", str(self.port), "--timeout-keep-alive", "75"]
        options += ["--timeout-graceful-shutdown", "2"]  # else long polls would delay it
        quiet = ["--log-level", "warning", "--no-access-log", "--no-server-header"]
        application = ["--app-dir", str(ROOT / "deploy" / "local" / "aws"), "awslocal:app"]
        return [str(self._python), "-m", "uvicorn", *options, *quiet, *application]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.directory),
            "AUTH": "true",
            "SERVICES": "s3,sqs,sts,iam",
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_DEFAULT_REGION": REGION,
            "MINISTACK_REGION": REGION,
            "GATEWAY_PORT": str(self.port),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.directory / "objects"),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.directory / "state"),
            # Turns off everything but these four services: containers and further listeners.
            "DOCKER_HOST": "unix:///nonexistent",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }

    def before_exec(self) -> Callable[[], None]:
        return before_exec()

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process, without a supervisor (in tests)."""
        return start_child(self.argv, self.environment, self.before_exec(), log)

    def wait_ready(self, process: subprocess.Popen[bytes] | None = None, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if process and process.poll() is not None:
                raise EmulatorUnusable(f"The S3 server ended with status {process.returncode} while starting")
            if time.monotonic() > deadline:
                raise EmulatorUnusable(f"The S3 server did not answer within {seconds:g} s")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection(self.reach, self.port, timeout=2)
        try:
            connection.request("GET", READY_PATH)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def _python(self) -> Path:
        return ROOT / ".venvs" / "aws" / "bin" / "python"
