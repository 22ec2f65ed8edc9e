"""Install or upgrade an installation on AWS: `python deploy/aws/deploy.py --help`, from the project's environment.

A task with the new version's images migrates the database before any service changes, while the old tasks keep running. Then the
services are replaced. They roll back when the new tasks do not become healthy.
"""

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aioboto3
from botocore.exceptions import ClientError

TEMPLATES = Path(__file__).parent / "templates"
ENTRY = "patchwork.yaml"
NOTHING_TO_DO = "No updates are to be performed"


class DeploymentFailed(Exception):
    """A step of the deployment failed; the message has the reason that AWS gives."""


@dataclass(frozen=True)
class Deployment:
    stack: str
    version: str
    templates_bucket: str
    parameters: dict[str, str] = field(default_factory=dict)
    migrate: bool = True
    """False to go back to an older version, with the schema as it is."""
    role_arn: str | None = None
    """Role that CloudFormation assumes; unset: the caller."""
    protect: bool = False
    """Protect a new stack from deletion."""


@dataclass(frozen=True)
class Clients:
    cloudformation: Any
    ecs: Any
    s3: Any
    region: str
    poll_seconds: float = 5
    """Time between two questions about the state of a stack or task."""


async def deploy(wanted: Deployment, aws: Clients) -> dict[str, str]:
    """Install or upgrade; returns the stack's outputs. Raises DeploymentFailed."""
    url = await upload_templates(wanted.templates_bucket, aws)
    before = await _find(wanted.stack, aws)
    running = _parameters(before).get("Version", "") if before else ""
    if wanted.migrate or not before:
        print(f"{wanted.stack}: all resources but the services" if not running else f"{wanted.stack}: the set-up task")
        outputs = await _apply(wanted, aws, url, {"MigrationVersion": wanted.version, "Version": running})
        await set_up(outputs, aws)
    print(f"{wanted.stack}: services of version {wanted.version}")
    return await _apply(wanted, aws, url, {"Version": wanted.version})


async def upload_templates(bucket: str, aws: Clients) -> str:
    """Upload the templates under a key with their hash; returns the URL of their folder."""
    bodies = {path.name: path.read_bytes() for path in sorted(TEMPLATES.glob("*.yaml"))}
    digest = hashlib.sha256(b"".join(bodies.values())).hexdigest()[:16]
    for name, body in bodies.items():
        await aws.s3.put_object(Bucket=bucket, Key=f"patchwork/{digest}/{name}", Body=body)
    return f"https://s3.{aws.region}.amazonaws.com/{bucket}/patchwork/{digest}"


async def set_up(outputs: dict[str, str], aws: Clients) -> None:
    """Run the task that creates and migrates the database, and wait until it ends."""
    where = {
        "subnets": outputs["TaskSubnets"].split(","),
        "securityGroups": [outputs["TaskSecurityGroup"]],
        "assignPublicIp": outputs["TaskPublicAddress"],
    }
    begun = await aws.ecs.run_task(
        cluster=outputs["Cluster"],
        taskDefinition=outputs["SetUpTask"],
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": where},
    )
    if begun.get("failures"):
        raise DeploymentFailed(f"The set-up task was not started: {begun['failures']}")
    arn = begun["tasks"][0]["taskArn"]
    while True:
        task = (await aws.ecs.describe_tasks(cluster=outputs["Cluster"], tasks=[arn]))["tasks"][0]
        if task["lastStatus"] == "STOPPED":
            break
        await asyncio.sleep(aws.poll_seconds)
    ends = {each["name"]: each.get("exitCode") for each in task["containers"]}
    if set(ends.values()) != {0}:
        why = task.get("stoppedReason", "")
        raise DeploymentFailed(f"The set-up task failed: {ends} {why}; see the log group that ends in /set-up")


async def _apply(wanted: Deployment, aws: Clients, url: str, chosen: dict[str, str]) -> dict[str, str]:
    before = await _find(wanted.stack, aws)
    given = {**wanted.parameters, "TemplatesUrl": url, **chosen}
    options: dict[str, Any] = {
        "StackName": wanted.stack,
        "TemplateURL": f"{url}/{ENTRY}",
        "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    }
    if wanted.role_arn:
        options["RoleARN"] = wanted.role_arn
    if before is None:
        await aws.cloudformation.create_stack(**options, EnableTerminationProtection=wanted.protect)
    else:
        kept = set(_parameters(before)) - set(given)
        options["Parameters"] += [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)]
        try:
            await aws.cloudformation.update_stack(**options)
        except ClientError as error:
            if NOTHING_TO_DO not in str(error):
                raise
    return await _wait(wanted.stack, aws)


async def _wait(stack: str, aws: Clients) -> dict[str, str]:
    while True:
        found = await _find(stack, aws)
        if found is None:
            raise DeploymentFailed(f"{stack} does not exist any more")
        status = found["StackStatus"]
        if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
        if not status.endswith("_IN_PROGRESS"):
            raise DeploymentFailed(f"{stack} is {status}: {await _reasons(stack, aws)}")
        await asyncio.sleep(aws.poll_seconds)


async def _reasons(stack: str, aws: Clients) -> str:
    events = (await aws.cloudformation.describe_stack_events(StackName=stack))["StackEvents"]
    failed = [each for each in events if each["ResourceStatus"].endswith("_FAILED")]
    return "; ".join(f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}" for each in failed[-3:])


async def _find(stack: str, aws: Clients) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = (await aws.cloudformation.describe_stacks(StackName=stack))["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return None
    return found


def _parameters(stack: dict[str, Any]) -> dict[str, str]:
    return {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", [])}


@asynccontextmanager
async def open_clients(region: str | None) -> AsyncIterator[Clients]:
    session = aioboto3.Session(region_name=region)
    if not session.region_name:
        raise DeploymentFailed("No region: give --region, or set AWS_REGION")
    client: Any = session.client
    async with client("cloudformation") as cloudformation, client("ecs") as ecs, client("s3") as s3:
        yield Clients(cloudformation, ecs, s3, session.region_name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("deploy.py", description="Install or upgrade an installation on AWS.")
    parser.add_argument("--stack", required=True, help="name of the stack in CloudFormation")
    parser.add_argument("--version", required=True, help="tag of the images")
    parser.add_argument("--templates-bucket", required=True, help="bucket to upload the templates to")
    parser.add_argument(
        "--parameters",
        type=Path,
        help='JSON file with parameters of the stack: {"QuiltWebHost": "quilt.example.com", …}',
    )
    parser.add_argument("--region", help="AWS region (default: of the environment or profile)")
    parser.add_argument("--role-arn", help="role that CloudFormation assumes; see installer-policy.json")
    parser.add_argument("--protect", action="store_true", help="protect a new stack from deletion")
    parser.add_argument(
        "--no-migrate", action="store_true", help="do not migrate the database: to go back to an older version"
    )
    return parser


async def _run(given: argparse.Namespace) -> None:
    wanted = Deployment(
        stack=given.stack,
        version=given.version,
        templates_bucket=given.templates_bucket,
        parameters=json.loads(given.parameters.read_text()) if given.parameters else {},
        migrate=not given.no_migrate,
        role_arn=given.role_arn,
        protect=given.protect,
    )
    async with open_clients(given.region) as aws:
        outputs = await deploy(wanted, aws)
    for name, value in outputs.items():
        print(f"{name:<26} {value}")


def main() -> None:
    try:
        asyncio.run(_run(_parser().parse_args()))
    except DeploymentFailed as error:
        sys.exit(f"deploy.py: {error}")


if __name__ == "__main__":
    main()
