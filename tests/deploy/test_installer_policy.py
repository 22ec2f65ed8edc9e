"""The installer's policy beside the actions that CloudFormation takes for the resource types of the templates.

AWS publishes these actions with each type, and cfn-lint ships them. Conditions are compared for `iam:PassRole` alone.
"""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from support.deploy.templates import TEMPLATES, listed, resource_schema, template

from localrun.paths import ROOT

HANDLERS = ("create", "read", "update", "delete")
MAX_POLICY_CHARACTERS = 6144
NEEDED_BY: dict[str, dict[str, list[str]]] = {
    "ApplicationAutoScaling::ScalableTarget": {"ScalableDimension=lambda": ["lambda:*ProvisionedConcurrencyConfig"]},
    "ApplicationAutoScaling::ScalingPolicy": {"PredictiveScalingPolicyConfiguration": ["cloudwatch:GetMetricData"]},
    "CloudTrail::Trail": {
        "InsightSelectors": ["cloudtrail:PutInsightSelectors"],
        "ContextKeySelectors": ["cloudtrail:PutEventConfiguration"],
        "IsOrganizationTrail": ["organizations:*"],
    },
    "EC2::EIP": {"TransferAddress": ["ec2:AcceptAddressTransfer"], "InstanceId": ["ec2:AssociateAddress"]},
    "EC2::NatGateway": {"SecondaryAllocationIds": ["ec2:*NatGatewayAddress"]},
    "EC2::Subnet": {"Ipv6CidrBlock": ["ec2:*SubnetCidrBlock"]},
    "EC2::VPC": {
        "VpcEncryptionControl": ["ec2:CreateVpcEncryptionControl"],
        "InstanceTenancy": ["ec2:ModifyVpcTenancy"],
    },
    "EC2::VPCEndpoint": {"ServiceNetworkArn": ["vpc-lattice:*"], "ServiceRegion": ["vpce:AllowMultiRegion"]},
    "EC2::VPCGatewayAttachment": {"VpnGatewayId": ["ec2:*VpnGateway"]},
    "ElasticLoadBalancingV2::Listener": {"AuthenticateCognitoConfig": ["cognito-idp:DescribeUserPoolClient"]},
    "ElasticLoadBalancingV2::ListenerRule": {"AuthenticateCognitoConfig": ["cognito-idp:DescribeUserPoolClient"]},
    "IAM::ManagedPolicy": {"Groups": ["iam:*GroupPolicy"], "Users": ["iam:*UserPolicy"]},
    "IAM::Policy": {"Groups": ["iam:*GroupPolicy"], "Users": ["iam:*UserPolicy"]},
    "Logs::LogGroup": {
        "DataProtectionPolicy": [
            *(
                "logs:*DataProtectionPolicy",
                "logs:CreateLogDelivery",
                "s3:REST.PUT.OBJECT",
                "firehose:TagDeliveryStream",
            )
        ],
        "ResourcePolicyDocument": ["logs:*ResourcePolicy"],
        "FieldIndexPolicies": ["logs:*IndexPolicy"],
        "BearerTokenAuthenticationEnabled": ["logs:PutBearerTokenAuthentication"],
        "KmsKeyId": ["logs:*KmsKey"],
        "DeletionProtectionEnabled": ["logs:PutLogGroupDeletionProtection"],
    },
    "RDS::DBCluster": {
        "AssociatedRoles": ["rds:*RoleToDBCluster", "rds:*RoleFromDBCluster"],
        "EnableHttpEndpoint": ["rds:*HttpEndpoint"],
        "SourceDBClusterIdentifier": ["rds:RestoreDBClusterToPointInTime"],
        "GlobalClusterIdentifier": ["rds:RemoveFromGlobalCluster"],
    },
    "RDS::DBInstance": {
        "AssociatedRoles": ["iam:ListRoles", "rds:*RoleToDBInstance", "rds:*RoleFromDBInstance"],
        "SourceDBInstanceIdentifier": [
            *("rds:CreateDBInstanceReadReplica", "rds:PromoteReadReplica", "rds:RestoreDBInstanceToPointInTime")
        ],
        "AutomaticBackupReplicationRegion": ["rds:*AutomatedBackupsReplication"],
    },
    "S3::Bucket": {
        "AbacStatus": ["s3:PutBucketAbac"],
        "AnalyticsConfigurations": ["s3:PutAnalyticsConfiguration", "s3:DeleteBucketAnalyticsConfiguration"],
        "CorsConfiguration": ["s3:PutBucketCORS", "s3:DeleteBucketCors"],
        "InventoryConfigurations": ["s3:PutInventoryConfiguration"],
        "MetricsConfigurations": ["s3:PutMetricsConfiguration", "s3:DeleteBucketMetricsConfiguration"],
        "NotificationConfiguration": ["s3:PutBucketNotification"],
        "ReplicationConfiguration": ["s3:Put*Replication*", "s3:DeleteBucketReplication"],
        "WebsiteConfiguration": ["s3:*BucketWebsite"],
        "AccelerateConfiguration": ["s3:PutAccelerateConfiguration"],
        "AccessControl": ["s3:PutObjectAcl", "s3:PutBucketAcl"],
        "ObjectLockConfiguration": ["s3:Put*ObjectLockConfiguration"],
        "LoggingConfiguration": ["s3:PutBucketLogging"],
        "IntelligentTieringConfigurations": ["s3:PutIntelligentTieringConfiguration"],
        "MetadataConfiguration": ["s3:*BucketMetadata*", "s3tables:*"],
        "DeletionPolicy=Delete": ["s3:DeleteBucket", "s3:DeleteObject"],
    },
    "SNS::Topic": {"DataProtectionPolicy": ["sns:PutDataProtectionPolicy"]},
    "SecretsManager::Secret": {"ReplicaRegions": ["secretsmanager:*Region*"]},
}
"""Actions by the property that makes CloudFormation take them. The policy leaves out those of properties that no template sets."""
NO_ACTIONS = {"s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle"}
"""Operations that IAM knows by the name of the action that sets the same thing."""


