"""The whole system as a user starts it, and the real client as a user runs it."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from jose import jwt
from support.foreign.act_servers import act_server

from localrun.child_processes import before_exec
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.ports import free_ports
from localrun.system import InnerPorts
from localrun.system import System as Inner

ROOT = Path(__file__).resolve().parents[3]
CLIENT = ROOT / ".venvs" / "client" / "bin"
ACTS = ROOT / "tests" / "support" / "foreign" / "quilt_acts.py"
BUCKET = "quilt-example"
REGISTRY = f"s3://{BUCKET}"
ADMIN = ("admin", "quilt")
START_SECONDS = 180
HTTP = httpx.Client(timeout=45, limits=httpx.Limits(max_keepalive_connections=0))
"""One client for all requests, since creating one costs more than most requests. It keeps no connections open."""


@dataclass
class System:
    """A running system with its own data directory."""

    data: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def catalog(self) -> str:
        return f"http://localhost:{self.environment['PATCHWORK_CATALOG_PORT']}"

    @property
    def registry(self) -> str:
        return f"http://localhost:{self.environment['PATCHWORK_REGISTRY_PORT']}"

    @property
    def s3(self) -> str:
        return f"http://localhost:{self.environment['PATCHWORK_S3_PORT']}"

    @property
    def s3proxy(self) -> str:
        return f"http://localhost:{self.environment['PATCHWORK_S3PROXY_PORT']}"

    @property
    def packages(self) -> str:
        return f"http://localhost:{self.environment['PATCHWORK_PACKAGES_PORT']}"

    @property
    def output(self) -> str:
        return (self.data / "up.log").read_text(errors="replace")

    @property
    def inner(self) -> Inner:
        """The system as its own commands see it, with its secrets and inner ports."""
        run = json.loads((self.data / "run.json").read_text())
        configuration = Configuration.from_environment(self.environment)
        return Inner(configuration, SystemSecrets.of(self.data), InnerPorts(**run["inner_ports"]))

    def pid(self, name: str) -> int:
        """Id of the process that the runtime currently runs under this name."""
        pids: dict[str, int] = json.loads((self.data / "run.json").read_text())["pids"]
        return pids[name]

    def expired(self, token: str) -> str:
        """An expired token of the same session, signed with the key of `auth`."""
        claims = jwt.get_unverified_claims(token)
        argv = [sys.executable, ROOT / "tests" / "support" / "foreign" / "sign_token.py", claims["sub"], claims["sid"]]
        environment = {**self.inner.environment("auth"), "AUTH_ACCESS_TOKEN_DAYS": "-1"}
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> int:
        pid = self.pid(name)
        os.kill(pid, how)
        return pid

    def is_ready(self) -> bool:
        try:
            return HTTP.get(f"{self.registry}/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        eventually(self.is_ready, seconds, while_=lambda: self.process.poll() is None, or_say=lambda: self.output)

    def patchwork(self, *arguments: str, stdin: str = "", seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run the system's own command."""
        return subprocess.run(
            [ROOT / ".venv" / "bin" / "patchwork", *arguments],
            input=stdin,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def create_user(self, name: str, password: str, role: str) -> None:
        body = {"name": name, "email": f"{name}@example.com", "password": password, "roles": [role]}
        done = self.sign_in().request("POST", "/api/v1/admin/users", json=body)
        assert done.status_code == 201, done.text

    def sign_in(self, name: str = ADMIN[0], password: str = ADMIN[1]) -> "Api":
        answer = HTTP.post(f"{self.registry}/api/login", json={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        return Api(self.registry, answer.json()["token"])


@dataclass
class Api:
    """The registry host, as the holder of a token sees it."""

    url: str
    token: str

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return HTTP.request(method, self.url + path, headers={**headers, **options.pop("headers", {})}, **options)

    def get(self, path: str, params: dict[str, str] | None = None) -> Any:
        answer = self.request("GET", path, params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def job(self, path: str, body: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
        """Start a server-side push, and return its job when that has ended."""
        answer = self.request("POST", path, json=body)
        assert answer.status_code == 202, answer.text
        deadline = time.monotonic() + seconds
        job: dict[str, Any] = self.get(answer.headers["location"])
        while job["state"] in {"queued", "running"} and time.monotonic() < deadline:
            time.sleep(0.1)
            job = self.get(answer.headers["location"])
        return job

    def code(self) -> str:
        return str(self.get("/api/code")["code"])


class Client:
    """quilt3 as a user runs it, with its own home directory."""

    command_seconds = 120.0
    """Time after which a command has failed."""

    def __init__(self, home: Path, system: System, programs: Path = CLIENT) -> None:
        self.home = home
        self.system = system
        self.programs = programs
        home.mkdir(parents=True)
        opener = home / "bin" / "xdg-open"
        opener.parent.mkdir()
        opener.write_text(f'#!/bin/sh\necho "$1" > {home}/opened\n')
        opener.chmod(0o755)
        shutil.copy(opener, opener.with_name("open"))
        self.environment = {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "share"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PATH": f"{opener.parent}:{programs}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": system.s3,
            "QUILT_MINIMIZE_STDOUT": "true",
        }

    @property
    def opened(self) -> str:
        """The URL that the client last opened in the browser."""
        return (self.home / "opened").read_text().strip()

    @property
    def saved_credentials(self) -> Path:
        return next(self.home.rglob("credentials.json"))

    def start(self, *argv: str | Path, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.programs / argv[0], *argv[1:]],
            cwd=self.home,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before_exec(),
            **options,
        )

    def attempt(
        self, *argv: str | Path, stdin: str = "", seconds: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*argv, stdin=subprocess.PIPE)
        out, error = process.communicate(stdin, timeout=seconds or self.command_seconds)
        return subprocess.CompletedProcess(argv, process.returncode, out, error)

    def quilt3(self, *arguments: str | Path) -> str:
        """Standard output of the command line; it must succeed."""
        done = self.attempt("quilt3", *arguments)
        assert done.returncode == 0, f"quilt3 {arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def act(self, name: str, *arguments: str | Path, stdin: str = "") -> Any:
        """The result of a function of `quilt_acts`, called in the client's Python."""
        done = act_server(self.programs).run(
            ACTS,
            [name, *map(str, arguments)],
            environment=self.environment,
            directory=self.home,
            stdin=stdin,
            seconds=self.command_seconds,
        )
        assert done.returncode == 0, f"{name} {arguments}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout.splitlines()[-1])

    def login(self, code: str) -> subprocess.CompletedProcess[str]:
        """`quilt3 login`, with the code typed at its hidden prompt."""
        keyboard, terminal = pty.openpty()
        try:
            process = self.start("quilt3", "login", stdin=terminal, start_new_session=True)
            assert process.stderr
            prompt = ""
            while "webpage: " not in prompt:
                character = process.stderr.read(1)
                assert character, f"quilt3 login ended without asking: {prompt}"
                prompt += character
            os.write(keyboard, code.encode() + b"\n")
            out, error = process.communicate(timeout=30)
        finally:
            os.close(keyboard)
            os.close(terminal)
        return subprocess.CompletedProcess(process.args, process.returncode, out, prompt + error)

    def sign_in(self, name: str, password: str) -> Api:
        """Configure the client, sign in with the browser, and log in with the code."""
        self.quilt3("config", self.system.catalog)
        api = self.system.sign_in(name, password)
        done = self.login(api.code())
        assert done.returncode == 0, done.stderr
        return api


def make_ports() -> dict[str, str]:
    names = ("CATALOG", "REGISTRY", "S3", "S3PROXY", "PACKAGES")
    return {f"PATCHWORK_{name}_PORT": str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}


@contextmanager
def running_system(
    data: Path,
    ports: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
    within: Sequence[str | Path] = (),
) -> Iterator[System]:
    """Run `patchwork up` with `arguments`. `ports` are variables of the environment, as `make_ports` makes them by default.

    `within` is a command that becomes the one which follows it, such as `nice`.
    """
    ports = ports or make_ports()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PATCHWORK_"))}
    environment = {**kept, **ports, "PATCHWORK_DATA": str(data)}
    data.mkdir(parents=True, exist_ok=True)
    with (data / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [*within, ROOT / ".venv" / "bin" / "patchwork", "up", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=before_exec(),
            start_new_session=True,
        )
    system = System(data, environment, process)
    try:
        system.wait_ready()
        yield system
    finally:
        process.send_signal(signal.SIGINT)
        try:
            status = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert status == 0, f"patchwork up ended with {status}:\n{system.output[-3000:]}"


def eventually(condition: Any, seconds: float = 60, while_: Any = lambda: True, or_say: Any = lambda: "") -> float:
    """Wait until `condition()` holds, and return the seconds that it took."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert while_(), f"It ended meanwhile. {or_say()[-4000:]}"
        assert waited < seconds, f"Not within {seconds:g} s. {or_say()[-4000:]}"
        time.sleep(0.1)
    return time.monotonic() - began
