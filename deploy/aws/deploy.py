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
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aioboto3
from botocore.exceptions import ClientError

TEMPLATES = Path(__file__).parent / "templates"
ENTRY = "patchwork.yaml"
NOTHING_TO_DO = "No updates are to be performed"
NEVER_INSTALLED = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
"""States of a stack whose creation failed: it holds nothing, and can only be deleted."""
MAX_MISSING_POLLS = 12
"""Questions about a task that ECS has begun and does not know yet."""
STACK_TYPE = "AWS::CloudFormation::Stack"
BEGINNINGS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
UNPROTECTED = {"DBDeletionProtection": "false"}


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
    logs: Any
    region: str
    poll_seconds: float = 5
    """Time between two questions about the state of a stack or task."""


async def deploy(wanted: Deployment, aws: Clients) -> dict[str, str]:
    """Install or upgrade; returns the stack's outputs. Raises DeploymentFailed.

    A first installation protects nothing from deletion until its services run, so that it can be rolled back and repeated.
    """
    url = await upload_templates(wanted.templates_bucket, aws)
    before = await _find(wanted.stack, aws)
    if before and before["StackStatus"] in NEVER_INSTALLED:
        print(f"{wanted.stack}: remains of an installation that failed are removed")
        await _delete(wanted.stack, aws)
        before = None
    running = _parameters(before).get("Version", "") if before else ""
    if wanted.migrate or not before:
        print(f"{wanted.stack}: all resources but the services" if not running else f"{wanted.stack}: the set-up task")
        chosen = {"MigrationVersion": wanted.version, "Version": running}
        outputs = await _apply(wanted, aws, url, chosen if running else {**chosen, **UNPROTECTED})
        await set_up(outputs, aws)
    print(f"{wanted.stack}: services of version {wanted.version}")
    protection = wanted.parameters.get("DBDeletionProtection", "true")
    chosen = {"Version": wanted.version}
    outputs = await _apply(wanted, aws, url, chosen if running else {**chosen, "DBDeletionProtection": protection})
    if wanted.protect and not running:
        await aws.cloudformation.update_termination_protection(StackName=wanted.stack, EnableTerminationProtection=True)
    await _keep_database_log(wanted.stack, outputs["DatabaseLogGroup"], aws)
    return outputs


async def upload_templates(bucket: str, aws: Clients) -> str:
    """Upload the templates under a key with their hash; returns the URL of their folder."""
    bodies = {path.name: path.read_bytes() for path in sorted(TEMPLATES.glob("*.yaml"))}
    digest = hashlib.sha256(b"".join(bodies.values())).hexdigest()[:16]
    for name, body in bodies.items():
        await aws.s3.put_object(Bucket=bucket, Key=f"patchwork/{digest}/{name}", Body=body)
    suffix = "amazonaws.com.cn" if aws.region.startswith("cn-") else "amazonaws.com"
    return f"https://s3.{aws.region}.{suffix}/{bucket}/patchwork/{digest}"


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
    task = await _ended_task(outputs["Cluster"], begun["tasks"][0]["taskArn"], aws)
    ends = {each["name"]: each.get("exitCode") for each in task["containers"]}
    if set(ends.values()) != {0}:
        why = task.get("stoppedReason", "")
        raise DeploymentFailed(f"The set-up task failed: {ends} {why}; see the log group that ends in /set-up")


async def _ended_task(cluster: str, arn: str, aws: Clients) -> dict[str, Any]:
    """The task once it has stopped. For some seconds after its start, ECS may not find it."""
    missing = 0
    while True:
        found: list[dict[str, Any]] = (await aws.ecs.describe_tasks(cluster=cluster, tasks=[arn]))["tasks"]
        if found and found[0]["lastStatus"] == "STOPPED":
            return found[0]
        missing = 0 if found else missing + 1
        if missing > MAX_MISSING_POLLS:
            raise DeploymentFailed(f"ECS does not know the set-up task {arn}; see the log group that ends in /set-up")
        await asyncio.sleep(aws.poll_seconds)


async def _keep_database_log(stack: str, group: str, aws: Clients) -> None:
    """Keep the database's log as long as others. RDS makes its log group, for ever, unless it is there."""
    found = await _find(stack, aws)
    days = _parameters(found or {}).get("LogRetentionDays", "30")
    with suppress(aws.logs.exceptions.ResourceAlreadyExistsException):
        await aws.logs.create_log_group(logGroupName=group)
    await aws.logs.put_retention_policy(logGroupName=group, retentionInDays=int(days))


async def _delete(stack: str, aws: Clients) -> None:
    await aws.cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    await aws.cloudformation.delete_stack(StackName=stack)
    while (found := await _find(stack, aws)) and found["StackStatus"] != "DELETE_COMPLETE":
        if found["StackStatus"] == "DELETE_FAILED":
            raise DeploymentFailed(f"{stack} cannot be deleted: {await reasons(stack, aws)}")
        await asyncio.sleep(aws.poll_seconds)


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
        await aws.cloudformation.create_stack(**options)
    else:
        kept = set(_parameters(before)) - set(given)
        options["Parameters"] += [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)]
        try:
            await aws.cloudformation.update_stack(**options)
        except ClientError as error:
            if NOTHING_TO_DO not in str(error):
                status = before["StackStatus"]
                raise DeploymentFailed(f"{wanted.stack} is {status} and cannot be updated: {error}") from error
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
            raise DeploymentFailed(f"{stack} is {status}: {await reasons(stack, aws)}")
        await asyncio.sleep(aws.poll_seconds)


async def reasons(stack: str, aws: Clients) -> str:
    """Reasons of the first failures; later ones mostly follow from these."""
    return "; ".join((await _failures(stack, aws))[:3]) or "AWS gives no reason; see the events of the stack"


async def _failures(stack: str, aws: Clients) -> list[str]:
    """Failures of the last operation in order, those of nested stacks in the place of theirs."""
    failures: list[list[str]] = []
    async for event in _last_events(stack, aws):
        reason = event.get("ResourceStatusReason", "")
        if not event["ResourceStatus"].endswith("_FAILED") or reason.endswith("cancelled"):
            continue
        physical = event.get("PhysicalResourceId") or ""
        is_nested = event["ResourceType"] == STACK_TYPE and physical != event["StackId"]
        inner = await _failures(physical, aws) if is_nested and physical else []
        failures.append(inner or [f"{event['LogicalResourceId']}: {reason}"])
    return list(dict.fromkeys(reason for each in reversed(failures) for reason in each))


async def _last_events(stack: str, aws: Clients) -> AsyncIterator[dict[str, Any]]:
    """Events of the last creation, update or deletion of the stack, the newest first."""
    async for page in aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            is_own = event["ResourceType"] == STACK_TYPE and event.get("PhysicalResourceId") == event["StackId"]
            if is_own and event["ResourceStatus"] in BEGINNINGS:
                return
            yield event


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
    async with AsyncExitStack() as stack:
        names = ("cloudformation", "ecs", "s3", "logs")
        cloudformation, ecs, s3, logs = [await stack.enter_async_context(client(each)) for each in names]
        yield Clients(cloudformation, ecs, s3, logs, session.region_name)


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
