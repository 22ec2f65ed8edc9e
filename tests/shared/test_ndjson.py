"""Answers of JSON lines, over real connections."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from shared.testing.servers import serve
from shared.web.ndjson import MEDIA_TYPE, ndjson_response

app = FastAPI()


@app.get("/lines/{count}")
async def get_lines(count: int, *, fails: bool = False) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        for number in range(count):
            yield f"{number}\n"
        if fails:
            raise ConnectionResetError

    return ndjson_response(lines())


async def test_all_lines_of_an_answer_arrive() -> None:
    async with serve(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.get("/lines/3")
    assert (answer.headers["content-type"].partition(";")[0], answer.text) == (MEDIA_TYPE, "0\n1\n2\n")


@pytest.mark.parametrize("count", [0, 3])
async def test_an_error_between_lines_leaves_the_answer_incomplete(count: int) -> None:
    async with (
        serve(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        client.stream("GET", f"/lines/{count}", params={"fails": True}) as answer,
    ):
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(count)] == [str(number) for number in range(count)]
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            await anext(lines)
