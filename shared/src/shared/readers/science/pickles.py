"""Pickles, listed by their operations and never loaded: loading one may run any program."""

import io
import pickletools
from dataclasses import dataclass, field
from typing import Any

from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import BytesSource, RangeSource
from shared.schemas.previews import TreeNode, TreePreview

_MAX_READ_BYTES = 8 << 20
_MAX_OPERATIONS = 500_000
_MAX_NAMES = 1000
_MAX_STRING_CHARACTERS = 200
_DANGEROUS = frozenset(
    {
        "os", "posix", "nt", "subprocess", "sys", "socket", "shutil", "pty", "importlib", "runpy", "code", "ctypes", "webbrowser",
        "builtins.eval", "builtins.exec", "builtins.compile", "builtins.open", "builtins.__import__", "builtins.getattr",
        "__builtin__.eval", "__builtin__.exec", "__builtin__.compile", "__builtin__.open", "__builtin__.getattr",
    }
)  # fmt: skip
_WARNING = "It would run functions of the system when it is loaded: do not load it unless you trust its author"


@dataclass(slots=True)
class PickleListing:
    protocol: int = 0
    names: dict[str, int] = field(default_factory=dict)
    """Classes and functions, with how often they are named."""
    calls: int = 0
    strings: list[str] = field(default_factory=list)
    """The first strings, keys of dictionaries for example."""
    complete: bool = False

    @property
    def is_dangerous(self) -> bool:
        return any(name in _DANGEROUS or name.partition(".")[0] in _DANGEROUS for name in self.names)


def list_pickle(data: bytes) -> PickleListing:
    listing = _Lister()
    try:
        for count, (operation, argument, _) in enumerate(pickletools.genops(io.BytesIO(data))):
            listing.follow(operation.name, argument)
            if count >= _MAX_OPERATIONS:
                break
    except (ValueError, UnicodeError, OverflowError, IndexError, AttributeError):
        listing.found.complete = False  # cut off, or followed by other data
    return listing.found


class _Lister:
    def __init__(self) -> None:
        self.found = PickleListing()
        self._memory: dict[int, str | None] = {}
        self._recent: list[str | None] = []
        """Strings that the last operations pushed; None for other values. STACK_GLOBAL takes two."""

    def follow(self, operation: str, argument: Any) -> None:
        if operation in {"GLOBAL", "INST", "STACK_GLOBAL"}:
            self._name(operation, argument)
        elif operation in {"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"}:
            place = len(self._memory) if argument is None else int(argument)
            self._memory[place] = self._recent[-1] if self._recent else None
        elif operation in {"BINGET", "LONG_BINGET", "GET"}:
            self._push(self._memory.get(int(argument)))
        elif isinstance(argument, str):
            self._push(argument)
            if len(self.found.strings) < _MAX_NAMES and argument.isprintable():
                self.found.strings.append(argument[:_MAX_STRING_CHARACTERS])
        else:
            self._follow_other(operation, argument)

    def _follow_other(self, operation: str, argument: Any) -> None:
        if operation == "PROTO":
            self.found.protocol = int(argument)
        elif operation == "STOP":
            self.found.complete = True
        elif operation in {"REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ"}:
            self.found.calls += 1
        elif operation not in {"MARK", "FRAME"}:
            self._push(None)

    def _name(self, operation: str, argument: Any) -> None:
        if operation == "STACK_GLOBAL":
            module, name = [None, None, *self._recent][-2:]
            full = f"{module or '?'}.{name or '?'}"
        else:
            full = str(argument).replace(" ", ".")
        names = self.found.names
        shown = full[:_MAX_STRING_CHARACTERS]
        if shown in names or len(names) < _MAX_NAMES:
            names[shown] = names.get(shown, 0) + 1
        self._push(None)

    def _push(self, value: str | None) -> None:
        self._recent.append(value)
        del self._recent[:-8]


def pickle_nodes(listing: PickleListing) -> list[TreeNode]:
    return [TreeNode(path=name, kind="class or function", value=count) for name, count in listing.names.items()]


def pickle_notes(listing: PickleListing) -> list[str]:
    notes = ["Pickles are listed, not loaded"]
    return [*notes, _WARNING] if listing.is_dangerous else notes


def preview_pickle(source: RangeSource, _name: str, _options: PreviewOptions) -> TreePreview:
    data = source.read(0, _MAX_READ_BYTES)
    listing = list_pickle(data)
    notes = pickle_notes(listing)
    if not listing.complete:
        notes.append("Only its beginning was listed: it is long, damaged, or followed by other data")
    strings = [TreeNode(path=text, kind="string") for text in listing.strings[:200]]
    return TreePreview(
        **blank(complete=listing.complete, notes=notes),
        format="pickle",
        nodes=[*pickle_nodes(listing), *strings],
        details={"protocol": listing.protocol, "calls": listing.calls},
    )


def warm_up() -> None:
    preview_pickle(BytesSource(b"\x80\x04N."), "sample.pkl", PreviewOptions())


READER = Reader("pickle", 1, "science", preview_pickle)
