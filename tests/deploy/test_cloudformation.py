"""The templates of deploy/aws: whole stacks made, changed and deleted on the emulator, their rules and settings compared."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
import yaml  # noqa: TID251 – only its tokens are read
from pydantic import BaseModel
from pydantic_settings import BaseSettings
from support.deploy.internal_spellings import BESIDE_INTERNAL, INTERNAL_SPELLINGS
from support.deploy.templates import TEMPLATES, listed, template
from support.fakes.cloud import GIVEN, STACK, Cloud, command, deploying, running_cloud

from auth.settings import AuthSettings
from indexer.settings import IndexerSettings
from localrun.paths import ROOT
from localrun.routing import RoutingTable
from registry.canary.settings import CanarySettings
from registry.cli import parser
from registry.settings import RegistrySettings, SearchSettings
from s3proxy.settings import S3ProxySettings
from shared.aws.trails import CloudTrail, TrailRefused

SETTINGS: dict[str, type[BaseSettings]] = {
    "auth": AuthSettings,
    "registry": RegistrySettings,
    "s3proxy": S3ProxySettings,
    "indexer": IndexerSettings,
}
OF_THE_PROCESS = {"PGSSLMODE", "PGSSLROOTCERT", "FORWARDED_ALLOW_IPS", "UVICORN_TIMEOUT_KEEP_ALIVE"}
"""Not settings of ours: of asyncpg and uvicorn."""
HOSTS = {
    "registry": GIVEN["RegistryHost"],
    "catalog": GIVEN["QuiltWebHost"],
    "s3proxy": GIVEN["S3ProxyHost"],
    "connect": GIVEN["ConnectHost"],
    "packages": GIVEN["PackagesHost"],
}
OUTPUTS = {
    "PackagesHost",
    "QuiltWebHost",
    "RegistryHostName",
    "S3ProxyHost",
    "LoadBalancerDNSName",
    "RegistryRoleARN",
    "SignIn",
    "FirstAdministratorSecret",
}


@pytest.fixture(scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        await running.deploy("1.0", GIVEN)
        yield running


def test_rules_are_those_of_the_routing_table() -> None:
    rules = command("rules")
    assert (TEMPLATES / "rules.yaml").read_text() == rules.template(), "run `python deploy/aws/rules.py`"


def test_every_rule_has_the_number_that_was_given_to_it_and_to_no_other() -> None:
    rules = command("rules")
    priorities = {name: each["Properties"]["Priority"] for name, each in template("rules.yaml")["Resources"].items()}
    given = rules.read_given()
    assert len(set(given.values())) == len(given)
    assert priorities == {name: given.get(name) for name in priorities}, "run `python deploy/aws/rules.py`"
    assert rules.GIVEN.read_text() == rules.numbers_file(given)


def test_new_paths_and_rules_change_no_number_of_others() -> None:
    rules = command("rules")
    table, given = rules.read_table(), rules.read_given()
    before = {each.name: each.priority for each in rules.rules(table)}
    auth = next(each for each in table if each["service"] == "auth")
    auth["paths"] += [f"/new/{number}" for number in range(9)]
    new = {"number": auth["number"] + 500, "host": "registry", "paths": ["/s3/"], "service": "s3proxy"}
    table.insert(table.index(auth) + 1, new)
    after = {each.name: each.priority for each in rules.rules(table)}
    assert before.items() < after.items()
    assert given.items() < rules.with_new_numbers(given, rules.rules(table)).items()
    table.remove(new)
    assert "RegistryToS3Proxy2500" not in {each.name for each in rules.rules(table)}


@pytest.mark.parametrize("number", [3, 1000, 2000, 2006, 4000])
def test_a_number_of_another_rule_is_refused_even_if_that_rule_is_gone(number: int) -> None:
    rules = command("rules")
    taker = {"number": number, "host": "registry", "paths": ["/s3/"], "service": "s3proxy"}
    for table in ([taker, *rules.read_table()], [taker]):
        with pytest.raises(rules.NumberTaken):
            rules.with_new_numbers(rules.read_given(), rules.rules(table))


def test_a_rule_with_a_released_name_keeps_its_number() -> None:
    rules = command("rules")
    with pytest.raises(rules.NumberTaken, match="RegistryToAuth1 has number 4"):
        rules.with_new_numbers(rules.read_given(), [rules.ListenerRule("RegistryToAuth1", 9000, ["/x"])])


def test_the_single_task_has_the_containers_of_all_services() -> None:
    together = command("single_task")
    said = "run `python deploy/aws/single_task.py`"
    assert (TEMPLATES / "single-task.yaml").read_text() == together.template(together.SOURCE.read_text()), said


def test_every_parameter_is_described_and_in_one_group() -> None:
    entry = template("patchwork.yaml")
    groups = entry["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(entry["Parameters"])
    assert all(each["Description"] for each in entry["Parameters"].values())
    for name, parameter in entry["Parameters"].items():
        if name.endswith(("Password", "Secret")):
            assert parameter["NoEcho"]


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.yaml")), ids=lambda path: str(path.name))
def test_templates_have_no_aliases_users_or_keys(path: Path) -> None:
    """CloudFormation does not support YAML aliases, and cfn-lint does not report them."""
    tokens = {type(token) for token in yaml.scan(path.read_text())}
    assert not tokens & {yaml.AliasToken, yaml.AnchorToken}
    kinds = {each["Type"] for each in template(path.name)["Resources"].values()}
    assert not kinds & {"AWS::IAM::User", "AWS::IAM::AccessKey", "AWS::IAM::Group"}


def test_the_canary_has_no_rights_in_aws_and_an_alarm_for_failures_and_for_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resources = template("canary.yaml")["Resources"]
    task = resources["Canary"]["Properties"]
    assert "TaskRoleArn" not in task
    [container] = task["ContainerDefinitions"]
    given = {each["Name"] for each in (*container["Environment"], *container["Secrets"])}
    for name in given:
        monkeypatch.setenv(name, "canary-of-tests")
    assert CanarySettings().password.get_secret_value() == "canary-of-tests"
    assert {name.partition("_")[0] for name in given} == {"CANARY"}
    counted = {
        each["Properties"]["MetricTransformations"][0]["MetricName"]
        for each in resources.values()
        if each["Type"] == "AWS::Logs::MetricFilter"
    }
    alarms = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert {each["MetricName"] for each in alarms} == counted
    assert {each["MetricName"]: each["TreatMissingData"] for each in alarms} == {
        "CanaryFailed": "notBreaching",
        "CanaryPassed": "breaching",
    }
    logged = (ROOT / "services/registry/src/registry/canary/run.py").read_text()
    for each in resources.values():
        if each["Type"] == "AWS::Logs::MetricFilter":
            [event] = re.findall(r'"(\w+)"', each["Properties"]["FilterPattern"])
            assert f'"{event}"' in logged


async def test_the_outputs_of_an_installation_say_what_to_do_next(cloud: Cloud) -> None:
    outputs = await cloud.deploy("1.0")
    assert set(outputs) >= OUTPUTS
    assert outputs["RegistryHostName"] == GIVEN["RegistryHost"]
    assert outputs["LoadBalancerDNSName"].endswith(".elb.amazonaws.com")
    assert outputs["DkimRecord3"] == "t3._domainkey.example.com CNAME t3.dkim.amazonses.com"
    assert outputs["SignIn"] == "https://quilt.example.com as admin"
    async with cloud.client("secretsmanager") as secrets:
        found = await secrets.get_secret_value(SecretId=outputs["FirstAdministratorSecret"])
    assert len(found["SecretString"]) == 24


@dataclass(frozen=True)
class BalancerRule:
    hosts: list[str]
    """Empty if the rule holds for all hosts."""
    patterns: list[str]
    expressions: list[str]
    service: str | None

    def matches(self, host: str, path: str) -> bool:
        return (not self.hosts or host in self.hosts) and (
            any(fnmatchcase(path, pattern) for pattern in self.patterns)
            or any(re.search(expression, path) for expression in self.expressions)
        )


async def evaluated(cloud: Cloud) -> list[BalancerRule]:
    """All rules that the load balancer has, in its order. The emulator does not keep regular expressions: they are the template's."""
    expressions_of = {
        each["Properties"]["Priority"]: each["Properties"]["Conditions"][-1]["PathPatternConfig"].get("RegexValues", [])
        for each in template("rules.yaml")["Resources"].values()
    }
    balancer = await cloud.nested("Balancer")
    services = {balancer[name]: name.lower() for name in ("Auth", "Registry", "S3Proxy", "Catalog")}
    async with cloud.client("elbv2") as elb:
        rules = (await elb.describe_rules(ListenerArn=balancer["Listener"]))["Rules"]
    found = []
    for rule in sorted(
        (each for each in rules if each["Priority"] != "default"), key=lambda each: int(each["Priority"])
    ):
        given = {each["Field"]: each for each in rule["Conditions"]}
        hosts = given.get("host-header", {}).get("HostHeaderConfig", {}).get("Values", [])
        paths = given["path-pattern"]["PathPatternConfig"].get("Values", [])
        expressions = expressions_of[int(rule["Priority"])]
        assert 0 < len(hosts) + len(paths) + len(expressions) <= 5
        assert all(re.fullmatch(r"[A-Za-z0-9_.$/~\"'@:+*?&-]{1,128}", path) for path in paths)
        assert all(len(expression) <= 128 for expression in expressions)
        action = rule["Actions"][0]
        service = services[action["TargetGroupArn"]] if action["Type"] == "forward" else None
        found.append(BalancerRule(hosts, paths, expressions, service))
    return found


