"""The real quilt3 with `default_registry_version: 2` pushes packages that all routes show."""

from pathlib import Path

import pytest
from support.worlds.system import BUCKET, REGISTRY, Client, System, eventually

PACKAGE = "zoe/second"
USE_SECOND = "import quilt3; quilt3.config(default_registry_version=2)"
DELETE = "import sys, quilt3; quilt3.delete_package(sys.argv[1], sys.argv[2], top_hash=sys.argv[3])"


@pytest.mark.long
def test_packages_of_the_second_layout_are_read_revised_and_deleted(system: System, homes: Path) -> None:
    system.create_user("zoe", "zoe's password", "ReadWriteAll")
    zoe = Client(homes / "zoe", system)
    api = zoe.sign_in("zoe", "zoe's password")
    configured = zoe.attempt("python", "-c", USE_SECOND)
    assert configured.returncode == 0, configured.stderr
    folder = homes / "second"
    folder.mkdir()
    (folder / "a.csv").write_text("a\n1\n")
    at = f"/api/v1/buckets/{BUCKET}/packages/{PACKAGE}"

    def is_latest(top_hash: str) -> bool:
        answer = api.request("GET", at)
        return answer.status_code == 200 and answer.json()["latest"]["top_hash"] == top_hash

    first = zoe.act("push", PACKAGE, REGISTRY, folder, "first")["top_hash"]
    eventually(lambda: is_latest(first), or_say=lambda: system.output)
    (folder / "b.csv").write_text("b\n2\n")
    second = zoe.act("push", PACKAGE, REGISTRY, folder, "second")["top_hash"]
    eventually(lambda: is_latest(second), or_say=lambda: system.output)

    ours = {(item["tag"], item["top_hash"], item["state"]) for item in api.get(f"{at}/revisions")["items"]}
    theirs = {(tag, top_hash, "ready") for tag, top_hash in zoe.act("versions", PACKAGE, REGISTRY)}
    assert ours == theirs
    browsed = zoe.act("browse", PACKAGE, REGISTRY, second[:10])
    listed = {item["path"]: item["physical_key"] for item in api.get(f"{at}/revisions/{second[:10]}/entries")["items"]}
    assert listed == {key: entry["physical_key"] for key, entry in browsed["entries"].items()}

    deleted = zoe.attempt("python", "-c", DELETE, PACKAGE, REGISTRY, second)
    assert deleted.returncode == 0, deleted.stderr
    eventually(lambda: is_latest(first), or_say=lambda: system.output)
    assert [item["top_hash"] for item in api.get(f"{at}/revisions")["items"]] == [first]
