"""The system starts from the env file of a Quilt 2 registry, with its Postgres and S3 elsewhere."""

import asyncio
import json
from collections.abc import Iterator

import asyncpg
import pytest
from support.worlds.quilt2_world import file, root
from support.worlds.servers import Aws
from support.worlds.system import HTTP, System, running_system

from localrun.postgres import Cluster
from localrun.testing import running_postgres
from registry.quilt2.services import trees

BUCKET = "env-file-packages"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Postgres of its own, because the system changes the passwords of its roles."""
    with running_postgres(tmp_path_factory.mktemp("outside")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def started(postgres: Cluster, aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    asyncio.run(prepare(postgres, aws))
    here = tmp_path_factory.mktemp("env-file")
    keys = aws.settings
    assert keys.secret_access_key
    (here / "registry.env").write_text(f"""
QUILT_SERVER_CONFIG=env_config.py
QUILT_SECRET_KEY={"only in tests " * 4}
SQLALCHEMY_DATABASE_URI={postgres.dsn("env_file")}
S3_ENDPOINT={aws.url.removeprefix("http://")}
PACKAGE_BUCKET_NAME={BUCKET}
AWS_ACCESS_KEY_ID={keys.access_key_id}
AWS_SECRET_ACCESS_KEY={keys.secret_access_key.get_secret_value()}
ALLOW_ANONYMOUS_ACCESS=true
DISABLE_SIGNUP=true
ENABLE_USER_ENDPOINTS=false
STRIPE_SECRET_KEY=
MIXPANEL_PROJECT_TOKEN=token
AUTH_ADMIN__NAME=keeper
AUTH_ADMIN__EMAIL=keeper@example.com
AUTH_ADMIN__PASSWORD=keeper of tests
""")
    with running_system(here / "data", arguments=("--env-file", str(here / "registry.env"))) as running:
        yield running


async def prepare(postgres: Cluster, aws: Aws) -> None:
    admin = await asyncpg.connect(postgres.dsn())
    await admin.execute("CREATE DATABASE env_file")
    await admin.close()
    async with aws.root("s3") as s3:
        await s3.create_bucket(Bucket=BUCKET)


def test_a_system_with_an_env_file_uses_the_external_postgres_and_s3(started: System) -> None:
    """The external Postgres and S3 are used, and no local ones are started."""
    run = json.loads((started.data / "run.json").read_text())
    assert sorted(run["pids"]) == ["auth", "front", "indexer", "registry", "s3proxy"]
    output = started.output
    assert "QUILT_SERVER_CONFIG is ignored: this file is the only configuration" in output
    assert "MIXPANEL_PROJECT_TOKEN is ignored" in output
    assert "STRIPE_SECRET_KEY" not in output
    api = started.sign_in("keeper", "keeper of tests")
    body = b"hello"
    name = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    tree = root(a=file(name))
    where = f"/api/package/keeper/wine/{trees.package_hash(tree)}"
    push = {"contents": tree, "description": "", "sizes": {name: len(body)}, "is_public": True}
    dry = api.request("PUT", where, json={**push, "dry_run": True, "sizes": {}}).json()
    assert HTTP.put(dry["upload_urls"][name]["put"], content=body).status_code == 200
    assert api.request("PUT", where, json=push).status_code == 200
    installed = HTTP.get(started.registry + where).json()
    assert HTTP.get(installed["urls"][name]).content == body

    assert HTTP.get(f"{started.registry}/api/users/list").json()["message"] == "This endpoint is not enabled."
    assert HTTP.get(f"{started.registry}/api/users/list_detailed").status_code == 400
    registered = {"username": "new", "password": "long enough", "email": "new@example.com"}
    assert HTTP.post(f"{started.registry}/api/register", json=registered).status_code == 501
    listed = started.patchwork("auth", "list-users")
    assert "keeper" in listed.stdout, listed.stderr
