"""MiniStack with CloudFormation and all of its services, for tests of deploy/aws; runs in the emulator's environment.

    uvicorn --app-dir tests/support/deploy cloudformation_app:app

The account has no address left for stacks whose names begin with "limited-".
Resource types that MiniStack lacks (RECORDED) are only recorded, so that stacks with them can be created; cfn-lint alone
checks them. Added to its decisions of IAM: paths of roles and policies, permissions boundaries of roles that a stack
creates, and the conditions sts:ExternalId and iam:PermissionsBoundary. All requests count as encrypted. Its update of a
nested stack drops the attributes of unchanged resources, and gives a database that has no name of its own another one: both
are kept here. Its answers have checksums, as those of the emulator of one machine. Its well-known keys are root, as shipped.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

from ministack import app as ministack
from ministack.core import iam_actions
from ministack.services import iam
from ministack.services.cloudformation import provisioners

RECORDED = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudTrail::Trail",
    "AWS::EC2::EIP",
    "AWS::EC2::NatGateway",
    "AWS::EC2::SecurityGroupIngress",
}


CreatedResource = tuple[str, dict[str, str]]


def create(logical_id: str, _: object, stack: str) -> CreatedResource:
    if stack.startswith("limited-") and logical_id == "NatAddressA":
        raise ValueError("The maximum number of addresses has been reached.")
    name = f"{stack}-{logical_id}"
    return name, {"Arn": f"arn:aws:recorded:::{name}", "AllocationId": f"eipalloc-{name}"}


def update(physical_id: str, *_: object) -> CreatedResource:
    return physical_id, {"Arn": f"arn:aws:recorded:::{physical_id}"}


def delete(*_: object) -> None:
    """Nothing was created."""


for kind in RECORDED:
    if kind in provisioners._RESOURCE_HANDLERS:
        raise RuntimeError(f"{kind} is a type of MiniStack's now: remove it from RECORDED")
    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "update": update, "delete": delete}

create_role = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]["create"]


def create_bounded(logical_id: str, props: dict[str, Any], stack: str) -> CreatedResource:
    made: CreatedResource = create_role(logical_id, props, stack)
    if boundary := props.get("PermissionsBoundary"):
        iam._roles[made[0]]["PermissionsBoundary"] = boundary
    return made


provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]["create"] = create_bounded

provision, update_resource = provisioners._provision_resource, provisioners._update_resource
attributes: dict[tuple[str, str], dict[str, str]] = {}


def provision_kept(kind: str, logical_id: str, props: Any, stack: str) -> CreatedResource:
    physical_id, attributes[stack, logical_id] = provision(kind, logical_id, props, stack)
    return physical_id, attributes[stack, logical_id]


def update_kept(  # noqa: PLR0917 – as it is called
    kind: str, known: str, old: Any, new: Any, stack: str, logical_id: str, *rest: Any, **named: Any
) -> CreatedResource:
    physical_id, updated = update_resource(kind, known, old, new, stack, logical_id, *rest, **named)
    attributes[stack, logical_id] = updated or attributes.get((stack, logical_id), {})
    return physical_id, attributes[stack, logical_id]


provisioners._provision_resource, provisioners._update_resource = provision_kept, update_kept

sys.path.append(str(Path(__file__).resolve().parents[3] / "deploy" / "local" / "aws"))
repairs = importlib.import_module("repairs")
repairs._answer_with_checksums()
repairs._name_composite_checksums()

update_database = provisioners._RESOURCE_HANDLERS["AWS::RDS::DBInstance"]["update"]


def update_named_database(known: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> CreatedResource:
    named = {"DBInstanceIdentifier": known}
    updated: CreatedResource = update_database(known, named | old, named | new, *rest)
    return updated


provisioners._RESOURCE_HANDLERS["AWS::RDS::DBInstance"]["update"] = update_named_database

create_identity = provisioners._RESOURCE_HANDLERS["AWS::SES::EmailIdentity"]["create"]


def create_identity_signed(logical_id: str, props: dict[str, Any], stack: str) -> CreatedResource:
    """Add the records that its DNS needs."""
    name, created = create_identity(logical_id, props, stack)
    records = {f"DkimDNSTokenName{number}": f"t{number}._domainkey.{name}" for number in (1, 2, 3)}
    values = {f"DkimDNSTokenValue{number}": f"t{number}.dkim.amazonses.com" for number in (1, 2, 3)}
    return name, {**created, **records, **values}


provisioners._RESOURCE_HANDLERS["AWS::SES::EmailIdentity"]["create"] = create_identity_signed

normalized = provisioners._normalize_container_defs


def normalize_with_secrets(containers: list[dict[str, Any]]) -> Any:
    """Spell the names of secrets as ECS does. Clients would not see them otherwise."""
    return normalized(
        [
            {
                **each,
                "Secrets": [{"name": secret["Name"], "valueFrom": secret["ValueFrom"]} for secret in each["Secrets"]],
            }
            if "Secrets" in each
            else each
            for each in containers
        ]
    )


provisioners._normalize_container_defs = normalize_with_secrets

extract_arn, extract_action, context_of = (
    iam_actions.extract_resource_arn,
    iam_actions.extract_iam_action,
    iam_actions.request_tag_context,
)


def extract_arn_with_path(service: str, *request: Any) -> Any:
    """The ARN of a role or policy with its path."""
    params, account = request[4], request[6]
    asked = {name: iam_actions._query_param(params, name) for name in ("RoleName", "PolicyName", "Path", "PolicyArn")}
    if service == "iam" and asked["RoleName"]:
        known = iam._roles.get(asked["RoleName"])
        return known["Arn"] if known else f"arn:aws:iam::{account}:role{asked['Path'] or '/'}{asked['RoleName']}"
    if service == "iam" and asked["PolicyName"] and not asked["PolicyArn"]:
        return f"arn:aws:iam::{account}:policy{asked['Path'] or '/'}{asked['PolicyName']}"
    return extract_arn(service, *request)


def extract_iam_action(service: str, *request: Any) -> Any:
    """The action that IAM decides on. Batches of SQS have none of their own."""
    found = extract_action(service, *request)
    return found.removesuffix("Batch") if service == "sqs" and found else found


def request_context(service: str, named: str, body: bytes, params: Any) -> dict[str, Any]:
    found = dict(context_of(service, named, body, params))
    if service == "sts" and (external_id := iam_actions._query_param(params, "ExternalId")):
        found["sts:ExternalId"] = external_id
    if service == "iam" and (role := iam_actions._query_param(params, "RoleName")):
        bounded = iam_actions._query_param(params, "PermissionsBoundary")
        if named not in {"iam:CreateRole", "iam:PutRolePermissionsBoundary"}:
            bounded = (iam._roles.get(role) or {}).get("PermissionsBoundary")
        if bounded:
            found["iam:PermissionsBoundary"] = bounded
    return found


iam_actions.extract_resource_arn = extract_arn_with_path
iam_actions.extract_iam_action = extract_iam_action
iam_actions.request_tag_context = request_context


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await ministack.app({**scope, "scheme": "https"} if scope["type"] == "http" else scope, receive, send)
