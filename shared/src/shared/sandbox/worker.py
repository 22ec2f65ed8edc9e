"""A worker: imports the readers of one family, locks itself in, and answers the pool until the pipe ends.

`python -I -m shared.sandbox.worker PIPE PARENT MAX_MEMORY_BYTES REQUIRED MODULE [FOLDER …]`
"""

import ctypes
import gc
import importlib
import sys
import traceback
from collections.abc import Mapping

import msgspec

from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.readers.source import SourceError
from shared.sandbox.families import Operation
from shared.sandbox.frames import WorkerAnswer, WorkerCall, WorkerFailure, WorkerReady
from shared.sandbox.lockdown import LockdownFailed, end_with_parent, lock_in, restrict_process
from shared.sandbox.pipe_source import PipeEnded, PipeSource, WorkerPipe

_MAX_TEXT = 2_000
_MAX_FRAMES = 12

ArgumentsDecoder = msgspec.msgpack.Decoder[msgspec.Struct]

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


def main(arguments: list[str]) -> None:
    descriptor, parent, max_memory_bytes, required = map(int, arguments[:4])
    module, *folders = arguments[4:]
    end_with_parent(parent)
    pipe = WorkerPipe(descriptor)
    try:
        protections = restrict_process()
        operations = import_operations(module, folders)
        protections += lock_in(descriptor, max_memory_bytes)
        if required and "seccomp" not in protections:
            raise LockdownFailed("This system has no seccomp, or libseccomp is not installed")  # noqa: TRY301
    except Exception:  # noqa: BLE001 – the pool writes it to the log; standard error may be closed
        pipe.send(WorkerFailure("error", traceback.format_exc()[-_MAX_TEXT:]))
        return
    pipe.send(WorkerReady(protections))
    while True:
        call, _ = pipe.receive()
        if isinstance(call, WorkerCall):
            answer(pipe, *operations[call.operation], call)
            gc.collect()
            if _trim:
                _trim(0)


def import_operations(module: str, folders: list[str]) -> Mapping[str, tuple[Operation, ArgumentsDecoder]]:
    sys.path.extend(folders)
    family = importlib.import_module(module)
    if warm_up := getattr(family, "warm_up", None):
        warm_up()
    operations: Mapping[str, Operation] = family.OPERATIONS
    return {name: (each, msgspec.msgpack.Decoder(each.arguments)) for name, each in operations.items()}


def answer(pipe: WorkerPipe, operation: Operation, decoder: ArgumentsDecoder, call: WorkerCall) -> None:
    source = PipeSource(pipe, call.size)
    failure: WorkerFailure
    try:
        media_type, content = operation.function(source, call.name, decoder.decode(call.arguments))
    except UnreadableFile as error:
        failure = WorkerFailure("unreadable", str(error)[:_MAX_TEXT])
    except NoSuchReader as error:
        failure = WorkerFailure("no_such_reader", str(error)[:_MAX_TEXT])
    except SourceError as error:
        failure = WorkerFailure("source", str(error)[:_MAX_TEXT])
    except MemoryError:
        failure = WorkerFailure("memory", "")
    except Exception as error:  # noqa: BLE001 – whatever a library raises for a damaged file
        failure = WorkerFailure("error", places(error))
    else:
        source.close()
        pipe.send(WorkerAnswer(media_type), content)
        return
    source.close()
    pipe.send(failure)


def places(error: Exception) -> str:
    """Kind of the error and the lines that it passed, without its text, which may quote the file."""
    frames = traceback.extract_tb(error.__traceback__, limit=-_MAX_FRAMES)
    return "\n".join(
        [type(error).__qualname__, *(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]
    )[:_MAX_TEXT]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except PipeEnded:
        sys.exit(0)
