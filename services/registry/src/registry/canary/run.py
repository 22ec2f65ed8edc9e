"""One run of the canary, step by step, and the record of it."""

import platform
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from secrets import token_hex
from typing import get_args

import httpx
import structlog

from registry.canary.client import (
    PREFIX,
    SignedIn,
    StepFailed,
    answered,
    installation,
    open_client,
    require_refused,
)
from registry.canary.settings import CanarySettings
from shared.errors import AppError
from shared.schemas.canary import CanaryRunCreate, CanaryStep, CanaryStepName

MAX_REASON_CHARACTERS = 500
STEPS: tuple[CanaryStepName, ...] = get_args(CanaryStepName)

log = structlog.get_logger()


class RunRecorder:
    """Times the steps of a run. A step that fails does not stop those that do not need it."""

    def __init__(self) -> None:
        self.steps: list[CanaryStep] = []

    @asynccontextmanager
    async def step(self, name: CanaryStepName) -> AsyncIterator[None]:
        """Record the outcome of a step, whatever it raises."""
        began = time.monotonic()
        reason = ""
        try:
            yield
        except (StepFailed, AppError) as error:
            reason = str(error) or type(error).__name__
        except Exception as error:  # noqa: BLE001 – a step that fails in an unforeseen way has failed, too
            reason = f"{type(error).__name__}: {error}"
        seconds = round(time.monotonic() - began, 3)
        outcome = "failed" if reason else "passed"
        self.steps.append(
            CanaryStep(name=name, outcome=outcome, seconds=seconds, reason=reason[:MAX_REASON_CHARACTERS])
        )

    @property
    def last_passed(self) -> bool:
        return self.steps[-1].outcome == "passed"

    def skip_rest(self) -> None:
        done = {each.name for each in self.steps}
        self.steps += [CanaryStep(name=name, outcome="skipped", seconds=0) for name in STEPS if name not in done]


async def run_canary(settings: CanarySettings) -> CanaryRunCreate:
    """Run all steps. Never raises for what the installation does."""
    started_at, began = datetime.now(UTC), time.monotonic()
    recorder = RunRecorder()
    versions = {
        "canary": version("patchwork-registry"),
        "python": platform.python_version(),
        "httpx": version("httpx"),
    }
    async with open_client(settings.registry_url) as http:
        await _run_steps(settings, http, recorder, versions)
    recorder.skip_rest()
    recorder.steps.sort(key=lambda each: STEPS.index(each.name))
    seconds = round(time.monotonic() - began, 3)
    return CanaryRunCreate(started_at=started_at, seconds=seconds, steps=recorder.steps, versions=versions)


async def _run_steps(
    settings: CanarySettings, http: httpx.AsyncClient, recorder: RunRecorder, versions: dict[str, str]
) -> None:
    password, bucket = settings.password.get_secret_value(), settings.bucket
    word = f"probe{token_hex(8)}"
    key, content = f"{PREFIX}{word}.txt", f"{word}\n".encode()
    top_hash = ""
    async with AsyncExitStack() as stack:
        async with recorder.step("sign-in"):
            addresses = await installation(http)
            versions["installation"] = addresses.version
            await answered(http, "GET", addresses.catalog_url)
            person = await SignedIn.sign_in(http, bucket, settings.user, password)
            objects = await stack.enter_async_context(person.open_objects(addresses))
        if not recorder.last_passed:
            return
        async with recorder.step("push"):
            await objects.put(bucket, key, content)
            top_hash = await person.push(key, word, len(content))
        if recorder.last_passed:
            async with recorder.step("list"):
                await person.require_listed(top_hash)
            async with recorder.step("search"):
                await person.require_found(word, settings.search_seconds)
            async with recorder.step("install"):
                await person.install(objects, top_hash, key, content)
        async with recorder.step("refusal"):
            await answered(http, "GET", person.package(), 401)
            outsider = await SignedIn.sign_in(http, bucket, settings.outsider, password)
            await require_refused(outsider, bucket, addresses, key)
            await outsider.sign_out()
        async with recorder.step("clean-up"):
            await person.clean(objects)
            await person.sign_out()


async def record_run(settings: CanarySettings, run: CanaryRunCreate) -> str:
    """Record a run with the registry, in a session of its own. Empty, or the reason why that failed."""
    try:
        async with open_client(settings.registry_url) as http:
            password = settings.password.get_secret_value()
            person = await SignedIn.sign_in(http, settings.bucket, settings.user, password)
            await person.call("POST", "/api/v1/canary/runs", 201, json=run.model_dump(mode="json"))
            await person.sign_out()
    except StepFailed as error:
        return str(error)
    return ""


def log_run(run: CanaryRunCreate) -> None:
    """One line that alarms can count."""
    failed = {each.name: each.reason for each in run.steps if each.outcome == "failed"}
    if failed:
        log.error("canary_failed", seconds=run.seconds, failed=failed)
    else:
        log.info("canary_passed", seconds=run.seconds)


def as_text(run: CanaryRunCreate) -> str:
    lines = [f"{each.outcome:<8} {each.name:<9} {each.seconds:8.3f} s  {each.reason}".rstrip() for each in run.steps]
    failed = sum(each.outcome == "failed" for each in run.steps)
    return "\n".join([*lines, f"{failed} failed, {run.seconds:.1f} s"])
