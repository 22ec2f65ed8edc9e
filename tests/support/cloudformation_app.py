"""MiniStack with CloudFormation and all of its services, for tests of deploy/aws; runs in the emulator's environment.

    uvicorn --app-dir tests/support cloudformation_app:app

What it has no idea of is only written down, so that stacks which have it can be made at all: nothing of these types is
tried by our tests beyond what cfn-lint says. As shipped, well-known keys are root; nothing but tests talks to it.
"""

from ministack import app as ministack
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

app = ministack.app
