"""Installations on the AWS emulator are upgraded from the templates of the first release, and of each change since, to today's; and one
is removed and installed again with its data.

Each release deploys itself with its own `deploy.py`. The emulator runs no containers: upgrades under load are in test_upgrade.py.
"""

import json
import subprocess
import tarfile
from collections.abc import AsyncIterator
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.deploy.templates import TEMPLATES, resource_schema, template
from support.deploy.versions import git
from support.fakes.cloud import GIVEN, STACK, Cloud, command_in, running_cloud

from localrun.paths import ROOT

AWS = ROOT / "deploy" / "aws"
MADE_BY_EACH_RELEASE = {"SetUpTask"}
"""Outputs that an upgrade changes."""
HOLDS_DATA = {"RDS::DBInstance", "RDS::DBCluster", "S3::Bucket", "SecretsManager::Secret", "SQS::Queue", "ECS::Cluster"}


def commits() -> list[str]:
    """Commits that changed the templates, the oldest first, since the first that could be deployed."""
    first = git("log", "--diff-filter=A", "--format=%H", "--", "deploy/aws/deploy.py").splitlines()
    if not first:
        pytest.skip("NOT RUN: this checkout has no history, in which the templates of earlier releases are")
    return git("log", "--reverse", "--format=%H", f"{first[-1]}^..HEAD", "--", "deploy/aws/templates").splitlines()


def files_of(commit: str, directory: Path) -> Path:
    """The folder deploy/aws of a commit."""
    made = subprocess.run(["git", "archive", commit, "deploy/aws"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(made)) as archive:
        archive.extractall(directory, filter="data")
    return directory / "deploy" / "aws"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders deploy/aws of all releases, the oldest first, and today's."""
    directory = tmp_path_factory.mktemp("releases")
    return [*(files_of(commit, directory / commit) for commit in commits()), AWS]


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path) as running:
        yield running


async def install(cloud: Cloud, release: Path, version: str, **more: str) -> dict[str, str]:
    """Install or upgrade with the release's own command; the stack's outputs."""
    deploying = command_in(release, "deploy")
    given = {
        name: value
        for name, value in {**GIVEN, **more}.items()
        if name in template("patchwork.yaml", release / "templates")["Parameters"]
    }
    async with cloud.deployer() as (aws, _):
        clients = _clients_of(deploying, aws)
        outputs: dict[str, str] = await deploying.deploy(
            deploying.Deployment(STACK, version, "templates", given), clients
        )
    return outputs


def _clients_of(deploying: ModuleType, aws: Any) -> Any:
    """Clients as the release names them."""
    known = {each.name: getattr(aws, each.name) for each in fields(aws)} | {"pause": aws.poll_seconds}
    return deploying.Clients(**{each.name: known[each.name] for each in fields(deploying.Clients)})


async def secrets_of(cloud: Cloud) -> dict[str, str]:
    """Values of all secrets by ARN."""
    async with cloud.client("secretsmanager") as secrets:
        listed = (await secrets.list_secrets(MaxResults=100))["SecretList"]
        return {each["ARN"]: (await secrets.get_secret_value(SecretId=each["ARN"]))["SecretString"] for each in listed}


async def value_of(cloud: Cloud, name: str) -> str:
    """The value of a secret of the stack, by its logical name."""
    async with cloud.client("secretsmanager") as secrets:
        arn = (await cloud.nested("Secrets"))[name]
        value: str = (await secrets.get_secret_value(SecretId=arn))["SecretString"]
    return value


async def remove(cloud: Cloud) -> None:
    async with cloud.deployer() as (aws, _):
        await aws.cloudformation.update_termination_protection(StackName=STACK, EnableTerminationProtection=False)
        await aws.cloudformation.delete_stack(StackName=STACK)
        await aws.cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})


async def require_kept(cloud: Cloud, outputs: dict[str, str], secrets: dict[str, str], after: dict[str, str]) -> None:
    changed = {name: (value, after.get(name)) for name, value in outputs.items() if after.get(name) != value}
    assert changed.keys() <= MADE_BY_EACH_RELEASE, changed
    assert secrets.items() <= (await secrets_of(cloud)).items()
    async with cloud.client("cloudformation") as cloudformation:
        stacks = (await cloudformation.describe_stacks())["Stacks"]
    states = {each["StackName"]: each["StackStatus"] for each in stacks}
    assert {state for state in states.values() if state != "DELETE_COMPLETE"} <= {
        "UPDATE_COMPLETE",
        "CREATE_COMPLETE",
    }, states


