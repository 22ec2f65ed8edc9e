"""A route that raises an error which nobody expects, and what every service must answer then."""

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from shared.testing.servers import serve


async def require_answers_to_unexpected_errors(app: FastAPI, path: str = "/broken") -> None:
    """Add a route that raises, ask it over one connection, and fail unless the service says so in answer, metrics and headers."""

    async def fail() -> None:
        raise RuntimeError("secret detail")

    route = APIRoute(path, fail, methods=["POST"])
    app.router.routes.insert(0, route)
    try:
        await _require_answers(app, path)
    finally:
        app.router.routes.remove(route)


async def _require_answers(app: FastAPI, path: str) -> None:
    limits = httpx.Limits(max_connections=1)
    async with serve(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits) as client:
        streams = []
        for body in (b"", b"x" * 1000):
            answer = await client.post(path, content=body, headers={"Origin": "http://catalog.test"})
            streams.append(answer.extensions["network_stream"].get_extra_info("client_addr"))
            assert answer.status_code == 500
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == "/problems/internal"
            assert "secret" not in answer.text
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert len(answer.headers["x-request-id"]) == 32
        assert streams[0] == streams[1], "the connection was closed"
    metrics = (await app.state.metrics.text()).decode()
    assert f'patchwork_requests_total{{method="POST",route="{path}",status="500"}} 2.0' in metrics
    assert f'route="{path}",status="0"' not in metrics