def probes() -> list[str]:
    paths = {"/", "/x"}
    for rule in RoutingTable.read().rules:
        for pattern in rule.paths:
            exact = pattern.removesuffix("$")
            paths |= {
                exact,
                f"{exact}x",
                f"{exact}/x",
                f"{exact}/",
                exact.rstrip("/") or "/",
                f"/x{exact}",
                exact.upper(),
            }
    return sorted(paths)


async def test_the_load_balancer_answers_as_the_routing_table_says(cloud: Cloud) -> None:
    table, rules = RoutingTable.read(), await evaluated(cloud)
    assert {rule.service for rule in rules if rule.service} == {rule.service for rule in table.rules}
    for host, name in {**HOSTS, "elsewhere": "elsewhere.example.com"}.items():
        for path in [*probes(), *INTERNAL_SPELLINGS, *BESIDE_INTERNAL]:
            matching = (rule.service for rule in rules if rule.matches(name, path.partition("?")[0]))
            assert next(matching, None) == table.service_for(host, path), f"{host} {path}"


def test_without_a_host_there_is_no_package_gateway() -> None:
    entry, rules = template("patchwork.yaml"), template("rules.yaml")
    assert entry["Parameters"]["PackagesHost"]["Default"] == ""
    assert rules["Resources"]["PackagesToS3Proxy9000"]["Condition"] == "HasPackagesHost"
    for name in ("tasks.yaml", "single-task.yaml"):
        text = (TEMPLATES / name).read_text()
        given = re.findall(r"(!If \[Packages, )?\{Name: (\w+PACKAGES_\w+),", text)
        assert {setting for _, setting in given} == {
            "AUTH_PUBLIC__PACKAGES_URL",
            "REGISTRY_PUBLIC__PACKAGES_URL",
            "S3PROXY_PACKAGES_HOST",
        }
        assert all(condition for condition, _ in given)


