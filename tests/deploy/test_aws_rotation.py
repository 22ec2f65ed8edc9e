"""Secrets of an installation on AWS are changed as docs/operations/rotation.md says: old and new tasks believe each other."""

import os
from collections.abc import AsyncIterator
from itertools import pairwise, product
from typing import Any

import pytest
from support.fakes.cloud import GIVEN, STACK, Cloud, deploying, running_cloud

from auth.settings import AuthSettings
from indexer.settings import IndexerSettings
from registry.settings import RegistrySettings
from s3proxy.settings import S3ProxySettings

SETTINGS = {"auth": AuthSettings, "registry": RegistrySettings, "s3proxy": S3ProxySettings, "indexer": IndexerSettings}
NEW = {
    "InternalTokenSecret": "the new token " * 4,
    "S3ProxyTokenSecret": "the S3 proxy's new token " * 4,
    "IndexerTokenSecret": "the indexer's new token " * 4,
    "AuthKeySecret": "the new key " * 4,
}
TOKENS = {"s3proxy": "S3ProxyTokenSecret", "indexer": "IndexerTokenSecret"}
"""Secrets of the services that have a token of their own."""
Tasks = dict[str, Any]
"""Settings of the tasks that ECS would start now."""


@pytest.fixture(scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        await running.deploy("1.0", GIVEN)
        yield running


async def started(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Tasks:
    tasks: Tasks = {}
    async with cloud.client("ecs") as ecs, cloud.client("secretsmanager") as secrets:
        for service, kind in SETTINGS.items():
            family = f"patchwork-{GIVEN['InstanceName']}-{service}"
            described = (await ecs.describe_task_definition(taskDefinition=family))["taskDefinition"]
            [container] = described["containerDefinitions"]
            given = {each["name"]: each["value"] for each in container["environment"]}
            for each in container["secrets"]:
                given[each["name"]] = await looked_up(secrets, each["valueFrom"])
            with monkeypatch.context() as patched:
                for name in [name for name in os.environ if name.startswith(f"{service.upper()}_")]:
                    patched.delenv(name)
                for name, value in given.items():
                    patched.setenv(name, value)
                tasks[service] = kind()
    return tasks


async def looked_up(secrets: Any, value_from: str) -> str:
    """As ECS reads it: `<ARN>`, or `<ARN>:<key in JSON>:<stage>:<version>`."""
    words = value_from.split(":")
    stage = words[8] if len(words) == 10 else "AWSCURRENT"
    assert len(words) in {7, 10}
    found = await secrets.get_secret_value(SecretId=":".join(words[:7]), VersionStage=stage)
    return str(found["SecretString"])


def require_trust(calling: tuple[str, Any], called: tuple[str, Any]) -> None:
    """Fail unless the called task believes the token that the calling one sends to it."""
    (caller, ours), (callee, theirs) = calling, called
    if caller in TOKENS and callee in TOKENS:
        return  # they do not call each other
    sent = getattr(ours.internal, f"{callee}_token", None) or ours.internal.token
    believed = dict(theirs.internal.callers)
    assert sent in believed, (caller, callee)
    if caller in TOKENS:
        assert believed[sent] == caller


async def with_others(cloud: Cloud, stage: str) -> dict[str, str]:
    async with cloud.deployer() as (aws, _):
        changed = {"OtherInternalToken": stage, "OtherSecretKey": stage}
        wanted = deploying.Deployment(STACK, "1.0", "templates", changed, migrate=False)
        outputs: dict[str, str] = await deploying.deploy(wanted, aws)
    return outputs


@pytest.mark.long
async def test_secrets_on_aws_are_rotated_without_interruption(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    states = [await started(cloud, monkeypatch)]
    outputs = await cloud.deploy("1.0")
    async with cloud.client("secretsmanager") as secrets:
        versions = {}
        for name, value in NEW.items():
            old = (await secrets.get_secret_value(SecretId=outputs[name]))["VersionId"]
            put = await secrets.put_secret_value(
                SecretId=outputs[name], SecretString=value, VersionStages=["AWSPENDING"]
            )
            versions[name] = {"RemoveFromVersionId": old, "MoveToVersionId": put["VersionId"]}
        await with_others(cloud, "AWSPENDING")
        states.append(await started(cloud, monkeypatch))

        for name, moved in versions.items():
            await secrets.update_secret_version_stage(SecretId=outputs[name], VersionStage="AWSCURRENT", **moved)
    await with_others(cloud, "AWSPREVIOUS")
    states.append(await started(cloud, monkeypatch))
    await with_others(cloud, "")
    states.append(await started(cloud, monkeypatch))

    for before, after in pairwise(states):
        for one, another in product(before.items(), after.items()):
            require_trust(one, another)
            require_trust(another, one)
        old, new = before["auth"], after["auth"]
        assert old.secret_key in {new.secret_key, new.other_secret_key}
        assert new.secret_key in {old.secret_key, old.other_secret_key}
    for service, task in states[-1].items():
        [token] = task.internal.accepted
        assert token.get_secret_value() == NEW[TOKENS.get(service, "InternalTokenSecret")]
        assert len(task.internal.callers) == (1 if service in TOKENS else 3)
    assert states[-1]["auth"].secret_key.get_secret_value() == NEW["AuthKeySecret"]
    assert states[-1]["auth"].other_secret_key is None
