"""Rehearses compose.yaml on a container engine: everything that docs/install/compose.md says, with SeaweedFS as the store.

    engine_rehearsal.py build DIRECTORY    builds the images of the previous version and of the last commit, which needs package indexes
    engine_rehearsal.py run DIRECTORY      where /etc/hosts leads the names of HOSTS to this machine, with the variables of `trusting`

A client does its main job in the development profile with the images of the previous version. These are upgraded under load. Then a backup is made,
everything is destroyed, and the backup restored into the production profile, whose front gets its certificates by ACME from a second Caddy.
UPGRADE_FROM names another previous version. ENGINE_BUILD_NETWORK=host lets builds use the network of the engine's machine, and
ENGINE_CA_CERTIFICATE is a file with the certificate of a proxy that opens TLS.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from support.deploy.compose import FILE, HERE, OTHER_STORE, PROFILES, variables_of
from support.deploy.main_job import READER, MainJob
from support.deploy.versions import previous_version
from support.worlds.other_stores import OtherStore, running_seaweedfs
from support.worlds.system import HTTP, Client, System, eventually

from localrun.paths import ROOT

HOSTS = {
    "CATALOG": "quilt.example.com",
    "REGISTRY": "registry.example.com",
    "S3PROXY": "s3.example.com",
    "PACKAGES": "packages.example.com",
}
ACME_HOSTS = ["acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org"]
"""Names of Let's Encrypt. Caddy asks the second one when it tries again."""
SERVICES = ("auth", "registry", "indexer", "s3proxy", "catalog")
PORTS = {"CATALOG": 3000, "REGISTRY": 5000, "S3": 5002, "S3PROXY": 5002, "PACKAGES": 5003}
BUCKET = "wines"
PREVIOUS, CURRENT = "0.0.9", "0.1.0"
"""Versions of the images: their tags."""
START_SECONDS = 300
CLIENT_SECONDS = 600.0
STEADY_SECONDS = 5
MAX_PAUSE_SECONDS = 90
"""Longest time in which a kind of request fails while all containers are replaced, on two busy cores."""
AUTHORITY = f"""
{{
	admin off
	pki {{
		ca local {{
			root {{
				cert /authority/certificate.pem
				key /authority/key.pem
			}}
		}}
	}}
}}
{", ".join(ACME_HOSTS)} {{
	tls internal
	route {{
		rewrite /directory /acme/local/directory
		acme_server
	}}
}}
"""


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def missing() -> str:
    """The reason why this machine cannot rehearse; empty if it can."""
    if not shutil.which("docker"):
        return "there is no docker"
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        return "no container engine answers"
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        return "there is no Docker Compose"
    return ""


def trusting(certificate: Path) -> dict[str, str]:
    """Variables with which clients trust the authority."""
    return dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"), str(certificate))


def tree_of(revision: str, directory: Path) -> Path:
    """The files of a revision."""
    made = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(made)) as archive:
        archive.extractall(directory, filter="data")
    return directory


