"""Tables of docs/compat/tools.md: actions of each tool in a run of the long tests."""

import os
from dataclasses import dataclass, field

from support.docs.pages import DOCS

PAGE = DOCS / "compat" / "tools.md"
TABLES = ("gateway", "archives")
_HEAD = "| tool | version | what was run |\n|---|---|---|\n"


@dataclass
class Report:
    """Things that were done, by table, then by tool and version."""

    done: dict[str, dict[tuple[str, str], list[str]]] = field(default_factory=dict)

    def add(self, table: str, tool: str, version: str, *did: str) -> None:
        known = self.done.setdefault(table, {}).setdefault((tool, version), [])
        known += [each for each in did if each not in known]

    def write(self) -> None:
        """Write the tables into the page, with RECORD=1."""
        if "RECORD" not in os.environ:
            return
        text = PAGE.read_text()
        for name in TABLES:
            rows = self.done.get(name, {})
            lines = [f"| {tool} | {version} | {'; '.join(did)} |\n" for (tool, version), did in rows.items()]
            begin, end = f"<!-- table: {name} -->\n", "<!-- end -->"
            before, _, rest = text.partition(begin)
            assert end in rest, f"no table {name} in {PAGE}"
            text = f"{before}{begin}\n{_HEAD}{''.join(lines)}\n{rest[rest.index(end) :]}"
        PAGE.write_text(text)
