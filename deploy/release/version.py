"""One version for everything: the file VERSION has it, and this writes it wherever else it stands.

python deploy/release/version.py            # check that all places have it
python deploy/release/version.py 0.2.0      # set it everywhere
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORM = re.compile(r"\d+\.\d+\.\d+")
PLACES = {
    **{
        f"{folder}/pyproject.toml": r'(?m)(?<=^version = ")[^"]+(?="$)'
        for folder in (
            "shared",
            "services/auth",
            "services/registry",
            "services/indexer",
            "services/s3proxy",
            "deploy/local",
        )
    },
    "compose.yaml": r"(?<=\$\{PATCHWORK_VERSION:-)[^}]+(?=\})",
    "deploy/images/service.Dockerfile": r"(?m)(?<=^ARG VERSION=).+$",
    "deploy/images/catalog.Dockerfile": r"(?m)(?<=^ARG VERSION=).+$",
    "catalog/package.json": r'(?m)(?<=^  "version": ")[^"]+(?=",$)',
    "catalog/package-lock.json": r'(?<="name": "patchwork-catalog",\n)\s+"version": "[^"]+"',
}
"""Files, and the pattern of the version in each."""


def version() -> str:
    return (ROOT / "VERSION").read_text().strip()


def stale_places() -> Iterator[str]:
    """Places that have another version than VERSION, or none."""
    wanted = version()
    for name, pattern in PLACES.items():
        found = [each.group() for each in re.finditer(pattern, (ROOT / name).read_text())]
        if not found or any(FORM.search(each) is None or wanted not in each for each in found):
            yield f"{name}: {', '.join(found) or 'no version'}"


def set_version(wanted: str) -> None:
    (ROOT / "VERSION").write_text(f"{wanted}\n")
    for name, pattern in PLACES.items():
        path = ROOT / name
        text = path.read_text()
        path.write_text(re.sub(pattern, lambda found: FORM.sub(wanted, found.group()), text))
    json.loads((ROOT / "catalog/package-lock.json").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description="Check that all places have the version in VERSION, or set it in all.")
    parser.add_argument("version", nargs="?", metavar="MAJOR.MINOR.PATCH")
    wanted = parser.parse_args().version
    if wanted:
        if not FORM.fullmatch(wanted):
            parser.error(f"{wanted} is not MAJOR.MINOR.PATCH")
        set_version(wanted)
    if stale := list(stale_places()):
        raise SystemExit("\n".join([f"VERSION is {version()}, but", *stale]))
    print(version())


if __name__ == "__main__":
    main()