@dataclass(frozen=True)
class Project:
    """An installation of Compose: a profile, a version and its files."""

    directory: Path
    profile: str
    root: Path = ROOT
    version: str = CURRENT
    overrides: tuple[Path, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"rehearsal-{self.profile}"

    @property
    def secrets(self) -> Path:
        return self.directory / "secrets"

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text()

    def write_variables(self) -> Path:
        known = {**variables_of(PROFILES[self.profile]), **self.variables, "PATCHWORK_VERSION": self.version}
        known["PATCHWORK_SECRETS"] = str(self.secrets)
        file = self.directory / f"{self.name}.env"
        file.write_text("".join(f"{name}={value}\n" for name, value in known.items()))
        return file

    def compose(self, *arguments: str, given: bytes | None = None) -> bytes:
        files = [self.root / FILE.name, self.root / OTHER_STORE.name, *self.overrides]
        chosen = [part for each in files for part in ("--file", str(each))]
        where = [
            "--project-name",
            self.name,
            "--project-directory",
            str(self.root),
            "--env-file",
            str(self.write_variables()),
        ]
        done = subprocess.run(
            ["docker", "compose", *where, *chosen, *arguments], input=given, capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(
                f"compose {' '.join(arguments)}: {done.stdout[-2000:].decode()} {done.stderr[-6000:].decode()}"
            )
        return done.stdout

    def up(self) -> float:
        """Start or change the installation; the seconds until it is healthy."""
        began = time.monotonic()
        self.compose("up", "--detach", "--no-build")
        return time.monotonic() - began

    def logs(self) -> str:
        return self.compose("logs", "--tail", "40", "--no-color").decode(errors="replace")[-20_000:]


class NamedSystem(System):
    """An installation that is reached by the names of HOSTS, with TLS."""

    catalog = f"https://{HOSTS['CATALOG']}"
    registry = f"https://{HOSTS['REGISTRY']}"
    s3proxy = f"https://{HOSTS['S3PROXY']}"
    s3 = s3proxy
    packages = f"https://{HOSTS['PACKAGES']}"


def system_of(directory: Path, profile: str) -> System:
    if profile == "production":
        return NamedSystem(directory, {}, None)  # type: ignore[arg-type]  # no process is it
    return System(directory, {f"PATCHWORK_{name}_PORT": str(port) for name, port in PORTS.items()}, None)  # type: ignore[arg-type]


def client_of(system: System, home: Path) -> Client:
    made = Client(home, system)
    made.command_seconds = CLIENT_SECONDS
    made.environment |= {name: os.environ[name] for name in trusting(Path()) if name in os.environ}
    return made


def build(root: Path, version: str, directory: Path, services: Sequence[str] = SERVICES) -> None:
    """Build images of a version."""
    override = directory / "network.yaml"
    network = os.environ.get("ENGINE_BUILD_NETWORK", "default")
    override.write_text("services:\n" + "".join(f"  {each}: {{build: {{network: {network}}}}}\n" for each in SERVICES))
    made = prepared(Project(directory, "development", root, version, (override,)))
    authority = os.environ.get("ENGINE_CA_CERTIFICATE")
    argument = ("--build-arg", f"CA_CERTIFICATE={Path(authority).read_text()}") if authority else ()
    for service in services:
        began = time.monotonic()
        made.compose("build", *argument, service)
        say(f"{service} {version} is built after {time.monotonic() - began:.0f} s")


def prepared(project: Project, store: OtherStore | None = None) -> Project:
    """Make the secrets, and put that of the store in its place."""
    subprocess.run([HERE / "secrets.sh", project.secrets], check=True, capture_output=True)
    if store:
        file = project.secrets / "store_secret"
        file.chmod(0o644)
        file.write_text(store.secret_access_key)
    given = {
        "PATCHWORK_STORE_URL": store.url if store else "http://store.invalid",
        "PATCHWORK_STORE_KEY_ID": store.access_key_id if store else "none",
    }
    return replace(project, variables={**project.variables, **given, "PATCHWORK_RECONCILE_SECONDS": "15"})


@dataclass
class Load:
    """Requests that are repeated while containers are replaced."""

    system: System
    token: str
    done: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    longest: float = 0.0
    """Longest time without a success of a kind of request."""

    @contextmanager
    def running(self) -> Iterator[None]:
        ending = threading.Event()
        asked = {
            "catalog": (self.system.catalog, {}),
            "config": (f"{self.system.registry}/api/v1/config", {}),
            "me": (f"{self.system.registry}/api/me", {"Authorization": f"Bearer {self.token}"}),
            "packages": (
                f"{self.system.registry}/api/v1/buckets/{BUCKET}/packages",
                {"Authorization": f"Bearer {self.token}"},
            ),
            "proxy": (f"{self.system.s3proxy}/health/live", {}),
        }
        threads = [threading.Thread(target=self._repeat, args=(ending, kind, *each)) for kind, each in asked.items()]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ending.set()
            for thread in threads:
                thread.join()

    def _repeat(self, ending: threading.Event, kind: str, url: str, headers: dict[str, str]) -> None:
        succeeded = time.monotonic()
        while not ending.is_set():
            try:
                answer = HTTP.get(url, headers=headers)
            except httpx.HTTPError as error:
                self.failures[f"{kind} {type(error).__name__}"] += 1
            else:
                if answer.is_success:
                    self.done[kind] += 1
                    self.longest = max(self.longest, time.monotonic() - succeeded)
                    succeeded = time.monotonic()
                elif answer.status_code == 503 and "retry-after" in answer.headers:
                    self.failures[f"{kind} 503 with Retry-After"] += 1
                else:
                    self.unexpected.append(f"{kind} {answer.status_code} {answer.text[:200]}")
            ending.wait(0.1)


def check_out(revision: str, directory: Path) -> Path:
    """Put the files of a revision in the place of those that are there, as git does."""
    shutil.rmtree(directory, ignore_errors=True)
    return tree_of(revision, directory)


def upgrade_under_load(before: Project, after: Project, system: System) -> dict[str, Any]:
    """Replace the containers by those of another version, and back, while requests are made."""
    revisions = {PREVIOUS: previous_version(), CURRENT: "HEAD"}
    load = Load(system, system.sign_in("admin", after.secret("admin_password")).token)
    with load.running():
        time.sleep(STEADY_SECONDS)
        for project in (after, before, after):
            check_out(revisions[project.version], project.root)
            seconds = project.up()
            eventually(system.is_ready, START_SECONDS)
            say(f"version {project.version} runs after {seconds:.0f} s")
            time.sleep(STEADY_SECONDS)
    assert not load.unexpected, load.unexpected[:5]
    assert load.longest < MAX_PAUSE_SECONDS, load.longest
    assert all(load.done[kind] for kind in ("catalog", "config", "me", "packages", "proxy")), load.done
    return {"answered": dict(load.done), "refused": dict(load.failures), "longest pause": round(load.longest, 1)}


def back_up(project: Project, directory: Path) -> None:
    dump = project.compose(
        "exec", "--no-TTY", "postgres", "pg_dump", "--username", "postgres", "--format", "custom", "patchwork"
    )
    (directory / "patchwork.dump").write_bytes(dump)
    with tarfile.open(directory / "secrets.tar", "w") as archive:
        archive.add(project.secrets, "secrets")


def restore(project: Project, directory: Path) -> None:
    """As the documentation says, into an installation that is empty."""
    project.compose("up", "--detach", "--no-build", "--wait", "postgres")
    project.compose("run", "--rm", "database")
    restoring = (
        "exec",
        "--no-TTY",
        "postgres",
        "pg_restore",
        "--username",
        "postgres",
        "--clean",
        "--if-exists",
        "--dbname",
        "patchwork",
    )
    project.compose(*restoring, given=(directory / "patchwork.dump").read_bytes())
    project.up()


def doctor(project: Project) -> dict[str, str]:
    """States of the checks that do not need the names of the world, which containers do not know here."""
    done = project.compose("exec", "--no-TTY", "registry", "sh", "-c", "python -m registry.cli doctor --json || true")
    worst: dict[str, str] = {}
    for each in sorted(json.loads(done), key=lambda one: ["ok", "warning", "failed"].index(one["state"])):
        worst[each["check"]] = each["state"] if each["state"] == "ok" else f"{each['state']}: {each['seen']}"
    return {name: state for name, state in worst.items() if not name.startswith(("address", "certificate"))}


def certificate_of(host: str) -> dict[str, Any]:
    context = ssl.create_default_context()
    with socket.create_connection((host, 443)) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
        return secure.getpeercert() or {}


def require_certificates() -> None:
    """Every name has a certificate of our authority, and HTTP leads to HTTPS."""
    for host in HOSTS.values():
        issuer = str(certificate_of(host)["issuer"])
        assert "Caddy Local Authority" in issuer, issuer
        moved = httpx.get(f"http://{host}/")
        assert (moved.status_code, moved.headers["location"]) == (308, f"https://{host}/")


def address_of_this_machine() -> str:
    """Its address on the engine's own network, which containers reach."""
    asked = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def acme_override(directory: Path) -> Path:
    """An authority of certificates that answers for Let's Encrypt's name, and a front that trusts it."""
    (directory / "authority.Caddyfile").write_text(AUTHORITY)
    authority = f"{directory / 'authority'}:/authority:ro"
    override = {
        "authority": {
            "image": "caddy:2.11.4-alpine",
            "networks": {"world": {"aliases": ACME_HOSTS}},
            "volumes": [f"{directory / 'authority.Caddyfile'}:/etc/caddy/Caddyfile:ro", authority],
            "healthcheck": {"test": ["CMD", "nc", "-z", "127.0.0.1", "443"], "interval": "2s", "retries": 30},
        },
        "front": {
            "environment": {"SSL_CERT_FILE": "/authority/certificate.pem"},
            "volumes": [authority],
            "networks": {"world": {"aliases": list(HOSTS.values())}},
            "depends_on": {"authority": {"condition": "service_healthy"}},
        },
    }
    file = directory / "acme.yaml"
    file.write_text(json.dumps({"services": override}))
    return file


@contextmanager
def destroyed_at_the_end(project: Project) -> Iterator[None]:
    """Remove the installation with its data; show its logs first when something has failed."""
    try:
        yield
    except BaseException:
        say(project.logs())
        raise
    finally:
        project.compose("down", "--volumes", "--remove-orphans")


def use_and_upgrade(job: MainJob, after: Project, directory: Path) -> dict[str, Any]:
    """In the development profile, from the previous version on, up to a backup."""
    check_out(previous_version(), after.root)
    before = replace(after, version=PREVIOUS)
    system = system_of(directory, after.profile)
    with destroyed_at_the_end(after):
        seconds = before.up()
        eventually(system.is_ready, START_SECONDS)
        say(f"development profile, version {PREVIOUS}: up after {seconds:.0f} s")
        user, reader = client_of(system, directory / "admin"), client_of(system, directory / "carol")
        job.prepare(user.sign_in("admin", after.secret("admin_password")))
        reader.sign_in(*READER)
        job.do(user, reader)
        say("main job done")
        upgraded = upgrade_under_load(before, after, system)
        say(f"upgraded, rolled back and upgraded under load: {upgraded}")
        job.require_installable(user, "upgraded")
        found = {"upgrade": upgraded, "doctor": doctor(after)}
        back_up(after, directory)
    return found


def restore_and_use(job: MainJob, project: Project, directory: Path) -> dict[str, Any]:
    """In the production profile, with the backup of the other one."""
    system = system_of(directory, project.profile)
    with destroyed_at_the_end(project):
        restore(project, directory)
        eventually(system.is_ready, START_SECONDS)
        eventually(lambda: not _raises(require_certificates), START_SECONDS)
        say("production profile: restored, with certificates by ACME")
        user, reader = client_of(system, directory / "admin again"), client_of(system, directory / "carol again")
        user.sign_in("admin", project.secret("admin_password"))
        reader.sign_in(*READER)
        job.require_installable(reader, "restored")
        job.push(user, "traminer")
        job.require_found(user, "traminer")
        job.require_installable(reader, "pushed again")
        job.require_refusal(reader)
        return {"doctor in production": doctor(project)}


def rehearse(directory: Path) -> dict[str, Any]:
    address, kept = address_of_this_machine(), directory / "store"
    job = MainJob(BUCKET, directory / "files")
    with running_seaweedfs(kept, address) as store:
        found = use_and_upgrade(
            job, prepared(Project(directory, "development", directory / "checkout"), store), directory
        )
    say("backed up and destroyed")
    again = directory / "store-of-the-backup"
    shutil.copytree(kept, again)
    shutil.rmtree(kept)
    shutil.rmtree(directory / "secrets")
    with tarfile.open(directory / "secrets.tar") as archive:
        archive.extractall(directory, filter="data")
    with running_seaweedfs(again, address) as store:
        project = prepared(Project(directory, "production", overrides=(acme_override(directory),)), store)
        return found | restore_and_use(job, project, directory)


def _raises(check: Any) -> bool:
    try:
        check()
    except (AssertionError, OSError, httpx.HTTPError):
        return True
    return False


def main() -> None:
    if sys.argv[1] == "build":
        directory = Path(sys.argv[2])
        build(tree_of(previous_version(), directory / "built"), PREVIOUS, directory)
        build(tree_of("HEAD", directory / "current"), CURRENT, directory)
        return
    found = rehearse(Path(sys.argv[2]))
    say("done")
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
