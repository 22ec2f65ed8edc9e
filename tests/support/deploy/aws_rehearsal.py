"""Runs an installation that CloudFormation has made on the emulator, without containers, and does a client's main job on it.

    aws_rehearsal.py DIRECTORY  in a network and mount namespace of its own, with NAMES in /etc/hosts

Each service is started with the settings and secrets of its task definition, the credentials of its task role, and the set-up task's commands before.
Changed are only the addresses of AWS, which are the emulator's, and the database, which is the embedded Postgres without TLS. The front with the
routing table takes the load balancer's place.
"""

import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from support.deploy.dockerfiles import SERVICE, stages_of
from support.deploy.main_job import READER, MainJob
from support.fakes.cloud import GIVEN, Cloud, running_cloud
from support.worlds.system import Client, System, eventually
from typing_extensions import override

from localrun.child_processes import before_exec, start_child
from localrun.emulator import ACCOUNT, REGION
from localrun.front import Front
from localrun.postgres import SUPERUSER, Cluster
from localrun.routing import FrontSettings, RoutingTable

SERVICES = ("auth", "registry", "s3proxy", "indexer")
HOSTS = {
    "catalog": "QuiltWebHost",
    "registry": "RegistryHost",
    "s3proxy": "S3ProxyHost",
    "connect": "ConnectHost",
    "packages": "PackagesHost",
}
ADDRESSES = {name: f"127.0.1.{10 + number}" for number, name in enumerate(SERVICES)}
NAMES = {f"{name}.{GIVEN['InstanceName']}.patchwork.internal": address for name, address in ADDRESSES.items()}
NAMES |= {GIVEN[parameter]: "127.0.0.1" for parameter in HOSTS.values()}
BUCKET = "data-wines"
START_SECONDS = 120
WITHOUT_TLS = {"PGSSLMODE": "disable", "FORWARDED_ALLOW_IPS": "127.0.0.1"}


class NamedInstallation(System):
    """The installation at its host names; clients reach S3 at the emulator."""

    catalog = f"https://{GIVEN['QuiltWebHost']}"
    registry = f"https://{GIVEN['RegistryHost']}"
    s3proxy = f"https://{GIVEN['S3ProxyHost']}"

    @property
    @override
    def s3(self) -> str:
        return self.environment["EMULATOR"]


