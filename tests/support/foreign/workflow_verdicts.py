"""Run by the real client's own Python: what it says of pushes, on standard input as JSON, under workflows in local registries."""

import json
import sys
from pathlib import Path
from typing import Any

from quilt3 import Package, workflows
from quilt3.backends import get_package_registry
from quilt3.packages import PackageEntry
from quilt3.util import PhysicalKey


def verdict(base: Path, case: dict[str, Any]) -> dict[str, Any]:
    """Takes it or not, and what the header of the manifest would say."""
    where = base / ".quilt" / "workflows"
    where.mkdir(parents=True)
    if case["config"] is not None:
        (where / "config.yml").write_text(case["config"].replace("s3://bucket/", f"file://{base}/"))
    for name, text in case["schemas"].items():
        (base / name).write_text(text)
    package = Package()
    if case["meta"] is not None:
        package.set_meta(case["meta"])
    for key, (size, meta) in case["entries"].items():
        entry = PackageEntry(PhysicalKey("bucket", key, None), size, None, {"user_meta": meta} if meta else {})
        package.set(key, entry)
    workflow = ... if case["workflow"] == "default" else case["workflow"]
    try:
        header = workflows.validate(
            registry=get_package_registry(f"file://{base}"),
            workflow=workflow,
            name=case["name"],
            pkg=package,
            message=case["message"],
        )
    except Exception as error:  # noqa: BLE001 - the client lets many kinds through
        return {"takes": False, "why": f"{type(error).__name__}: {error}"}
    return {"takes": True, "header": json.loads(json.dumps(header).replace(f"file://{base}/", "s3://bucket/"))}


if __name__ == "__main__":
    home = Path(sys.argv[1]).resolve()
    cases = json.load(sys.stdin)
    print(json.dumps([verdict(home / str(index), case) for index, case in enumerate(cases)]))  # noqa: T201
