"""Runs compose.yaml without containers: its commands, settings and ports, each service at an address of its own.

    compose_rehearsal.py DIRECTORY  in a network and mount namespace of its own, where /etc/hosts may be replaced

Postgres is the embedded one. The emulator of one machine takes the place of the store, and its events are posted to the
indexer as the store posts them. Both fronts are Caddy.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from support.deploy.compose import HERE, composed, environment_of
from support.deploy.dockerfiles import IMAGES, SERVICE, stages_of
from support.worlds.servers import client
from support.worlds.system import HTTP, Api, Client, System, eventually

from localrun.child_processes import before_exec
from localrun.emulator import Emulator
from localrun.postgres import SUPERUSER, Cluster
from localrun.system import SERVICES

ADDRESSES = {"postgres": "127.0.0.1", "store": "127.0.1.1", "mail": "127.0.1.2", "catalog": "127.0.1.3"}
ADDRESSES |= {service: f"127.0.1.{10 + number}" for number, service in enumerate(SERVICES)}
ONCE_BEFORE = ("database", "migrate-auth", "migrate-registry", "migrate-indexer")
PORTS = {"CATALOG": 3000, "REGISTRY": 5000, "S3": 5002, "S3PROXY": 5002, "PACKAGES": 5003}
BUCKET = "wines"


class Rehearsal:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.services = composed("development")["services"]
        self.secrets = directory / "secrets"
        subprocess.run([HERE / "secrets.sh", self.secrets], check=True)
        self._stack = ExitStack()

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text()

    def environment(self, name: str) -> dict[str, str]:
        given = environment_of(self.services[name], self.secrets)
        given = {key: value.replace("//postgres@", f"//{SUPERUSER}@") for key, value in given.items()}
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), **given}

    def run_once(self, name: str) -> None:
        command = [sys.executable, *self.services[name]["command"][1:]]
        subprocess.run(command, env=self.environment(name), check=True)

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        log = (self.directory / f"{name}.log").open("wb")
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, cwd=self.directory, preexec_fn=before_exec()
        )
        self._stack.callback(_end, name, process)

    def serve(self, name: str) -> None:
        image = {key: value.replace("${SERVICE}", name) for key, value in stages_of(SERVICE)[-1].last("ENV").pairs}
        image = {key: value for key, value in image.items() if key.startswith("UVICORN_")}
        environment = {**self.environment(name), **image, "UVICORN_HOST": ADDRESSES[name]}
        self.start(name, [sys.executable, "-m", "shared.web.serving"], environment)

    def start_fronts(self) -> None:
        caddy = shutil.which("caddy") or ""
        pages = (IMAGES / "catalog.Caddyfile").read_text().replace("\tpersist_config off\n", "")
        config = self.directory / "catalog.Caddyfile"
        config.write_text(pages.replace(":8080 {", f"http://:8080 {{\n\tbind {ADDRESSES['catalog']}"))
        environment = {**self.environment("catalog"), "CATALOG_ROOT": str(HERE.parents[1] / "catalog" / "dist")}
        run = [caddy, "run", "--adapter", "caddyfile", "--config"]
        self.start("catalog", [*run, str(config)], environment)
        environment = self.environment("front-development") | {"PATCHWORK_FRONT_ADMIN": "off"}
        self.start("front", [*run, str(HERE / "Caddyfile")], environment)

    @contextmanager
    def running(self) -> Iterator[None]:
        with self._stack:
            cluster = Cluster(self.directory / "postgres", 5432, self.secret("postgres_password"))
            cluster.prepare()
            server = cluster.start(self.directory / "postgres.log")
            self._stack.callback(_end, "postgres", server)
            cluster.wait_ready(server)
            for name in ONCE_BEFORE:
                self.run_once(name)
            self.serve("indexer")
            emulator = Emulator(
                self.directory / "store", 7070, "patchwork", self.secret("store_secret"), ADDRESSES["store"], "store"
            )
            emulator.prepare()
            store = emulator.start(self.directory / "store.log")
            self._stack.callback(_end, "store", store)
            emulator.wait_ready(store)
            self.run_once("buckets")
            for name in ("auth", "registry", "s3proxy"):
                self.serve(name)
            self.start_fronts()
            yield


def _end(name: str, process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    status = process.wait(40)
    sys.stdout.write(f"{name} ended with {status}\n")


async def post_events(rehearsal: Rehearsal, bucket: str) -> None:
    """Post the store's events to the indexer."""
    keys = ("http://store:7070", "patchwork", rehearsal.secret("store_secret"))
    async with client("sqs", *keys) as sqs, client("s3", *keys) as s3, httpx.AsyncClient() as http:
        url = (await sqs.create_queue(QueueName="events"))["QueueUrl"].replace("127.0.1.1", "store")
        arn = (await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]))["Attributes"]["QueueArn"]
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        await sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
        wanted = {"QueueConfigurations": [{"QueueArn": arn, "Events": events}]}
        await s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
        token = rehearsal.secret("events_token")
        while True:
            taken = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in taken.get("Messages", []):
                answer = await http.post(f"http://store:{token}@indexer:8080/internal/events", content=message["Body"])
                assert answer.status_code == 202, answer.text
                await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def make_second_person(api: Api) -> None:
    """A role, and a user who has it."""
    role = api.request("POST", "/api/v1/admin/roles", json={"name": "Readers", "permissions": {BUCKET: "READ"}})
    assert role.status_code == 201, role.text
    person = {"name": "carol", "email": "carol@example.com", "roles": ["Readers"]}
    made = api.request("POST", "/api/v1/admin/users", json=person)
    assert made.status_code == 201, made.text