@cache
def allowed() -> list[str]:
    return [action.lower() for each in policy()["Statement"] for action in listed(each["Action"])]


def policy() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "deploy" / "aws" / "installer-policy.json").read_text())
    return found


def resources() -> Iterator[tuple[str, dict[str, Any]]]:
    """Type and text of all resources of the templates."""
    for path in TEMPLATES.glob("*.yaml"):
        for each in template(path.name)["Resources"].values():
            yield each["Type"].removeprefix("AWS::"), each


def handled(kind: str) -> set[str]:
    """Actions that AWS names for making, reading, changing and deleting a resource of the type."""
    handlers = resource_schema(kind)["handlers"]
    return {action for name in HANDLERS for action in handlers.get(name, {}).get("permissions", [])}


def is_in(action: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def is_set(name: str, resource: dict[str, Any]) -> bool:
    """A resource sets the property, or the property to the value after `=`."""
    prop, _, value = name.partition("=")
    return bool(re.search(rf'"{prop}": ' + (f'"[^"]*{value}' if value else ""), json.dumps(resource)))


def test_an_installer_may_do_what_cloudformation_does_for_every_resource() -> None:
    missing = set()
    for kind, resource in resources():
        given = NEEDED_BY.get(kind, {})
        needless = [each for name, actions in given.items() if not is_set(name, resource) for each in actions]
        missing |= {
            (kind, action)
            for action in handled(kind) - NO_ACTIONS
            if not is_in(action, allowed()) and not is_in(action, needless)
        }
    assert not missing


def test_every_action_that_the_policy_leaves_out_is_one_that_cloudformation_takes() -> None:
    for kind, given in NEEDED_BY.items():
        actions = [each for each in handled(kind) if not is_in(each, allowed())]
        for pattern in (each for patterns in given.values() for each in patterns):
            assert any(is_in(action, [pattern]) for action in actions), (kind, pattern)


def test_an_installer_may_hand_roles_to_the_services_that_use_them_alone() -> None:
    trusted = set()
    for kind, resource in resources():
        if kind == "IAM::Role":
            trusted |= set(
                re.findall(r"([a-z-]+\.amazonaws\.com)", json.dumps(resource["Properties"]["AssumeRolePolicyDocument"]))
            )
    [handing] = [each for each in policy()["Statement"] if each["Action"] == "iam:PassRole"]
    assert set(handing["Condition"]["StringEquals"]["iam:PassedToService"]) == trusted


def test_an_installer_may_make_no_users_and_the_policy_fits_into_iam() -> None:
    assert len(json.dumps(policy(), separators=(",", ":"))) <= MAX_POLICY_CHARACTERS
    assert not [each for each in allowed() if re.match(r"iam:(\*|.*user|.*accesskey)", each)]
