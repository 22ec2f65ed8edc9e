from fastapi import FastAPI

from auth.main import PUBLIC
from auth.routes.deps import POLICIES
from shared.testing.routes import unguarded


async def test_every_route_has_a_policy_or_is_public(app: FastAPI) -> None:
    assert unguarded(app, POLICIES) == PUBLIC


async def test_every_documented_operation_has_a_summary_and_an_id_of_its_own(app: FastAPI) -> None:
    operations = [operation for path in app.openapi()["paths"].values() for operation in path.values()]
    assert all(operation["summary"] and operation["operationId"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert not any(path.startswith("/internal/") for path in app.openapi()["paths"])
