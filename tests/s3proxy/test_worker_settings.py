"""Processes of the S3 proxy divide what a replica may have at once."""

import pytest
from support.worlds.proxy_world import settings_for

from s3proxy.settings import S3ProxySettings


def limits(settings: S3ProxySettings) -> tuple[int, ...]:
    sandbox = settings.sandbox
    whole = (settings.preview_cache_bytes, settings.read_ahead_bytes, settings.max_archives)
    return (*whole, sandbox.workers, sandbox.idle_memory_bytes, sandbox.max_waiting)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_together_have_at_most_what_one_would_have(workers: int) -> None:
    sandbox = settings_for(None).sandbox.model_copy(update={"workers": 6})
    whole = settings_for(None).model_copy(update={"workers": workers, "sandbox": sandbox})
    parts = limits(whole.of_one_worker())
    assert all(0 < part * workers <= limit for part, limit in zip(parts, limits(whole), strict=True))


def test_each_of_many_workers_may_read_a_file() -> None:
    settings = settings_for(None).model_copy(update={"workers": 64})
    assert settings.of_one_worker().sandbox.workers == 1
