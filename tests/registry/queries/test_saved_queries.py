"""Saved queries: their owner's, shared or not, run with the rights of whoever runs them."""

from typing import Any

from support.worlds.queries_world import QueriesWorld
from support.worlds.registry_world import problem

from shared.schemas.principal import Level

SAVED = "/api/v1/saved-queries"


def wines(queries: QueriesWorld, **more: Any) -> dict[str, Any]:
    return {
        "name": "Wines since",
        "sql": f"SELECT name FROM package('{queries.world.bucket}/amy/wine', $path) WHERE day >= $since ORDER BY 1",
        "parameters": [
            {"name": "since", "type": "date", "default": "2026-02-01", "description": "First day"},
            {"name": "path", "type": "text", "default": "wines.csv"},
        ],
        "chart": {"mark": "bar"},
        **more,
    }


async def test_a_saved_query_runs_with_its_defaults_or_other_values(queries: QueriesWorld) -> None:
    await queries.files("amy/wine", {"wines.csv": "name,day\na,2026-01-01\nb,2026-02-01\nc,2026-03-01\n"})
    saved = (await queries.post(SAVED, wines(queries))).json()
    assert (saved["owner"], saved["is_own"], saved["shared"], saved["chart"]) == ("amy", True, False, {"mark": "bar"})

    async def run(**parameters: Any) -> Any:
        answer = await queries.post(f"{SAVED}/{saved['id']}/run", {"parameters": parameters})
        assert answer.status_code == 202, answer.text
        return await queries.ended(answer.json())

    found = await run()
    assert (found["first_rows"], found["saved_query_id"], found["name"]) == ([["b"], ["c"]], saved["id"], "Wines since")
    later = (await queries.post(f"{SAVED}/{saved['id']}/run", {"parameters": {"since": "2026-02-02"}})).json()
    assert later["parameters"] == {"since": "2026-02-02", "path": "wines.csv"}
    await queries.post(f"/api/v1/queries/{later['id']}/cancel")
    # The types of parameters outlive the saved query: a date stays one.
    again = await queries.ended((await queries.post(f"/api/v1/queries/{later['id']}/run")).json())
    assert again["first_rows"] == [["c"]]
    for wrong in ({"since": "yesterday"}, {"since": 3}, {"other": 1}):
        answer = await queries.post(f"{SAVED}/{saved['id']}/run", {"parameters": wrong})
        assert (problem(answer)[0], answer.json()["type"]) == (400, "/problems/statement_refused"), wrong


async def test_shared_queries_are_seen_by_all_and_changed_by_their_owner(queries: QueriesWorld) -> None:
    world = queries.world
    await queries.files("amy/wine", {"wines.csv": "name,day\na,2026-03-01\n"})
    mine, owner = (await queries.post(SAVED, wines(queries))).json(), world.headers("reader")
    colleague = world.caller({world.bucket: Level.READ})
    stranger = world.caller({"elsewhere": Level.READ})
    path = f"{SAVED}/{mine['id']}"

    async def seen(headers: dict[str, str]) -> list[str]:
        return [each["id"] for each in (await world.client.get(SAVED, headers=headers)).json()["items"]]

    assert (await seen(owner), await seen(colleague)) == ([mine["id"]], [])
    assert problem(await world.client.get(path, headers=colleague))[0] == 404
    changed = await world.client.put(path, json=wines(queries, shared=True, name="Shared"), headers=owner)
    assert (changed.status_code, changed.json()["name"]) == (200, "Shared")
    assert await seen(colleague) == await seen(stranger) == [mine["id"]]
    assert not (await world.client.get(path, headers=colleague)).json()["is_own"]
    for method in ("PUT", "DELETE"):
        answer = await world.client.request(method, path, json=wines(queries), headers=colleague)
        assert problem(answer)[0] == 404, method
    # It gives nobody a right: the stranger may not read the bucket.
    ran = await world.client.post(f"{path}/run", headers=stranger)
    await queries.worker.work_once()
    found = (await world.client.get(f"/api/v1/queries/{ran.json()['id']}", headers=stranger)).json()
    assert (found["state"], found["problem"]["status"]) == ("failed", 404)
    assert (await world.client.delete(path, headers=owner)).status_code == 204
    assert await seen(owner) == []


async def test_a_saved_query_that_is_not_valid_is_refused(queries: QueriesWorld) -> None:
    for wrong in (
        {"chart": {"data": {"url": "https://example.com"}}},
        {"chart": {"mark": "x" * 100_001}},
        {"parameters": [{"name": "a", "type": "list"}]},
        {"name": ""},
        {"sql": ""},
        {"owner": "ben"},
    ):
        assert (await queries.post(SAVED, wines(queries, **wrong))).status_code == 422, wrong
