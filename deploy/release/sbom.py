"""A software bill of materials for each image, in CycloneDX 1.6, from the files that pin what is in it.

    python deploy/release/sbom.py DIRECTORY     # writes auth.cdx.json, registry.cdx.json, … and catalog.cdx.json

The libraries of Python come from requirements/image-*.txt, those of the catalog from its package-lock.json, the base images from the
Dockerfiles. What the base images hold is in the bills of their makers.
"""

import argparse
import base64
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from packaging.requirements import Requirement
from version import ROOT, version

SERVICES = ("auth", "registry", "indexer", "s3proxy")
LINUX = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "python_version": "3.11",
    "python_full_version": "3.11.14",
}
"""Environment of the images. Wheels for both processors are listed."""
ALGORITHMS = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}

_HASH = re.compile(r"--hash=(\w+):([0-9a-f]+)")
_FROM = re.compile(r"(?m)^FROM (\S+)(?: AS (\w+))?$")
_SPDX = re.compile(r"[A-Za-z0-9.+() -]+")

Component = dict[str, Any]


def bill(name: str, components: list[Component]) -> dict[str, Any]:
    """The same input makes the same bill, so that two builds can be compared."""
    components.sort(key=lambda each: str(each["bom-ref"]))
    number = version()
    content = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'patchwork/{name}/{number}/{content}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": f"patchwork/{name}",
                "name": f"patchwork/{name}",
                "version": number,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [
            {"ref": f"patchwork/{name}", "dependsOn": [each["bom-ref"] for each in components]},
        ],
    }


def service_components(service: str) -> list[Component]:
    lock = (ROOT / "requirements" / f"image-{service}.txt").read_text()
    own = [_own("shared"), _own(service)]
    return [*own, *base_images("service"), *python_components(lock)]


def python_components(lock: str) -> Iterator[Component]:
    """Components of a file of requirements with hashes, those that Linux needs."""
    for entry in lock.replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.startswith(("#", " ")):
            continue
        requirement = Requirement(entry.partition(" --hash")[0].strip())
        if requirement.marker and not any(
            requirement.marker.evaluate({**LINUX, "platform_machine": machine}) for machine in ("x86_64", "aarch64")
        ):
            continue
        number = str(requirement.specifier).removeprefix("==")
        reference = f"pkg:pypi/{requirement.name}@{number}"
        yield {
            "type": "library",
            "bom-ref": reference,
            "name": requirement.name,
            "version": number,
            "purl": reference,
            # A release has a file for each platform; the image has one of them.
            "properties": [
                {"name": f"patchwork:file-{algorithm}", "value": digest} for algorithm, digest in _HASH.findall(entry)
            ],
            **_licenses(requirement.name),
        }


def catalog_components() -> list[Component]:
    """Components of the catalog: its dependencies, but for those of development."""
    packages = json.loads((ROOT / "catalog" / "package-lock.json").read_text())["packages"]
    return [*base_images("catalog"), *_npm_components(packages)]


def _npm_components(packages: dict[str, Any]) -> Iterator[Component]:
    seen = set()
    for path, each in packages.items():
        name = path.rpartition("node_modules/")[2]
        reference = f"pkg:npm/{quote(name, safe='/')}@{each.get('version')}"
        if not path or each.get("dev") or each.get("link") or reference in seen:
            continue
        seen.add(reference)
        algorithm, _, digest = str(each.get("integrity", "")).partition("-")
        hashes = [{"alg": ALGORITHMS[algorithm], "content": base64.b64decode(digest).hex()}] if digest else []
        said = each.get("license")
        yield {
            "type": "library",
            "bom-ref": reference,
            "name": name,
            "version": str(each["version"]),
            "purl": reference,
            "hashes": hashes,
            **({"licenses": [{"license": {"name": said}}]} if isinstance(said, str) else {}),
        }


def base_images(dockerfile: str) -> Iterator[Component]:
    """The images that an image is made from, without those that only build."""
    for image, stage in _FROM.findall((ROOT / "deploy" / "images" / f"{dockerfile}.Dockerfile").read_text()):
        if stage == "build":
            continue
        name, _, tag = image.partition(":")
        reference = f"pkg:docker/{name}@{tag}"
        yield {"type": "container", "bom-ref": reference, "name": name, "version": tag, "purl": reference}


def _own(name: str) -> Component:
    return {
        "type": "library",
        "bom-ref": f"pkg:generic/patchwork-{name}@{version()}",
        "name": f"patchwork-{name}",
        "version": version(),
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }


def _licenses(name: str) -> dict[str, Any]:
    """The licence that an installed library states; nothing for one that is not installed here."""
    try:
        said: Any = metadata(name)
    except PackageNotFoundError:
        return {}
    if expression := said.get("License-Expression"):
        return {"licenses": [{"expression": expression}]}
    classified = [
        each.rpartition(" :: ")[2] for each in said.get_all("Classifier", []) if each.startswith("License ::")
    ]
    short = said.get("License", "")
    names = classified or ([short] if short and _SPDX.fullmatch(short) else [])
    return {"licenses": [{"license": {"name": each}} for each in names]} if names else {}


def bills() -> dict[str, dict[str, Any]]:
    return {
        **{service: bill(service, service_components(service)) for service in SERVICES},
        "catalog": bill("catalog", catalog_components()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a software bill of materials for each image.")
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    for name, each in bills().items():
        path = directory / f"{name}.cdx.json"
        path.write_text(json.dumps(each, indent=1) + "\n")
        print(f"{path}: {len(each['components'])} components", file=sys.stderr)


if __name__ == "__main__":
    main()
