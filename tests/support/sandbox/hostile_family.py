"""Readers that attack the system on which they run."""

import msgspec

from shared.readers.source import RangeSource
from shared.sandbox.families import Operation


class NoArguments(msgspec.Struct):
    pass


def head(source: RangeSource, name: str, _arguments: NoArguments) -> tuple[str, bytes]:
    return "text/plain; charset=utf-8", name.encode() + b": " + source.read(0, 10)


OPERATIONS = {"head": Operation(head, NoArguments)}
