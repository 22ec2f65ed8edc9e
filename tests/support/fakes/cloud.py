"""An installation of deploy/aws on the emulator: made once per file of tests, as `deploy.py` makes it."""

import asyncio
import importlib.util
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import aioboto3
import httpx
from aiobotocore.config import AioConfig

from localrun.child_processes import start_child
from localrun.emulator import REGION, Emulator
from localrun.paths import ROOT
from localrun.testing import free_port

STACK = "quilt"
TEMPLATES = "templates"
GIVEN = {
    "QuiltWebHost": "quilt.example.com",
    "RegistryHost": "registry.example.com",
    "S3ProxyHost": "s3-proxy.example.com",
    "ConnectHost": "connect.example.com",
    "PackagesHost": "packages.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1234-5678",
    "ImagePrefix": "000000000000.dkr.ecr.us-east-1.amazonaws.com/patchwork",
    "InstanceName": "tried",
    "DataBucketArns": "arn:aws:s3:::data-*",
    "AdminEmail": "admin@example.com",
    "SmtpHost": "smtp.example.com",
    "SmtpUsername": "us",
    "SmtpPassword": "at the mail server",
    "SmtpDefaultSender": "quilt@example.com",
    "SesDomain": "example.com",
    "GoogleClientId": "an-id",
    "GoogleClientSecret": "of google",
    "SingleSignOnDomains": "example.com",
    "TeamId": "team",
    "TeamName": "Team",
    "AlarmEmail": "ops@example.com",
}


def command(name: str) -> ModuleType:
    """A command of deploy/aws as a module; they are no package."""
    return command_in(ROOT / "deploy" / "aws", name)


def command_in(directory: Path, name: str) -> ModuleType:
    """A command of that folder, which may be of another release."""
    spec = importlib.util.spec_from_file_location(f"deploy_aws_{name}", directory / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


deploying = command("deploy")
_session = aioboto3.Session(region_name=REGION)
"""One for all clients: reading what boto knows of a service takes longer than most calls."""


def client(service: str, url: str, key: str, secret: str, token: str | None = None) -> Any:
    """A context manager for the client."""
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
    config = AioConfig(signature_version="s3v4" if service == "s3" else None)
    return _session.client(service, endpoint_url=url, config=config, **keys)  # type: ignore[call-overload]


@dataclass
class SetUpTasks:
    """ECS as deploy.py sees it. The emulator runs no containers, and has its tasks run for ever: ours end at once."""

    ecs: Any
    exit_codes: dict[str, int] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    """Tasks that were run, in order."""
    unknown_for: int = 0
    """Questions for a task that are answered before ECS knows it."""

    async def run_task(self, **asked: Any) -> dict[str, Any]:
        described = await self.ecs.describe_task_definition(taskDefinition=asked["taskDefinition"])
        containers = described["taskDefinition"]["containerDefinitions"]
        self.images += [each["image"] for each in containers]
        self.exit_codes = {each["name"]: self.exit_codes.get(each["name"], 0) for each in containers}
        return {"tasks": [{"taskArn": "arn:of:it"}]}

    async def describe_tasks(self, **_: Any) -> dict[str, Any]:
        self.unknown_for -= 1
        if self.unknown_for >= 0:
            return {"tasks": [], "failures": [{"reason": "MISSING"}]}
        ended = [{"name": name, "exitCode": code} for name, code in self.exit_codes.items()]
        return {"tasks": [{"lastStatus": "STOPPED", "containers": ended}]}


@dataclass(frozen=True)
class Cloud:
    url: str
    key: str
    secret: str

    def client(self, service: str) -> Any:
        """A context manager for a client that may do everything."""
        return client(service, self.url, self.key, self.secret)

    @asynccontextmanager
    async def deployer(self) -> AsyncIterator[tuple[Any, SetUpTasks]]:
        async with AsyncExitStack() as stack:
            names = ("cloudformation", "ecs", "s3", "logs")
            cloudformation, ecs, s3, logs = [await stack.enter_async_context(self.client(each)) for each in names]
            tasks = SetUpTasks(ecs)
            yield deploying.Clients(cloudformation, tasks, s3, logs, REGION, poll_seconds=0.05), tasks

    async def deploy(self, version: str, changed: dict[str, str] | None = None) -> dict[str, str]:
        async with self.deployer() as (aws, _):
            wanted = deploying.Deployment(STACK, version, TEMPLATES, changed or {})
            outputs: dict[str, str] = await deploying.deploy(wanted, aws)
        return outputs

    async def outputs(self) -> dict[str, str]:
        async with self.client("cloudformation") as cloudformation:
            stack = (await cloudformation.describe_stacks(StackName=STACK))["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    async def nested(self, name: str) -> dict[str, str]:
        """Outputs of a nested stack."""
        async with self.client("cloudformation") as cloudformation:
            found = await cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId=name)
            physical = found["StackResourceDetail"]["PhysicalResourceId"]
            stack = (await cloudformation.describe_stacks(StackName=physical))["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


@asynccontextmanager
async def running_cloud(directory: Path) -> AsyncIterator[Cloud]:
    """An emulator of its own with every service, and a bucket for templates."""
    emulator = Emulator(directory, free_port(), "ROOT" + secrets.token_hex(8).upper(), secrets.token_urlsafe(24))
    emulator.prepare()
    environment = {**emulator.environment, "S3_PERSIST": "0", "PERSIST_STATE": "0"}
    del environment["SERVICES"]
    argv = [each.replace("awslocal:app", "cloudformation_app:app") for each in emulator.argv]
    argv[argv.index("--app-dir") + 1] = str(ROOT / "tests" / "support" / "deploy")
    process = start_child(argv, environment, emulator.before_exec(), directory / "log")
    try:
        await _ready(emulator)
        cloud = Cloud(emulator.url, emulator.access_key_id, emulator.secret_access_key)
        async with cloud.client("s3") as s3:
            await s3.create_bucket(Bucket=TEMPLATES)
        yield cloud
    finally:
        process.kill()
        process.wait()


async def _ready(emulator: Emulator) -> None:
    deadline = time.monotonic() + 60
    async with httpx.AsyncClient() as http:
        while time.monotonic() < deadline:
            try:
                if (await http.get(f"{emulator.url}/_ministack/ready", timeout=2)).status_code == 200:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
    raise TimeoutError((emulator.directory / "log").read_text()[-2000:])
