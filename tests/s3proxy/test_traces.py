"""The trace of a request that the S3 proxy passes on."""

from support.fakes.span_collector import collected_spans
from support.worlds.proxy_world import OpenProxy, signed


async def test_a_request_that_is_passed_on_is_one_trace_without_the_name_of_the_object(open_proxy: OpenProxy) -> None:
    with collected_spans() as collector:
        proxy = await open_proxy()
        target = "/wine.s3.eu-west-1.amazonaws.com/secret-name"
        await proxy.get(target, *signed("GET", target))
        await proxy.get("/lambda/secret-name")
        await proxy.settled()
    passed, asked = [each for each in collector.spans if each.name in {"GET", "S3 GET"}], collector.named("S3 GET")
    assert collector.ancestors(asked) == ["GET"]
    assert asked.attributes["http.response.status_code"] == 200
    assert len(passed) == 2, "one span for a request"
    assert not [body for body in collector.bodies if b"secret-name" in body]