async def test_the_s3_proxy_knows_the_package_gateway_by_its_host(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (await given_to(cloud, "s3proxy")).items():
        monkeypatch.setenv(name, value)
    assert S3ProxySettings().packages_host == GIVEN["PackagesHost"]
    for service in ("auth", "registry"):
        given = await given_to(cloud, service)
        assert given[f"{service.upper()}_PUBLIC__PACKAGES_URL"] == f"https://{GIVEN['PackagesHost']}"


async def test_every_service_has_targets_rollback_and_an_alarm(cloud: Cloud) -> None:
    balancer = await cloud.nested("Balancer")
    async with cloud.client("ecs") as ecs:
        names = ["auth", "registry", "s3proxy", "indexer", "catalog"]
        services = (await ecs.describe_services(cluster="patchwork-tried", services=names))["services"]
    assert {each["serviceName"] for each in services} == set(names)
    for each in services:
        assert each["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert each["deploymentConfiguration"]["minimumHealthyPercent"] == 100
    targets = {each["serviceName"]: {to["targetGroupArn"] for to in each["loadBalancers"]} for each in services}
    assert targets == {
        **{name.lower(): {balancer[name]} for name in ("Auth", "Registry", "S3Proxy", "Catalog")},
        "indexer": set(),
    }
    scaled = template("services.yaml")["Resources"]
    assert {name for name in scaled if name.endswith("Scale")} == {
        f"{name}Scale" for name in ("Auth", "Registry", "S3Proxy", "Indexer", "Catalog")
    }
    assert scaled["EventsWait"]["Properties"]["MetricName"] == "ApproximateAgeOfOldestMessage"


def test_tasks_divide_the_connections_of_the_database_by_as_many_as_there_may_be() -> None:
    most = {size: str(each["Most"]) for size, each in template("services.yaml")["Mappings"]["Tasks"].items()}
    assert {size: each["Most"] for size, each in template("tasks.yaml")["Mappings"]["Replicas"].items()} == most


def names_of(model: type[BaseModel], prefix: str) -> set[str]:
    """Names of all environment variables that set something."""
    found = set()
    for name, each in model.model_fields.items():
        if isinstance(each.validation_alias, str):
            found.add(each.validation_alias)
        for kind in {each.annotation, *get_args(each.annotation)} - {NoneType}:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= names_of(kind, f"{prefix}{name.upper()}__")
        found.add(f"{prefix}{name.upper()}")
    return found


async def given_to(cloud: Cloud, service: str) -> dict[str, str]:
    """The environment of its container; secrets are only named there."""
    async with cloud.client("ecs") as ecs:
        family = f"patchwork-{GIVEN['InstanceName']}-{service}"
        described = await ecs.describe_task_definition(taskDefinition=family)
    [container] = described["taskDefinition"]["containerDefinitions"]
    return settings_of(container)


def settings_of(container: dict[str, Any]) -> dict[str, str]:
    assert container["readonlyRootFilesystem"]
    plain = {each["name"]: each["value"] for each in container["environment"]}
    hidden = {each["name"]: "s" * 40 for each in container.get("secrets", [])}
    assert not set(plain) & set(hidden)
    assert not any(re.search(r"PASSWORD|TOKEN|SECRET", name) for name in plain)
    return {**plain, **hidden}


@pytest.mark.parametrize("service", SETTINGS)
async def test_every_service_gets_the_settings_that_it_needs(
    cloud: Cloud, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, kind = await given_to(cloud, service), SETTINGS[service]
    unknown = set(given) - names_of(kind, f"{service.upper()}_") - OF_THE_PROCESS
    assert not unknown
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings: Any = kind()
    assert settings.profile == "production"
    assert settings.internal.auth_url == "http://auth.tried.patchwork.internal:8080"
    if service != "s3proxy":
        assert settings.database.url.get_secret_value().startswith(f"postgresql+asyncpg://patchwork_{service}:sss")


def test_services_with_a_token_of_their_own_start_after_those_that_must_know_it() -> None:
    """In an upgrade that makes new tokens. While tasks are replaced, the older ones believe the older tokens only."""
    services = template("services.yaml")["Resources"]
    assert set(listed(services["S3ProxyService"]["DependsOn"])) == {"AuthService", "RegistryService"}
    assert set(listed(services["IndexerService"]["DependsOn"])) == {"RegistryService"}


async def test_the_set_up_task_can_build_the_search_index(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    async with cloud.client("ecs") as ecs:
        described = await ecs.describe_task_definition(taskDefinition=f"patchwork-{GIVEN['InstanceName']}-set-up")
    [container] = [each for each in described["taskDefinition"]["containerDefinitions"] if each["name"] == "search"]
    assert container["command"][:3] == ["python", "-m", "registry.cli"]
    settings = parser().parse_args(container["command"][3:]).settings
    given = settings_of(container)
    assert set(given) <= names_of(settings, "REGISTRY_") | OF_THE_PROCESS
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert settings().search == SearchSettings(
        directory=Path("/tmp/search"),  # noqa: S108 – in the container
        snapshot_bucket=(await given_to(cloud, "registry"))["REGISTRY_CATALOG__SERVICE_BUCKET"],
    )
    assert described["taskDefinition"]["taskRoleArn"] == (await role_of(cloud, "registry"))


async def role_of(cloud: Cloud, service: str) -> str:
    async with cloud.client("ecs") as ecs:
        family = f"patchwork-{GIVEN['InstanceName']}-{service}"
        described = await ecs.describe_task_definition(taskDefinition=family)
    role: str = described["taskDefinition"]["taskRoleArn"]
    return role


async def test_every_setting_of_one_machine_is_given_on_aws_or_has_a_reason(cloud: Cloud) -> None:
    machine = (ROOT / "deploy/local/src/localrun/system.py").read_text()
    settings = set(
        re.findall(r'"((?:EVENTS|CATALOG|QUILT2|SEARCH|IAM|ADMIN|MAIL|USER|SERVICE|SIGN|SECRET)_\w+)":', machine)
    )
    given = {name.partition("_")[2] for service in SETTINGS for name in await given_to(cloud, service)}
    # QUILT2__ANONYMOUS lets the world in; security of mail is STARTTLS unless told otherwise.
    assert settings - given <= {"QUILT2__ANONYMOUS", "MAIL__SECURITY"}


async def test_an_upgrade_migrates_before_services_change_and_can_be_taken_back(cloud: Cloud) -> None:
    async def images() -> set[str]:
        async with cloud.client("ecs") as ecs:
            described = await ecs.describe_services(cluster="patchwork-tried", services=["auth"])
            task = described["services"][0]["taskDefinition"]
            containers = (await ecs.describe_task_definition(taskDefinition=task))["taskDefinition"]
        return {each["image"].rpartition(":")[2] for each in containers["containerDefinitions"]}

    async with cloud.deployer() as (aws, tasks):
        wanted = deploying.Deployment(STACK, "1.1", "templates", {"Size": "medium"})
        await deploying.deploy(wanted, aws)
        assert [each.rpartition("/")[2] for each in tasks.images] == [
            "auth:1.1",
            "auth:1.1",
            "registry:1.1",
            "indexer:1.1",
            "registry:1.1",
        ]
        assert await images() == {"1.1"}

        tasks.unknown_for = 3
        await deploying.set_up(await cloud.outputs(), aws)
        tasks.unknown_for = 1 + deploying.MAX_MISSING_POLLS
        with pytest.raises(deploying.DeploymentFailed, match="does not know the set-up task"):
            await deploying.set_up(await cloud.outputs(), aws)

        tasks.exit_codes = {"registry": 1}
        with pytest.raises(deploying.DeploymentFailed, match="'registry': 1"):
            await deploying.deploy(deploying.Deployment(STACK, "1.2", "templates"), aws)
        assert await images() == {"1.1"}

        tasks.images.clear()
        await deploying.deploy(deploying.Deployment(STACK, "1.0", "templates", migrate=False), aws)
        assert tasks.images == []
        assert await images() == {"1.0"}


async def test_a_first_installation_that_failed_says_why_and_can_be_repeated(cloud: Cloud) -> None:
    given = {**GIVEN, "InstanceName": "limited", "SesDomain": "", "ObjectLevelLogging": "none"}
    async with cloud.deployer() as (aws, _):
        failing = deploying.Deployment("limited-one", "1.0", "templates", {**given, "NatGateways": "1"}, protect=True)
        with pytest.raises(deploying.DeploymentFailed, match="maximum number of addresses"):
            await deploying.deploy(failing, aws)
        # The emulator leaves behind what the nested stack had made: another name of the installation does not meet it.
        again = {**given, "InstanceName": "again"}
        wanted = deploying.Deployment("limited-one", "1.0", "templates", again, protect=True)
        outputs = await deploying.deploy(wanted, aws)
        [stack] = (await aws.cloudformation.describe_stacks(StackName="limited-one"))["Stacks"]
        groups = (await aws.logs.describe_log_groups(logGroupNamePrefix=outputs["DatabaseLogGroup"]))["logGroups"]
    async with cloud.client("rds") as rds:
        [database] = (await rds.describe_db_instances(DBInstanceIdentifier=outputs["Database"]))["DBInstances"]
    assert database["DeletionProtection"]
    assert stack["EnableTerminationProtection"]
    assert [each["retentionInDays"] for each in groups] == [30]


class StackEvents:
    """CloudFormation's events of stacks as AWS writes them. The emulator gives no id of a nested stack that failed."""

    def __init__(self, events: dict[str, list[tuple[str, str, str, str, str]]]) -> None:
        self._events = events

    def get_paginator(self, _: str) -> "StackEvents":
        return self

    async def paginate(self, *, StackName: str) -> AsyncIterator[dict[str, Any]]:  # noqa: N803 – boto's name
        for kind, name, physical, status, reason in self._events[StackName]:
            event = {"ResourceType": kind, "LogicalResourceId": name, "PhysicalResourceId": physical}
            told = {"ResourceStatus": status, "ResourceStatusReason": reason, "StackId": StackName}
            yield {"StackEvents": [{**event, **told}]}


async def test_the_reason_of_a_failure_is_that_of_the_nested_stack(cloud: Cloud) -> None:
    stack, volume = "AWS::CloudFormation::Stack", "AWS::EC2::Volume"
    events = {
        "root": [
            (
                stack,
                "root",
                "root",
                "UPDATE_ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to update: [Data].",
            ),
            (stack, "Tasks", "tasks", "UPDATE_FAILED", "Resource update cancelled"),
            (stack, "Data", "data", "UPDATE_FAILED", "Embedded stack data was not successfully updated"),
            (stack, "root", "root", "UPDATE_IN_PROGRESS", "User Initiated"),
            (volume, "Disk", "disk", "CREATE_FAILED", "An older failure"),
        ],
        "data": [
            (stack, "data", "data", "UPDATE_FAILED", "Resource handler failed"),
            ("AWS::RDS::DBInstance", "Database", "db", "UPDATE_FAILED", "Storage cannot shrink"),
            (stack, "data", "data", "UPDATE_IN_PROGRESS", "User Initiated"),
        ],
    }
    async with cloud.deployer() as (aws, _):
        told = await deploying.reasons("root", replace(aws, cloudformation=StackEvents(events)))
    assert told == "Database: Storage cannot shrink; data: Resource handler failed"


async def test_aurora_and_a_key_of_ones_own_can_be_chosen(cloud: Cloud) -> None:
    key = "arn:aws:kms:us-east-1:000000000000:key/1234-5678"
    given = {**GIVEN, "InstanceName": "aurora", "SesDomain": "", "ObjectLevelLogging": "none", "DBEngine": "aurora"}
    async with cloud.deployer() as (aws, _):
        wanted = deploying.Deployment("aurora", "1.0", "templates", {**given, "KmsKeyArn": key})
        outputs = await deploying.deploy(wanted, aws)
    async with cloud.client("rds") as rds, cloud.client("secretsmanager") as secrets, cloud.client("ecs") as ecs:
        [writer] = (await rds.describe_db_instances(DBInstanceIdentifier=outputs["Database"]))["DBInstances"]
        found = await rds.describe_db_clusters(DBClusterIdentifier=writer["DBClusterIdentifier"])
        secret = await secrets.describe_secret(SecretId=outputs["AuthKeySecret"])
        task = (await ecs.describe_task_definition(taskDefinition="patchwork-aurora-auth"))["taskDefinition"]
    [cluster] = found["DBClusters"]
    assert (cluster["Engine"], len(cluster["DBClusterMembers"])) == ("aurora-postgresql", 2)
    assert outputs["DatabaseLogGroup"] == f"/aws/rds/cluster/{cluster['DBClusterIdentifier']}/postgresql"
    assert secret["KmsKeyId"] == key
    given_to_auth = {each["name"]: each["value"] for each in task["containerDefinitions"][0]["environment"]}
    assert given_to_auth["AUTH_IAM__KMS_KEY_ARN"] == key
    assert cluster["Endpoint"] in given_to_auth["AUTH_DATABASE__URL"]


def test_a_secret_that_a_parameter_changes_is_that_parameter_where_it_is_used() -> None:
    """CloudFormation resolves a reference to a secret again only when the text of the property changes."""
    for path in TEMPLATES.glob("*.yaml"):
        for name, resource in template(path.name)["Resources"].items():
            for key, value in resource.get("Properties", {}).items():
                if "resolve:secretsmanager" in json.dumps(value):
                    chosen = value if value[0] == "GivenPassword" else value[1]
                    assert chosen[:2] == ["GivenPassword", "DBPassword"], (path.name, name, key)


@pytest.mark.parametrize("kind", ["basic", "advanced"])
async def test_the_objects_of_registered_buckets_are_logged(cloud: Cloud, kind: str) -> None:
    theirs: dict[str, Any] = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}
    put = {"EventSelectors": [theirs]}
    if kind == "advanced":
        fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
        put = {"AdvancedEventSelectors": [{"Name": "theirs", "FieldSelectors": fields}]}
    async with cloud.client("s3") as s3, cloud.client("cloudtrail") as cloudtrail:
        await s3.create_bucket(Bucket=f"logs-{kind}")
        arn = (await cloudtrail.create_trail(Name=f"trail-{kind}", S3BucketName=f"logs-{kind}"))["TrailARN"]
        await cloudtrail.put_event_selectors(TrailName=arn, **put)

        async def logged() -> str:
            return json.dumps(await cloudtrail.get_event_selectors(TrailName=arn))

        before = await logged()
        trail = CloudTrail(cloudtrail, arn)
        for bucket in ("data-one", "data-two", "data-one"):
            await trail.add(bucket)
        assert (await logged()).count("arn:aws:s3:::data-one/") == 1
        await trail.remove("data-one")
        assert "data-one" not in await logged()
        assert "arn:aws:s3:::data-two/" in await logged()
        await trail.remove("data-two")
        await trail.remove("data-two")
        assert selected(await logged()) == selected(before)
        with pytest.raises(TrailRefused, match="no-such-trail"):
            await CloudTrail(cloudtrail, arn.replace(f"trail-{kind}", "no-such-trail")).add("data-one")


def selected(answer: str) -> Any:
    found = json.loads(answer)
    return found.get("AdvancedEventSelectors") or found["EventSelectors"]


@pytest.mark.parametrize(
    "changed",
    [
        {"CertificateArn": "a certificate"},
        {"VpcCidr": "10.0.0.0/24"},
        {"TrailArn": "arn:aws:cloudtrail:us-east-1:000000000000:trail/ours"},
        {"AccessLogs": "logs-of-ours"},
        {"AccessLogs": "trail", "ObjectLevelLogging": "none"},
        {"RegistryHost": "https://registry.example.com"},
        {"AdminPassword": "short"},
        {"Size": "huge"},
        {"PrivateSubnetIds": "subnet-1", "VpcId": "vpc-1"},
        {
            "LoadBalancerSubnetCidrs": "",
            "VpcId": "vpc-1",
            "PrivateSubnetIds": "subnet-1,subnet-2",
            "LoadBalancerScheme": "internal",
        },
    ],
    ids=",".join,
)
async def test_bad_parameters_are_refused(cloud: Cloud, changed: dict[str, str]) -> None:
    async with cloud.deployer() as (aws, _):
        wanted = deploying.Deployment("refused", "1.0", "templates", {**GIVEN, **changed})
        with pytest.raises(Exception, match=next(iter(changed))):
            await deploying.deploy(wanted, aws)


async def test_an_existing_network_is_used(cloud: Cloud) -> None:
    async with cloud.client("ec2") as ec2:
        vpc = (await ec2.create_vpc(CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
        made = [
            (await ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24"))["Subnet"]["SubnetId"]
            for number in range(4)
        ]
    async with cloud.deployer() as (aws, _):
        network = {
            "VpcId": vpc,
            "PrivateSubnetIds": ",".join(made[2:]),
            "LoadBalancerSubnetCidrs": "10.9.2.0/24,10.9.3.0/24",
            "LoadBalancerScheme": "internal",
        }
        existing = {**GIVEN, **network, "InstanceName": "internal", "ObjectLevelLogging": "existing"}
        wanted = deploying.Deployment("internal", "1.0", "templates", existing)
        outputs = await deploying.deploy(wanted, aws)
    assert outputs["TaskSubnets"] == ",".join(made[2:])
    assert outputs["TaskPublicAddress"] == "DISABLED"
    async with cloud.client("elbv2") as elb:
        [balancer] = (await elb.describe_load_balancers(Names=["patchwork-internal-inner"]))["LoadBalancers"]
    assert balancer["Scheme"] == "internal"
    assert await believed(cloud, "internal") == {"10.9.2.0/24", "10.9.3.0/24"}
    assert {each["SubnetId"] for each in balancer["AvailabilityZones"]} == set(made[2:])


async def believed(cloud: Cloud, instance: str) -> set[str]:
    """Addresses that all services of an installation believe about who asks."""
    found = set()
    async with cloud.client("ecs") as ecs:
        for service in ("auth", "registry", "s3proxy", "indexer"):
            task = (await ecs.describe_task_definition(taskDefinition=f"patchwork-{instance}-{service}"))[
                "taskDefinition"
            ]
            [container] = [each for each in task["containerDefinitions"] if each["name"] == service]
            found.add({each["name"]: each["value"] for each in container["environment"]}["FORWARDED_ALLOW_IPS"])
    [addresses] = found
    return set(addresses.split(","))


async def test_services_believe_the_subnets_of_the_load_balancer_alone(cloud: Cloud) -> None:
    async with cloud.client("elbv2") as elb, cloud.client("ec2") as ec2:
        [balancer] = (await elb.describe_load_balancers(Names=["patchwork-tried"]))["LoadBalancers"]
        ids = [each["SubnetId"] for each in balancer["AvailabilityZones"]]
        subnets = (await ec2.describe_subnets(SubnetIds=ids))["Subnets"]
    assert await believed(cloud, "tried") == {each["CidrBlock"] for each in subnets}


def test_no_service_believes_more_than_the_subnets_of_the_load_balancer() -> None:
    text = "".join(path.read_text() for path in TEMPLATES.glob("*.yaml"))
    assert set(re.findall(r"FORWARDED_ALLOW_IPS, Value: (.*)}", text)) == {"!Ref BalancerCidrs"}


async def test_the_smallest_size_is_one_task(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    async with cloud.deployer() as (aws, _):
        logs = {"ObjectLevelLogging": "none", "AccessLogs": "s3://logs-of-ours/of-requests/"}
        wanted = {**GIVEN, "InstanceName": "smallest", "Size": "single", **logs}
        outputs = await deploying.deploy(deploying.Deployment("smallest", "1.0", "templates", wanted), aws)
        stacks = (await aws.cloudformation.describe_stacks())["Stacks"]
    [identity] = [each for each in stacks if each["StackName"].startswith("smallest-Identity")]
    role = {each["OutputKey"]: each["OutputValue"] for each in identity["Outputs"]}["AuthTask"]
    async with cloud.client("ecs") as ecs, cloud.client("iam") as iam, cloud.client("rds") as rds:
        services = await ecs.describe_services(cluster="patchwork-smallest", services=["together", "auth"])
        [service] = [each for each in services["services"] if each["status"] == "ACTIVE"]
        task = (await ecs.describe_task_definition(taskDefinition=service["taskDefinition"]))["taskDefinition"]
        rights = (await iam.list_role_policies(RoleName=role.rpartition("/")[2]))["PolicyNames"]
        [database] = (await rds.describe_db_instances(DBInstanceIdentifier=outputs["Database"]))["DBInstances"]
    assert task["taskRoleArn"] == role
    assert sorted(rights) == sorted([*SETTINGS, "access-logs", "existing-roles"])
    assert [each["capacityProvider"] for each in service["capacityProviderStrategy"]] == ["FARGATE_SPOT"]
    assert not database["MultiAZ"]
    containers = {each["name"]: each for each in task["containerDefinitions"]}
    ports = {name: each["portMappings"][0]["containerPort"] for name, each in containers.items()}
    assert len(set(ports.values())) == len(SETTINGS) + 1
    balanced = {each["containerName"]: each["containerPort"] for each in service["loadBalancers"]}
    assert balanced == {name: port for name, port in ports.items() if name != "indexer"}
    for name, kind in SETTINGS.items():
        given = settings_of(containers[name])
        assert given.pop("UVICORN_PORT") == str(ports[name])
        location = given.pop("REGISTRY_ACCESS_LOGS__LOCATIONS", None)
        assert location == (logs["AccessLogs"] if name == "registry" else None)
        assert set(given) == set(await given_to(cloud, name)) - {"REGISTRY_EVENTS__TRAIL_ARN"}
        with monkeypatch.context() as patched:
            for variable, value in given.items():
                patched.setenv(variable, value)
            settings: Any = kind()
        for other in SETTINGS:
            assert getattr(settings.internal, f"{other}_url") == f"http://127.0.0.1:{ports[other]}"


async def test_an_installation_is_removed(cloud: Cloud) -> None:
    """The last of this file, after which nothing is left."""
    async with cloud.deployer() as (aws, _):
        await aws.cloudformation.delete_stack(StackName=STACK)
        left = [STACK]
        while left:
            stacks = (await aws.cloudformation.describe_stacks())["Stacks"]
            mine = [each for each in stacks if re.match(rf"{STACK}(-|$)", each["StackName"])]
            assert not [each for each in mine if each["StackStatus"] == "DELETE_FAILED"]
            left = [each["StackName"] for each in mine if each["StackStatus"] != "DELETE_COMPLETE"]


def test_data_is_kept_when_its_stack_is_deleted() -> None:
    """Said by the templates: the emulator does not keep what a nested stack should."""
    policies = {
        (path.name, name): resource["DeletionPolicy"]
        for path in TEMPLATES.glob("*.yaml")
        for name, resource in template(path.name)["Resources"].items()
        if "DeletionPolicy" in resource
    }
    assert policies == {
        ("data.yaml", "Database"): "Snapshot",
        ("data.yaml", "Cluster"): "Snapshot",
        ("data.yaml", "ServiceBucket"): "Retain",
        ("data.yaml", "NewPackages"): "Retain",
        ("observability.yaml", "TrailBucket"): "Retain",
        ("secrets.yaml", "DatabaseAdmin"): "Retain",
        ("secrets.yaml", "AuthKey"): "Retain",
    }
