"""The workers of a service: processes of one machine that `shared.web.serving` starts.

Each is a replica: it has its own caches, its own connections, and listens to the revocation feed itself. What a machine has
once is arranged here: they share a directory with a lock, which the leading worker holds, a socket of each worker, at which
the others ask it, and the file of request rates.
"""

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import structlog
from fastapi import FastAPI

from shared.runtime import supervised
from shared.web.serving import DIRECTORY_VARIABLE, PARENT_FILE

POLL_SECONDS = 0.5
"""Time between looks whether the leading worker, or the process that started all, has ended."""
ANSWER_SECONDS = 1.0
"""Time after which the answer of another worker is left out."""

Answer = Callable[[], Awaitable[bytes]]
Work = Callable[[], AbstractAsyncContextManager[None]]

log = structlog.get_logger()


class WorkerGroup:
    """This worker and the others of its service. Without a directory it is alone."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._answers: dict[str, Answer] = {}

    @property
    def rates_file(self) -> Path | None:
        """The file in which the workers count requests together; None for a worker that is alone."""
        return self._directory / "rates" if self._directory else None

    def answer(self, question: str, answer: Answer) -> None:
        """Answer the question of other workers, a word."""
        self._answers[question] = answer

    async def ask_others(self, question: str) -> list[bytes]:
        """Answers of the other workers. One that does not answer in time is left out."""
        if self._directory is None:
            return []
        others = [each for each in self._directory.glob("*.socket") if each != _socket_in(self._directory)]
        answers = await asyncio.gather(*(_ask(each, question) for each in others))
        return [answer for answer in answers if answer is not None]

    def everywhere(self, name: str, action: Callable[[], None]) -> Callable[[], None]:
        """The action, for this worker and all others."""
        if self._directory is None:
            return action
        asking: set[asyncio.Task[list[bytes]]] = set()

        async def act() -> bytes:
            action()
            return b""

        def act_everywhere() -> None:
            action()
            task = asyncio.create_task(self.ask_others(name))
            asking.add(task)
            task.add_done_callback(asking.discard)

        self.answer(name, act)
        return act_everywhere

    @asynccontextmanager
    async def leading(self, *works: Work) -> AsyncIterator[None]:
        """Run works in the leading worker of the machine while the context is open.

        When it ends, another becomes the leading one.
        """
        if self._directory is None:
            async with AsyncExitStack() as stack:
                for work in works:
                    await stack.enter_async_context(work())
                yield
            return
        lock = os.open(self._directory / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

        async def lead() -> None:
            while not _is_locked_by_us(lock):  # noqa: ASYNC110 – locks of files have no events
                await asyncio.sleep(POLL_SECONDS)
            log.info("worker_leads", pid=os.getpid())
            async with AsyncExitStack() as stack:
                for work in works:
                    await stack.enter_async_context(work())
                await asyncio.Event().wait()

        try:
            async with supervised(lead):
                yield
        finally:
            os.close(lock)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer the others while the context is open, and end with the process that started all."""
        if self._directory is None:
            yield
            return
        socket = _socket_in(self._directory)
        server = await asyncio.start_unix_server(self._serve, socket)
        try:
            async with server, supervised(partial(_end_with_parent, int((self._directory / PARENT_FILE).read_text()))):
                yield
        finally:
            socket.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            question = (await reader.readline()).decode().strip()
            answer = self._answers.get(question)
            writer.write(await answer() if answer else b"")
            await writer.drain()
        except Exception:
            log.exception("question_of_worker_failed")
        finally:
            writer.close()


def _socket_in(directory: Path) -> Path:
    """The socket of this process."""
    return directory / f"{os.getpid()}.socket"


async def _ask(socket: Path, question: str) -> bytes | None:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket)
            try:
                writer.write(f"{question}\n".encode())
                return await reader.read()
            finally:
                writer.close()
    return None


def _is_locked_by_us(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _end_with_parent(parent: int) -> None:
    """End this worker when the process that started it was killed: it could not end its workers, which keep its socket."""
    while os.getppid() == parent:  # noqa: ASYNC110 – the end of a parent is no event
        await asyncio.sleep(POLL_SECONDS)
    log.warning("parent_ended")
    os.kill(os.getpid(), signal.SIGTERM)


def group_of(app: FastAPI) -> WorkerGroup:
    group: WorkerGroup = app.state.workers
    return group


def group_from_environment() -> WorkerGroup:
    directory = os.environ.get(DIRECTORY_VARIABLE)
    return WorkerGroup(Path(directory) if directory else None)
