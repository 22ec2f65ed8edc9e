"""The load balancer's rules from deploy/routing.toml: `python deploy/aws/rules.py` writes templates/rules.yaml.

A rule of a load balancer has at most five values in its conditions: the host, and four paths. What follows `/internal`
is nobody's. Patterns cannot have a `%`, so spellings with encoded letters do reach the services, which want their token.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TARGET = HERE / "templates" / "rules.yaml"
TARGETS = {"auth": "Auth", "registry": "Registry", "s3proxy": "S3Proxy", "catalog": "Catalog"}
HOSTS = {"registry": "RegistryHost", "catalog": "QuiltWebHost", "s3proxy": "S3ProxyHost", "connect": "ConnectHost"}
OPTIONAL = {"connect"}
"""Hosts that an installation may do without."""
VALUES = 5
INTERNAL = ["/internal", "/internal/*", "//internal*"]
HEADER = """\
# Made by deploy/aws/rules.py from deploy/routing.toml: change that, and run it again.
AWSTemplateFormatVersion: "2010-09-09"
Description: Which host and path of Patchwork's load balancer belongs to which service.

Parameters:
  Listener: {Type: String}
  QuiltWebHost: {Type: String}
  RegistryHost: {Type: String}
  S3ProxyHost: {Type: String}
  ConnectHost: {Type: String}
  Auth: {Type: String}
  Registry: {Type: String}
  S3Proxy: {Type: String}
  Catalog: {Type: String}

Conditions:
  HasConnectHost: !Not [!Equals [!Ref ConnectHost, ""]]

Resources:
"""


def pattern(path: str) -> str:
    return path.removesuffix("$") if path.endswith("$") else f"{path}*"


def rules(table: list[dict[str, Any]]) -> Iterator[str]:
    priority = 1
    yield _rule("Internal", priority, INTERNAL)
    numbers: dict[str, int] = {}
    for each in table:
        host, service = each["host"], each["service"]
        # A prefix of everything needs no condition, but says what it is for.
        for paths in _batches([pattern(path) for path in each["paths"]], VALUES - 1):
            priority += 1
            name = f"{host.capitalize()}To{TARGETS[service]}"
            numbers[name] = numbers.get(name, 0) + 1
            yield _rule(f"{name}{numbers[name]}", priority, paths, host, service)


def _rule(name: str, priority: int, paths: list[str], host: str = "", service: str = "") -> str:
    lines = [f"  {name}:", "    Type: AWS::ElasticLoadBalancingV2::ListenerRule"]
    if host in OPTIONAL:
        lines.append(f"    Condition: Has{HOSTS[host]}")
    lines += ["    Properties:", "      ListenerArn: !Ref Listener", f"      Priority: {priority}", "      Conditions:"]
    if host:
        lines.append(f"        - {{Field: host-header, HostHeaderConfig: {{Values: [!Ref {HOSTS[host]}]}}}}")
    values = ", ".join(f'"{path}"' for path in paths)
    lines.append(f"        - {{Field: path-pattern, PathPatternConfig: {{Values: [{values}]}}}}")
    if service:
        lines.append(f"      Actions: [{{Type: forward, TargetGroupArn: !Ref {TARGETS[service]}}}]")
    else:
        lines.append('      Actions: [{Type: fixed-response, FixedResponseConfig: {StatusCode: "404"}}]')
    return "\n".join(lines)


def template(routing: Path = HERE.parent / "routing.toml") -> str:
    return HEADER + "\n".join(rules(tomllib.loads(routing.read_text())["rule"])) + "\n"


def _batches(values: list[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(values), size):
        yield values[first : first + size]


if __name__ == "__main__":
    TARGET.write_text(template())
