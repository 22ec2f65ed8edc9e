"""MiniStack with CloudFormation and all of its services, for tests of deploy/aws; runs in the emulator's environment.

    uvicorn --app-dir tests/support/deploy cloudformation_app:app

What it has no idea of is only written down, so that stacks which have it can be made at all: nothing of these types is
tried by our tests beyond what cfn-lint says. What it leaves out when it asks whether somebody may, is added: paths of
roles and policies, bounds of roles that a stack makes, and the conditions sts:ExternalId and iam:PermissionsBoundary;
all requests count as encrypted. A nested stack's update forgets attributes of what does not change: they are kept. As
shipped, well-known keys are root; nothing but tests talks to it.
"""

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


Made = tuple[str, dict[str, str]]


def create(logical_id: str, _: object, stack: str) -> Made:
    name = f"{stack}-{logical_id}"
    return name, {"Arn": f"arn:aws:recorded:::{name}", "AllocationId": f"eipalloc-{name}"}


def update(physical_id: str, *_: object) -> Made:
    return physical_id, {"Arn": f"arn:aws:recorded:::{physical_id}"}


def delete(*_: object) -> None:
    """There was nothing."""


for kind in RECORDED:
    if kind in provisioners._RESOURCE_HANDLERS:
        raise RuntimeError(f"{kind} need not be recorded any more")
    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "update": update, "delete": delete}

create_role = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]["create"]


def create_bounded(logical_id: str, props: dict[str, Any], stack: str) -> Made:
    made: Made = create_role(logical_id, props, stack)
    if boundary := props.get("PermissionsBoundary"):
        iam._roles[made[0]]["PermissionsBoundary"] = boundary
    return made


provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]["create"] = create_bounded

provision, update_resource = provisioners._provision_resource, provisioners._update_resource
attributes: dict[tuple[str, str], dict[str, str]] = {}


def provision_kept(kind: str, logical_id: str, props: Any, stack: str) -> Made:
    physical_id, attributes[stack, logical_id] = provision(kind, logical_id, props, stack)
    return physical_id, attributes[stack, logical_id]


def update_kept(  # noqa: PLR0917 – as it is called
    kind: str, known: str, old: Any, new: Any, stack: str, logical_id: str, *rest: Any, **named: Any
) -> Made:
    physical_id, told = update_resource(kind, known, old, new, stack, logical_id, *rest, **named)
    attributes[stack, logical_id] = told or attributes.get((stack, logical_id), {})
    return physical_id, attributes[stack, logical_id]


provisioners._provision_resource, provisioners._update_resource = provision_kept, update_kept

create_identity = provisioners._RESOURCE_HANDLERS["AWS::SES::EmailIdentity"]["create"]


def create_identity_signed(logical_id: str, props: dict[str, Any], stack: str) -> Made:
    """With the records that its DNS needs."""
    name, told = create_identity(logical_id, props, stack)
    records = {f"DkimDNSTokenName{number}": f"t{number}._domainkey.{name}" for number in (1, 2, 3)}
    values = {f"DkimDNSTokenValue{number}": f"t{number}.dkim.amazonses.com" for number in (1, 2, 3)}
    return name, {**told, **records, **values}


provisioners._RESOURCE_HANDLERS["AWS::SES::EmailIdentity"]["create"] = create_identity_signed

normalized = provisioners._normalize_container_defs


def told(containers: list[dict[str, Any]]) -> Any:
    """Their secrets are spelt as ECS spells them, or no client would see their names."""
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


provisioners._normalize_container_defs = told

extract_arn, extract_action, context_of = (
    iam_actions.extract_resource_arn,
    iam_actions.extract_iam_action,
    iam_actions.request_tag_context,
)


def resource_arn(service: str, *request: Any) -> Any:
    """With the path."""
    params, account = request[4], request[6]
    asked = {name: iam_actions._query_param(params, name) for name in ("RoleName", "PolicyName", "Path", "PolicyArn")}
    if service == "iam" and asked["RoleName"]:
        known = iam._roles.get(asked["RoleName"])
        return known["Arn"] if known else f"arn:aws:iam::{account}:role{asked['Path'] or '/'}{asked['RoleName']}"
    if service == "iam" and asked["PolicyName"] and not asked["PolicyArn"]:
        return f"arn:aws:iam::{account}:policy{asked['Path'] or '/'}{asked['PolicyName']}"
    return extract_arn(service, *request)


def action(service: str, *request: Any) -> Any:
    """AWS has none of its own for SQS's batches."""
    found = extract_action(service, *request)
    return found.removesuffix("Batch") if service == "sqs" and found else found


def context(service: str, named: str, body: bytes, params: Any) -> dict[str, Any]:
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


iam_actions.extract_resource_arn = resource_arn
iam_actions.extract_iam_action = action
iam_actions.request_tag_context = context


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await ministack.app({**scope, "scheme": "https"} if scope["type"] == "http" else scope, receive, send)
