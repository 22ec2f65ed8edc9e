"""A registry that looks as one in use does: packages of many kinds of data, pushed by several people over a year."""

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from support.data.showcase_packages import ALPS, COHORT, EMPTY, OBJECTS, PUBLISHED, Push, alps, others
from support.worlds.system import BUCKET, REGISTRY, Api, Client, System, eventually

PASSWORD = "correct horse"
ROSE = "rose-with-a-remarkably-long-name"
DAY = 86_400
BY_ALTITUDE = f"""SELECT altitude // 500 * 500 AS "from", count(*) AS stations, min(since) AS since
FROM package('{BUCKET}/{ALPS}@latest', 'stations.csv')
GROUP BY 1
ORDER BY 1"""  # noqa: S608 – a statement of somebody who looks at data


@dataclass
class Showcase:
    amy: Api
    top_hashes: dict[str, list[str]] = field(default_factory=dict)
    """By package, the oldest first."""
    queries: list[str] = field(default_factory=list)
    """The first has rows, the second a mistake."""
    saved_query: str = ""


def make_showcase(system: System, homes: Path) -> Showcase:
    eventually((system.data / "example-registered").exists)
    admin = system.sign_in()
    for bucket, title, about in (
        (PUBLISHED, "Published data", "What papers and partners refer to"),
        (EMPTY, "Cold storage", "Nothing yet"),
    ):
        _answered(admin.request("PUT", f"/api/v1/buckets/{bucket}", json={"title": title, "description": about}))
    look = {"title": "Research data", "description": "What the institute measures and publishes."}
    _answered(admin.request("PATCH", f"/api/v1/buckets/{BUCKET}", json=look))
    clients = {name: _sign_in(system, homes, name, "ReadWriteAll") for name in ("amy", "ben")}
    system.create_user(ROSE, PASSWORD, "ReadAll")
    made = Showcase(system.sign_in("amy", PASSWORD))
    pushes = [*alps(), *others()]
    for turn, (by, group) in enumerate(itertools.groupby(pushes, lambda push: push.by)):
        own = list(group)
        listed = json.dumps(_lay_out(own, homes / f"turn-{turn}"))
        for push, top_hash in zip(own, clients[by].act("push_dated", stdin=listed), strict=True):
            made.top_hashes.setdefault(push.name, []).append(top_hash)
    _wait_for(made, pushes)
    # A workflow that some of the packages do not follow.
    clients["amy"].act("put", BUCKET, stdin=json.dumps({key: body.hex() for key, body in OBJECTS.items()}))
    _make_queries(made)
    _finish(made, admin)
    return made


def _finish(made: Showcase, admin: Api) -> None:
    """An invitation, bookmarks, keys, and a push that the workflow refuses."""
    _answered(admin.request("POST", "/api/v1/admin/invitations", json={"email": "nora@example.com", "role": "ReadAll"}))
    bookmarks = [
        {"bucket": BUCKET, "package": COHORT, "path": ""},
        {"bucket": BUCKET, "package": None, "path": "protocols/staining.md"},
    ]
    _answered(made.amy.request("PATCH", "/api/v1/bookmarks", json={"add": bookmarks}))
    for name in ("Laptop", "Nightly pipeline"):
        _answered(made.amy.request("POST", "/api/v1/keys", json={"name": name}))
    entries = [{"logical_key": "one.png", "physical_key": f"s3://{BUCKET}/incoming/plate-8/none.png"}]
    refused = {"message": "Plate 8", "metadata": {"status": "draft", "owner": "Amy van Dam"}, "entries": entries}
    made.amy.job(f"/api/v1/buckets/{BUCKET}/packages/imaging/plate-8/revisions", refused)


def _make_queries(made: Showcase) -> None:
    """One with rows, one with a mistake, and one that is saved for everybody."""
    for sql in (BY_ALTITUDE, BY_ALTITUDE.replace("altitude", "height")):
        answer = made.amy.request("POST", "/api/v1/queries", json={"sql": sql, "name": "Stations by altitude"})
        _answered(answer)
        made.queries.append(answer.json()["id"])
    saved = {
        "name": "Stations by altitude",
        "description": "How many stations there are in each band of 500 m",
        "sql": BY_ALTITUDE,
        "shared": True,
    }
    answer = made.amy.request("POST", "/api/v1/saved-queries", json=saved)
    _answered(answer)
    made.saved_query = answer.json()["id"]
    unfinished = {"queued", "running"}
    eventually(
        lambda: all(made.amy.get(f"/api/v1/queries/{each}")["state"] not in unfinished for each in made.queries), 180
    )


def _sign_in(system: System, homes: Path, name: str, role: str) -> Client:
    system.create_user(name, PASSWORD, role)
    client = Client(homes / name, system)
    client.command_seconds = 600
    client.sign_in(name, PASSWORD)
    return client


def _lay_out(pushes: list[Push], home: Path) -> list[dict[str, Any]]:
    listed = []
    for number, push in enumerate(pushes):
        folder = home / str(number)
        for path, body in push.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(body)
        listed.append(
            {
                "name": push.name,
                "registry": REGISTRY,
                "folder": str(folder),
                "message": push.message,
                "meta": push.meta,
                "age": push.age * DAY,
            }
        )
    return listed


def _wait_for(made: Showcase, pushes: list[Push]) -> None:
    """Until every push is listed."""
    expected = {name: sum(push.name == name for push in pushes) for name in made.top_hashes}

    def is_listed() -> bool:
        items = made.amy.get(f"/api/v1/buckets/{BUCKET}/packages", {"limit": "100"})["items"]
        return {each["name"]: each["revisions"] for each in items} == expected

    eventually(is_listed)


def _answered(answer: httpx.Response) -> None:
    assert answer.is_success, answer.text