async def test_an_installation_of_the_first_release_is_upgraded_to_this_one(cloud: Cloud, releases: list[Path]) -> None:
    outputs = await install(cloud, releases[0], "0.1")
    secrets = await secrets_of(cloud)
    await require_kept(cloud, outputs, secrets, await install(cloud, AWS, "1.0"))
    async with cloud.client("ecs") as ecs:
        for service in ("auth", "registry", "s3proxy", "indexer", "catalog"):
            [running] = (await ecs.describe_services(cluster=outputs["Cluster"], services=[service]))["services"]
            described = await ecs.describe_task_definition(taskDefinition=running["taskDefinition"])
            assert [
                each["image"].rpartition(":")[2] for each in described["taskDefinition"]["containerDefinitions"]
            ] == ["1.0"]


async def test_an_installation_is_upgraded_through_every_change_of_the_templates(
    cloud: Cloud, releases: list[Path]
) -> None:
    outputs = await install(cloud, releases[0], "0.1")
    secrets = await secrets_of(cloud)
    for number, release in enumerate(releases[1:]):
        after = await install(cloud, release, f"1.{number}")
        await require_kept(cloud, outputs, secrets, after)
        outputs, secrets = after, await secrets_of(cloud)


async def test_a_removed_installation_is_installed_again_with_its_database_key_and_packages(cloud: Cloud) -> None:
    """The emulator ignores the snapshot itself, and drops what stacks retain: shown is that everything is asked for as AWS wants it."""
    async with cloud.client("s3") as s3:
        await s3.create_bucket(Bucket="packages")
    first = {"DBDeletionProtection": "false", "DBPassword": "password-of-the-database"}
    outputs = await install(cloud, AWS, "1.0", PackageBucket="packages", **first)
    password, key = await value_of(cloud, "DatabaseAdmin"), await value_of(cloud, "AuthKey")
    async with cloud.client("rds") as rds:
        await rds.create_db_snapshot(DBSnapshotIdentifier="last", DBInstanceIdentifier=outputs["Database"])
    await remove(cloud)
    again = {"DBSnapshotIdentifier": "last", "DBPassword": password, "SecretKey": key}
    restored = await install(cloud, AWS, "1.0", PackageBucket=outputs["PackageBucket"], **again)
    assert restored["PackageBucket"] == "packages"
    assert (await value_of(cloud, "DatabaseAdmin"), await value_of(cloud, "AuthKey")) == (password, key)
    async with cloud.client("cloudformation") as cloudformation:
        found = await cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId="Data")
        nested = found["StackResourceDetail"]["PhysicalResourceId"]
        [stack] = (await cloudformation.describe_stacks(StackName=nested))["Stacks"]
    assert {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}[
        "DBSnapshotIdentifier"
    ] == "last"


def test_no_parameter_is_taken_away_and_new_ones_have_a_value(releases: list[Path]) -> None:
    """CloudFormation refuses a parameter that the new template does not have, and a new one without a value."""
    now = template("patchwork.yaml")["Parameters"]
    for release in releases:
        before = template("patchwork.yaml", release / "templates")["Parameters"]
        assert set(before) <= set(now), release
        assert all("Default" in now[name] for name in set(now) - set(before)), release


def priorities(release: Path) -> dict[str, int]:
    rules = template("rules.yaml", release / "templates")["Resources"]
    return {name: int(each["Properties"]["Priority"]) for name, each in rules.items()}


def test_no_rule_takes_a_number_that_another_still_has_during_an_upgrade(releases: list[Path]) -> None:
    """CloudFormation changes rules one by one, and removes old ones last; the load balancer refuses a number that is taken."""
    now = priorities(AWS)
    for release in releases:
        before = priorities(release)
        taken = {
            name: number
            for name, number in now.items()
            if number in set(before.values()) and before.get(name) != number
        }
        assert not taken, release


def resources_of(release: Path) -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    for path in (release / "templates").glob("*.yaml"):
        for name, each in template(path.name, path.parent)["Resources"].items():
            found[path.name, name] = each
    return found


def test_no_resource_that_holds_data_is_replaced_or_dropped(releases: list[Path]) -> None:
    """Compared are texts: a property that may only be given at creation must stay, and so must the resource itself."""
    now = resources_of(AWS)
    replaced = set()
    for release in releases:
        for where, before in resources_of(release).items():
            kind = before["Type"].removeprefix("AWS::")
            if kind not in HOLDS_DATA:
                continue
            assert now[where]["Type"] == before["Type"], (release, where)
            fixed = {each.split("/")[2] for each in resource_schema(kind)["createOnlyProperties"]}
            old, new = (each.get("Properties", {}) for each in (before, now[where]))
            replaced |= {(*where, name) for name in fixed if json.dumps(old.get(name)) != json.dumps(new.get(name))}
    # Unset before, and unset now in an installation without the parameter KmsKeyArn.
    assert replaced <= {("data.yaml", "Database", "KmsKeyId")}


def test_the_first_templates_are_older_than_these(releases: list[Path]) -> None:
    assert len(releases) > 2
    assert (releases[0] / "templates" / "patchwork.yaml").read_text() != (TEMPLATES / "patchwork.yaml").read_text()
