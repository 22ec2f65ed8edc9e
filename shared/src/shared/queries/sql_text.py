"""Names and constants as SQL."""

from collections.abc import Iterable
from typing import Any


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def text_list(texts: Iterable[str]) -> str:
    return f"[{', '.join(literal(text) for text in texts)}]"
