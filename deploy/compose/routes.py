"""The front's rules from deploy/routing.toml: `python deploy/compose/routes.py` writes routes.caddy.

Caddy compares paths without their encoding, doubled slashes and capitals; what it passes on is what was sent.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TARGET = HERE / "routes.caddy"
HEADER = "# Made by deploy/compose/routes.py from deploy/routing.toml: change that, and run it again.\n"


def pattern(path: str) -> str:
    return path.removesuffix("$") if path.endswith("$") else f"{path}*"


def routes(table: list[dict[str, Any]]) -> Iterator[str]:
    for service in dict.fromkeys(each["service"] for each in table):
        yield f"\n(to-{service}) {{\n\treverse_proxy {service}:8080 {{\n\t\timport upstream\n\t}}\n}}\n"
    for host in dict.fromkeys(each["host"] for each in table):
        yield f"\n({host}) {{\n\troute {{\n\t\t@nobodys path /internal /internal/*\n\t\terror @nobodys 404\n"
        for number, rule in enumerate(each for each in table if each["host"] == host):
            patterns = " ".join(pattern(path) for path in rule["paths"])
            if patterns == "/*":
                yield f"\t\timport to-{rule['service']}\n"
            else:
                name = f"@{host}{number}"
                yield f"\t\t{name} path {patterns}\n\t\thandle {name} {{\n\t\t\timport to-{rule['service']}\n\t\t}}\n"
        yield "\t\terror 404\n\t}\n}\n"


def rendered() -> str:
    table = tomllib.loads((HERE.parent / "routing.toml").read_text())["rule"]
    return HEADER + "".join(routes(table))


if __name__ == "__main__":
    TARGET.write_text(rendered())
