"""All containers in one task, for the size `single`: `python deploy/aws/single_task.py` writes templates/single-task.yaml.

They are those of templates/tasks.yaml, each with a port of its own, and find each other on the task's own address.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent / "templates"
SOURCE, TARGET = HERE / "tasks.yaml", HERE / "single-task.yaml"
PORTS = {"catalog": 8080, "auth": 8081, "registry": 8082, "s3proxy": 8083, "indexer": 8084}
NAMES = {"auth": "Auth", "registry": "Registry", "s3proxy": "S3Proxy", "indexer": "Indexer", "catalog": "Catalog"}
BALANCED = ["auth", "registry", "s3proxy", "catalog"]
HEADER = """\
# Made by deploy/aws/single_task.py from tasks.yaml: change that, and run it again.
AWSTemplateFormatVersion: "2010-09-09"
Description: Patchwork's services as one task with a container for each - the smallest installation.

"""
OF_THE_SERVICE = """\
  Cluster: {Type: String}
  Subnets: {Type: CommaDelimitedList}
  PublicAddress: {Type: String}
  SecurityGroup: {Type: String}
  CapacityProvider: {Type: String}
  TogetherStart: {Type: String}
"""
TASK = """\
Resources:
  Together:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Sub "patchwork-${InstanceName}-together"
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      RuntimePlatform: {OperatingSystemFamily: LINUX, CpuArchitecture: !Ref CpuArchitecture}
      Cpu: 512
      Memory: 2048
      ExecutionRoleArn: !Ref TogetherStart
      TaskRoleArn: !Ref AuthTask
"""
SERVICE = """
  TogetherService:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: together
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Together
      PlatformVersion: "1.4.0"
      DesiredCount: 1
      CapacityProviderStrategy: [{CapacityProvider: !Ref CapacityProvider, Weight: 1}]
      HealthCheckGracePeriodSeconds: 180
      DeploymentConfiguration:
        DeploymentCircuitBreaker: {Enable: true, Rollback: true}
        MinimumHealthyPercent: 100
        MaximumPercent: 200
      NetworkConfiguration:
        AwsvpcConfiguration:
          Subnets: !Ref Subnets
          SecurityGroups: [!Ref SecurityGroup]
          AssignPublicIp: !Ref PublicAddress
      LoadBalancers:
"""
LAST = """\
      PropagateTags: SERVICE
      EnableECSManagedTags: true
"""


def container(source: str, service: str) -> str:
    """Of the service's own task, without its line `ContainerDefinitions:`."""
    [found] = re.findall(
        rf"^  {NAMES[service]}:\n.*?ContainerDefinitions:\n(.*?)\n\n", f"{source}\n", re.MULTILINE | re.DOTALL
    )
    port = str(PORTS[service])
    found = found.replace("8080}]", f"{port}}}]").replace("127.0.0.1:8080/", f"127.0.0.1:{port}/")
    found = found.replace("SourceVolume: tmp", f"SourceVolume: {service}")
    found = re.sub(
        r'!Sub "http://(\w+)\.\$\{InstanceName\}\.patchwork\.internal:8080"',
        lambda address: f'"http://127.0.0.1:{PORTS[address[1]]}"',
        found,
    )
    if service == "catalog":
        return found
    own = "          Environment:\n"
    return found.replace(own, f'{own}            - {{Name: UVICORN_PORT, Value: "{port}"}}\n')


def used(section: str, text: str) -> str:
    """Lines of a section that name what the text mentions."""
    names = set(re.findall(r"!Ref (\w+)|\$\{(\w+)|!If \[(\w+)|!Condition (\w+)", text))
    mentioned = {name for names in names for name in names if name}
    return "".join(line for line in section.splitlines(keepends=True) if line.split(":")[0].strip() in mentioned)


def section(source: str, name: str) -> str:
    return source.partition(f"\n{name}:\n")[2].partition("\n\n")[0] + "\n"


def template(source: str) -> str:
    volumes = ", ".join(f"{{Name: {service}}}" for service in NAMES)
    containers = "\n".join(container(source, service) for service in NAMES)
    targets = "".join(
        f"        - {{ContainerName: {each}, ContainerPort: {PORTS[each]}, TargetGroupArn: !Ref {NAMES[each]}Targets}}\n"
        for each in BALANCED
    )
    resources = f"{TASK}      Volumes: [{volumes}]\n      ContainerDefinitions:\n{containers}\n{SERVICE}{targets}{LAST}"
    conditions = section(source, "Conditions")
    conditions = used(conditions, resources + used(conditions, resources))
    parameters = used(section(source, "Parameters"), resources + conditions) + OF_THE_SERVICE
    parameters += "".join(f"  {NAMES[each]}Targets: {{Type: String}}\n" for each in BALANCED)
    return f"{HEADER}Parameters:\n{parameters}\nConditions:\n{conditions}\n{resources}"


if __name__ == "__main__":
    TARGET.write_text(template(SOURCE.read_text()))