@dataclass
class Installation:
    cloud: Cloud
    directory: Path
    outputs: dict[str, str]
    stack: AsyncExitStack

    async def containers(self, family: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """The task definition, and its containers by name."""
        async with self.cloud.client("ecs") as ecs:
            found = await ecs.describe_task_definition(taskDefinition=f"patchwork-{GIVEN['InstanceName']}-{family}")
        task = found["taskDefinition"]
        return task, {each["name"]: each for each in task["containerDefinitions"]}

    async def environment(self, container: dict[str, Any], role: str | None) -> dict[str, str]:
        """Settings, secrets, and the credentials of the task role, of which there are none without a role."""
        found = {each["name"]: each["value"] for each in container["environment"]}
        async with self.cloud.client("secretsmanager") as secrets:
            for each in container.get("secrets", []):
                parts = each["valueFrom"].split(":")
                stage = {"VersionStage": parts[8]} if len(parts) > 8 and parts[8] else {}
                value = await secrets.get_secret_value(SecretId=":".join(parts[:7]), **stage)
                found[each["name"]] = value["SecretString"]
        for name, value in found.items():
            if name.endswith(("DATABASE__URL", "ADMIN__URL")):
                user = value.partition("//")[2].partition("@")[0].replace("patchwork_admin", SUPERUSER)
                database = value.rpartition("/")[2]
                found[name] = f"{value.partition('//')[0]}//{user}@127.0.0.1:5432/{database}"
        prefixes = {name.partition("_")[0] for name in found if name.partition("_")[0].lower() in SERVICES}
        found |= {
            f"{prefix}_AWS__ENDPOINT_URL": self.cloud.url for prefix in prefixes if f"{prefix}_AWS__REGION" in found
        }
        found.pop("PGSSLROOTCERT", None)
        found |= {
            **WITHOUT_TLS,
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return found | (await self.keys_of(role) if role else {})

    async def keys_of(self, role: str) -> dict[str, str]:
        """Credentials of a task role, in which the account takes ECS's place for a moment."""
        name = role.rpartition("/")[2]
        async with self.cloud.client("iam") as iam, self.cloud.client("sts") as sts:
            before = (await iam.get_role(RoleName=name))["Role"]["AssumeRolePolicyDocument"]
            trusted = {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
            document = {"Version": "2012-10-17", "Statement": [trusted]}
            await iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))
            vended = (await sts.assume_role(RoleArn=role, RoleSessionName="task"))["Credentials"]
            await iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before))
        keys = {
            "AWS_ACCESS_KEY_ID": "AccessKeyId",
            "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
            "AWS_SESSION_TOKEN": "SessionToken",
        }
        return {variable: vended[field] for variable, field in keys.items()}

    async def set_up(self) -> None:
        """Run the set-up task's containers in their order, in which each depends on the one before."""
        task, containers = await self.containers("set-up")
        for name, container in containers.items():
            environment = await self.environment(container, task.get("taskRoleArn"))
            command = [sys.executable, *container["command"][1:]]
            done = await asyncio.to_thread(
                subprocess.run, command, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{name}: {done.stdout[-2000:]} {done.stderr[-4000:]}"

    async def serve(self, name: str) -> None:
        task, containers = await self.containers(name)
        image = {key: value.replace("${SERVICE}", name) for key, value in stages_of(SERVICE)[-1].last("ENV").pairs}
        image = {key: value for key, value in image.items() if key.startswith("UVICORN_")}
        environment = {
            **image,
            **await self.environment(containers[name], task["taskRoleArn"]),
            "UVICORN_HOST": ADDRESSES[name],
        }
        # Each task has a /tmp of its own.
        environment["TMPDIR"] = tempfile.mkdtemp(dir=self.directory)
        environment |= {
            key: environment["TMPDIR"] + "/search" for key in environment if key.endswith("_SEARCH__DIRECTORY")
        }
        argv = [sys.executable, "-m", "shared.web.serving"]
        process = start_child(argv, environment, before_exec(), self.directory / f"{name}.log")
        self.stack.callback(_end, process)

    async def open_front(self, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        settings = FrontSettings(
            bind="127.0.0.1",
            ports={},
            services={name: f"http://{address}:8080" for name, address in ADDRESSES.items()},
            registry_url=f"https://{GIVEN['RegistryHost']}",
            s3proxy_url=f"https://{GIVEN['S3ProxyHost']}",
            catalog_origin=f"https://{GIVEN['QuiltWebHost']}",
        )
        client = await self.stack.enter_async_context(
            aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        )
        front = Front(settings, RoutingTable.read(), client)
        handlers = {GIVEN[parameter]: front.handler(host) for host, parameter in HOSTS.items()}

        async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
            answer: web.StreamResponse = await handlers[request.host](request)
            return answer

        runner = web.ServerRunner(web.Server(dispatch, access_log=None, auto_decompress=False))
        await runner.setup()
        self.stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 443, ssl_context=context).start()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(60)


@asynccontextmanager
async def running_installation(directory: Path) -> AsyncIterator[Installation]:
    async with running_cloud(directory / "cloud") as cloud, AsyncExitStack() as stack:
        outputs = await cloud.deploy("1.0", {**GIVEN, "ObjectLevelLogging": "none"})
        async with cloud.client("s3") as s3:
            await s3.create_bucket(Bucket=BUCKET)
        installation = Installation(cloud, directory, outputs, stack)
        administrator = (await cloud.nested("Secrets"))["DatabaseAdmin"]
        async with cloud.client("secretsmanager") as secrets:
            password = (await secrets.get_secret_value(SecretId=administrator))["SecretString"]
        cluster = Cluster(directory / "postgres", 5432, password)
        cluster.prepare()
        server = cluster.start(directory / "postgres.log")
        stack.callback(_end, server)
        cluster.wait_ready(server)
        await installation.set_up()
        for name in SERVICES:
            await installation.serve(name)
        await installation.open_front(directory / "certificate.pem", directory / "key.pem")
        yield installation


def use(installation: Installation, password: str) -> None:
    directory = installation.directory
    system = NamedInstallation(directory, {"EMULATOR": installation.cloud.url}, None)  # type: ignore[arg-type]  # no process is it
    eventually(system.is_ready, START_SECONDS)
    user, reader = Client(directory / "admin", system), Client(directory / "carol", system)
    for each in (user, reader):
        trusted = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(directory / "certificate.pem"))
        each.environment |= {**trusted, "AWS_DEFAULT_REGION": REGION}
    # This emulator's checksums of objects that are sent in parts are not those of S3.
    job = MainJob(BUCKET, directory / "files", large_bytes=1 << 20)
    job.prepare(user.sign_in("admin", password))
    reader.sign_in(*READER)
    job.do(user, reader)


async def main(directory: Path) -> None:
    async with running_installation(directory) as installation:
        async with installation.cloud.client("secretsmanager") as secrets:
            found = await secrets.get_secret_value(SecretId=installation.outputs["FirstAdministratorSecret"])
        await asyncio.to_thread(use, installation, found["SecretString"])
    sys.stdout.write(json.dumps({"done": True}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
