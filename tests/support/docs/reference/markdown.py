"""Markdown as all generated pages have it."""

from collections.abc import Sequence


def page(title: str, source: str, introduction: str, *parts: str) -> str:
    note = f"<!-- Made from {source} by `make docs`: change it there. -->"
    body = "\n\n".join(part.strip("\n") for part in parts)
    return f"{note}\n\n# {title}\n\n{introduction}\n\n{body}\n"


def table(*columns: str, rows: Sequence[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join("| " + " | ".join(map(in_cell, line)) + " |" for line in lines)


def in_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    return f"`{text}`" if str(text) else ""


def sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
