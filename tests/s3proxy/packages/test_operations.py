"""Every operation of S3 that the SDK knows, at the package gateway: what it answers is what `docs/reference/s3-gateway.md` says."""

from datetime import UTC, datetime
from typing import Any

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError
from support.docs.reference.s3_gateway import ABSENT, ANSWERED, ELSEWHERE, EMPTY, OTHER_READS, WRITES
from support.worlds.packages_world import PackagesWorld
from support.worlds.servers import LOADER

from shared.schemas.principal import Level

READING = {"GET", "HEAD"}


def sample(shape: Any) -> Any:
    """A value with all required members."""
    if shape.type_name == "structure":
        return {name: sample(member) for name, member in shape.members.items() if name in shape.required_members}
    if shape.type_name == "list":
        return [sample(shape.member)]
    plain = {"map": {}, "integer": 1, "long": 1, "boolean": True, "timestamp": datetime.now(UTC), "blob": b"x"}
    return plain.get(shape.type_name, next(iter(getattr(shape, "enum", [])), "x"))


def expected(name: str, method: str) -> str:
    if name in ANSWERED or name in EMPTY:
        return "answered"
    return ABSENT.get(name) or (OTHER_READS if method in READING else WRITES)


async def test_every_operation_of_the_sdk_is_answered_as_documented(packages: PackagesWorld) -> None:
    key = packages.key("writer", {"*": Level.READ_WRITE})
    session = aioboto3.Session(key.access_key_id, key.secret, None, "us-east-1")
    session._session.register_component("data_loader", LOADER)
    config = AioConfig(signature_version="s3v4", retries={"total_max_attempts": 1}, parameter_validation=False)
    wrong = {}
    async with session.client("s3", endpoint_url=packages.url, config=config) as opened:
        client: Any = opened  # the stubs have no `_make_api_call`
        model = client.meta.service_model
        assert len(model.operation_names) > 100
        for name in sorted(set(model.operation_names) - ELSEWHERE):
            operation = model.operation_model(name)
            asked = sample(operation.input_shape) if operation.input_shape else {}
            asked |= {"Bucket": packages.bucket} if "Bucket" in asked else {}
            asked |= {"Key": "amy/wine/latest/README.md"} if "Key" in asked else {}
            try:
                await client._make_api_call(name, asked)
                found = "answered"
            except ClientError as error:
                found = error.response["Error"]["Code"]
            if found != expected(name, operation.http["method"]):
                wrong[name] = (found, expected(name, operation.http["method"]))
    assert not wrong
    assert {*ANSWERED, *EMPTY, *ABSENT} <= set(model.operation_names)
