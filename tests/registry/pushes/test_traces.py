"""The trace of a request goes on in the job that it asked for."""

from support.fakes.span_collector import collected_spans
from support.worlds.push_world import PushWorld

from shared.tracing import span


async def test_a_job_goes_on_with_the_trace_of_the_request_that_asked_for_it(pushes: PushWorld) -> None:
    with collected_spans() as collector:
        with span("asking"):
            job = await pushes.submit("team/traced/revisions", {"entries": [], "message": "traced"})
        await pushes.worker.work_once()
        await pushes.worker.work_once()
    asked, done = collector.named("asking"), collector.named("job construct")
    assert (done.trace_id, done.parent_id) == (asked.trace_id, asked.span_id)
    assert done.attributes["patchwork.job"] == job["id"]