async def use_system(rehearsal: Rehearsal) -> dict[str, Any]:
    """Push a package with a real client, find it and install it again; returns the state of health."""
    environment = {f"PATCHWORK_{name}_PORT": str(port) for name, port in PORTS.items()}
    system = System(rehearsal.directory, environment, None)  # type: ignore[arg-type]  # no process is it
    await asyncio.to_thread(eventually, system.is_ready, 60)
    health = HTTP.get(f"{system.registry}/healthz").json()
    page = HTTP.get(f"{system.catalog}/b/{BUCKET}")
    assert "<!doctype html>" in page.text
    config = HTTP.get(f"{system.catalog}/config.json").json()
    assert (config["s3Endpoint"], config["packages_url"]) == (system.s3proxy, system.packages)

    user = Client(rehearsal.directory / "user", system)
    api = await asyncio.to_thread(user.sign_in, "admin", rehearsal.secret("admin_password"))
    made = api.request("POST", "/api/v1/buckets", json={"name": BUCKET})
    assert made.status_code == 201, made.text
    make_second_person(api)
    posting = asyncio.create_task(post_events(rehearsal, BUCKET))
    await asyncio.sleep(2)
    folder = rehearsal.directory / "folder"
    folder.mkdir()
    for number in range(20):
        (folder / f"bottle {number}.txt").write_text(f"vintage{number}")
    registry = f"s3://{BUCKET}"
    pushed = await asyncio.to_thread(user.act, "push", "amy/wine", registry, folder, "first")
    assert (await asyncio.to_thread(user.act, "search_until", registry, "bottle", "20"))["hits"]
    assert not posting.done(), posting.exception()
    posting.cancel()
    back = rehearsal.directory / "back"
    assert await asyncio.to_thread(user.act, "install", "amy/wine", registry, pushed["top_hash"], back)
    assert (back / "bottle 7.txt").read_text() == "vintage7"
    assert HTTP.get(f"{system.registry}/internal/buckets").status_code == 404
    return {"health": health["status"]}


if __name__ == "__main__":
    made = Rehearsal(Path(sys.argv[1]))
    with made.running():
        found = asyncio.run(use_system(made))
    sys.stdout.write(json.dumps(found) + "\n")
