"""A worker: imports the readers of one family, locks itself in, and answers the pool until the pipe ends.

`python -I -m shared.sandbox.worker PIPE PARENT MEMORY_BYTES REQUIRED NICE MODULE FAMILY [FOLDER …]`
"""

import ctypes
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from shared.readers.errors import NoSuchReader, UnreadableFile, WrongFamily
from shared.readers.source import RangeSource, SourceError
from shared.sandbox.frames import WorkerAnswer, WorkerCall, WorkerFailure, WorkerReady
from shared.sandbox.lockdown import SECCOMP, LockdownFailed, end_with_parent, lock_in, restrict_process
from shared.sandbox.pipe_source import PipeEnded, PipeSource, WorkerPipe

_MAX_TEXT = 2_000
_MAX_PLACES = 12

BoundOperation = Callable[[RangeSource, str, bytearray], tuple[str, bytes]]
"""An operation that takes its arguments as they came."""

_trim_memory = getattr(ctypes.CDLL(None), "malloc_trim", None)


def main(arguments: list[str]) -> None:
    descriptor, parent, memory_bytes, required, nice = map(int, arguments[:5])
    module, family, *folders = arguments[5:]
    end_with_parent(parent)
    give_way(nice)
    pipe = WorkerPipe(descriptor)
    try:
        null = os.open(os.devnull, os.O_RDWR)
        restrict_process()
        sys.path.extend(folders)
        operations = import_operations(module, family)
        protections = lock_in(descriptor, null, memory_bytes)
        if required and SECCOMP not in protections:
            raise LockdownFailed("This system has no seccomp, or libseccomp is not installed")  # noqa: TRY301
    except Exception:  # noqa: BLE001 – the pool writes it to the log; standard error may be closed
        pipe.send(WorkerFailure("error", traceback.format_exc()[-_MAX_TEXT:]))
        return
    pipe.send(WorkerReady(protections))
    while True:
        call, body = pipe.receive()
        if isinstance(call, WorkerCall):
            answer(pipe, operations[call.operation], call, body)
            gc.collect()
            if _trim_memory:
                _trim_memory(0)


def give_way(nice: int) -> None:
    """Let other processes go first, those of other sessions, too: Linux may give each session an equal share."""
    if nice:
        os.nice(nice)
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(nice), encoding="ascii")


def import_operations(module: str, family: str) -> Mapping[str, BoundOperation]:
    imported = importlib.import_module(module)
    imported.load_family(family)
    return {name: bound(*operation) for name, operation in imported.OPERATIONS.items()}


def bound(
    arguments_type: type[msgspec.Struct], function: Callable[[RangeSource, str, Any], tuple[str, bytes]]
) -> BoundOperation:
    decode = msgspec.msgpack.Decoder(arguments_type).decode
    return lambda source, name, arguments: function(source, name, decode(arguments))


def answer(pipe: WorkerPipe, operation: BoundOperation, call: WorkerCall, arguments: bytearray) -> None:
    source = PipeSource(pipe, call.size)
    try:
        media_type, content = operation(source, call.name, arguments)
    except Exception as error:  # noqa: BLE001 – whatever a library raises for a damaged file
        source.close()
        pipe.send(failure_of(error))
    else:
        source.close()
        pipe.send(WorkerAnswer(media_type), content)


def failure_of(error: Exception) -> WorkerFailure:
    match error:
        case UnreadableFile():
            return WorkerFailure("unreadable", str(error)[:_MAX_TEXT])
        case NoSuchReader():
            return WorkerFailure("no_such_reader", str(error)[:_MAX_TEXT])
        case WrongFamily():
            return WorkerFailure("wrong_family", error.family)
        case SourceError():
            return WorkerFailure("source", str(error)[:_MAX_TEXT])
        case MemoryError():
            return WorkerFailure("memory", "")
        case _:
            return WorkerFailure("error", places(error))


def places(error: Exception) -> str:
    """Type of the error and the lines that it passed, without its text, which may quote the file."""
    passed = traceback.extract_tb(error.__traceback__, limit=-_MAX_PLACES)
    lines = (f"{place.filename}:{place.lineno} {place.name}" for place in passed)
    return "\n".join([type(error).__qualname__, *lines])[:_MAX_TEXT]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except PipeEnded:
        sys.exit(0)
