"""Pushes of the real quilt3, which writes straight to S3, have an author."""

from pathlib import Path

import pytest
from support.worlds.system import BUCKET, REGISTRY, Client, System, eventually


@pytest.mark.long
def test_a_revision_that_quilt3_pushed_names_the_user_who_pushed(system: System, homes: Path) -> None:
    at = f"/api/v1/buckets/{BUCKET}/packages/labs/authors"
    folder = homes / "authors"
    folder.mkdir()
    expected: list[tuple[str, str]] = []
    for name in ("tia", "raj"):
        system.create_user(name, f"{name}'s password", "ReadWriteAll")
        client = Client(homes / name, system)
        api = client.sign_in(name, f"{name}'s password")
        (folder / "a.csv").write_text(name)
        pushed = client.act("push", "labs/authors", REGISTRY, folder, f"by {name}")["top_hash"]
        expected.insert(0, (pushed, name))

        def is_listed() -> bool:
            answer = api.request("GET", f"{at}/revisions")  # noqa: B023 – called at once
            items = answer.json()["items"] if answer.status_code == 200 else []
            return [(each["top_hash"], each["author"]) for each in items] == expected

        eventually(is_listed, or_say=lambda: system.output)

    admin = system.sign_in()
    events = admin.get("/api/v1/admin/audit?action=Packages.Push&target=package:" + f"{BUCKET}/labs/authors")["items"]
    assert [(each["user"], each["outcome"]) for each in events] == [("raj", "done"), ("tia", "done")]
