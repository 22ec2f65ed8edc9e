"""Whatever is searched for, the engine answers, or the search is refused with a reason."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from support.data.search_queries import BODIES, FIELD_NAMES, QUERIES
from support.faults.hostile_cursors import hostile_cursors
from support.worlds.registry_world import RegistryWorld
from support.worlds.search_world import BREWERY, CELLAR

THROUGH = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@THROUGH
@given(query=QUERIES)
@example(query="meta.qc.level:-1.5..2 OR meta.qc.level:[* TO 1e300] OR meta.qc.level:{0 TO 0.5}")
@example(query="meta.x:* OR meta.status:?* OR meta.status:**")
@example(query="*a* OR ?? OR a?b OR *.* OR *")
async def test_any_query_is_answered_or_refused_by_the_engine(cellar: RegistryWorld, query: str) -> None:
    answer = await cellar.get("/api/v1/search", q=query, facets=["ext", "meta:/qc/level"], sort="name")
    assert answer.status_code in {200, 400}, answer.text
    fields = await cellar.get("/api/v1/search/fields", q=query)
    assert fields.status_code in {200, 400}, fields.text


@THROUGH
@given(body=BODIES)
async def test_any_body_is_answered_or_refused_by_the_engine(cellar: RegistryWorld, body: dict[str, Any]) -> None:
    index = f"{CELLAR},{CELLAR}_packages,{BREWERY}"
    answer = await cellar.get("/api/search", index=index, action="freeform", body=json.dumps(body))
    assert answer.status_code in {200, 400}, answer.text


async def test_every_field_can_be_searched_sorted_by_and_counted_or_says_why_not(cellar: RegistryWorld) -> None:
    for name in FIELD_NAMES:
        for value in ("5", "2026-11-20", "true", "wine", "*", "wi*", "a?b", '"a b"', ">5", "[1 TO 2]"):
            answer = await cellar.get("/api/v1/search", q=f"{name}:{value}")
            assert answer.status_code in {200, 400}, (name, value, answer.text)
        for parameter in ("sort", "facets"):
            answer = await cellar.get("/api/v1/search", **{parameter: name})
            assert answer.status_code in {200, 400}, (parameter, name, answer.text)


@pytest.mark.parametrize("asked", [{}, {"q": "wine"}, {"sort": "-size"}, {"revisions": "all", "q": "riesling"}])
async def test_any_cursor_is_answered_or_refused_by_the_engine(cellar: RegistryWorld, asked: dict[str, str]) -> None:
    for cursor in hostile_cursors():
        answer = await cellar.get("/api/v1/search", cursor=cursor, limit=2, **asked)
        assert answer.status_code in {200, 400}, (cursor, answer.text)
