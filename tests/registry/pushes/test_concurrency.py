"""Fifty concurrent pushes to one name: none is lost, one is the latest, and each other is done or refused as stale."""

import asyncio
from typing import Any

from support.data.manifests import entry
from support.worlds.push_world import PushWorld

COUNT = 50


async def test_of_fifty_concurrent_pushes_to_one_name_none_is_lost(pushes: PushWorld) -> None:
    first = await pushes.world.package("amy/wine", entry("a"))
    headers = pushes.world.headers("writer")

    async def submitted(number: int) -> Any:
        push: dict[str, Any] = {"operations": [{"op": "annotate", "path": "a", "metadata": {"number": number}}]}
        if number % 2:
            push["expected"] = {"latest": first, "entries": 1}
        return await pushes.submit("amy/wine/revisions/latest/patch", push, headers)

    jobs = [await submitted(number) for number in range(COUNT)]
    await asyncio.gather(*(pushes.worker.work_once() for _ in range(COUNT)))
    ended = [(await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json() for job in jobs]

    pointers = await pushes.pointers("amy/wine")
    latest = pointers["latest"]
    done = [job["result"] for job in ended if job["state"] == "done"]
    refused = [job["problem"] for job in ended if job["state"] == "failed"]
    assert len(done) + len(refused) == COUNT
    assert {problem["type"] for problem in refused} <= {"/problems/revision_stale"}
    assert all(pointers[result["tag"]] == result["top_hash"] for result in done)
    assert len({result["tag"] for result in done}) == len(done) >= COUNT / 2
    assert latest in {result["top_hash"] for result in done if result["is_latest"]}
    for problem in refused:  # a stale push is either kept beside the latest, or refused before it was made
        kept = [top_hash for top_hash in pointers.values() if top_hash in problem["detail"]]
        assert kept or "Look at it, and push again" in problem["detail"]
    winners = [job for number, job in enumerate(ended) if number % 2 and job["state"] == "done"]
    assert len(winners) <= 1
    revisions = await pushes.world.json(f"{pushes.packages}/amy/wine/revisions", limit=100)
    assert {item["tag"]: item["top_hash"] for item in revisions["items"]} == {
        tag: top_hash for tag, top_hash in pointers.items() if tag != "latest"
    }
