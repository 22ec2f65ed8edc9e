"""Plain English, as far as patterns can tell: `python -m tests.prose [PATH …]` lists every place and fails if there is one.

Checked are docstrings, comments and error titles of Python, comments of the catalog's TypeScript, and the documentation.
CONTRIBUTING.md says how to write; this only keeps out what was found unclear before.
"""

import argparse
import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST_WORDS = re.compile(r"(Of|Whether|So|What|Who|Whoever|Whose|Those|None|Without those)\b")
"""A docstring names its thing first: tools show it without the name."""
DIALECT = re.compile(
    r"\b(anew|so many|so long as|so long\b(?! as)|of before|told of|by then|what there is not|meanwhile|makes no sense|"
    r"is no reason against|who could be|whichever these are|are those that there)\b",
    re.IGNORECASE,
)
BOUND_WITHOUT_SUBJECT = re.compile(r"^\s*_?(AT_ONCE|MOST|SECONDS|PATIENCE_SECONDS)\b\s*[:=]", re.MULTILINE)
SKIPPED = ("catalog/src/api/types.ts", "/migrations/versions/", "tests/prose.py")
SUFFIXES = {".py", ".ts", ".tsx", ".md"}


def texts_of_python(source: str) -> Iterator[tuple[int, str, bool]]:
    """Line, text, and whether it is a docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value, True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string, False


def texts_of_typescript(source: str) -> Iterator[tuple[int, str, bool]]:
    for found in re.finditer(r"//.*|/\*.*?\*/", source, re.DOTALL):
        yield source.count("\n", 0, found.start()) + 1, found.group(), False


def texts_of_markdown(source: str) -> Iterator[tuple[int, str, bool]]:
    code = False
    for number, line in enumerate(source.splitlines(), 1):
        code ^= line.lstrip().startswith("```")
        if not code:
            yield number, line, False


READERS = {
    ".py": texts_of_python,
    ".ts": texts_of_typescript,
    ".tsx": texts_of_typescript,
    ".md": texts_of_markdown,
}


def faults_in(path: Path) -> Iterator[tuple[int, str]]:
    source = path.read_text()
    for line, text, is_docstring in READERS[path.suffix](source):
        if is_docstring and (first := FIRST_WORDS.match(text)):
            yield line, f"a docstring begins with “{first.group()}”: name the thing first"
        yield from ((line, f"unclear: “{found.group()}”") for found in DIALECT.finditer(text))
    if path.suffix == ".py":
        for found in BOUND_WITHOUT_SUBJECT.finditer(source):
            yield source.count("\n", 0, found.start()) + 1, f"{found.group(1)} does not say what is bounded"


def checked_files(wanted: list[str]) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *wanted], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.splitlines() if not any(part in name for part in SKIPPED)]
    return [ROOT / name for name in names if Path(name).suffix in SUFFIXES and (ROOT / name).is_file()]


def main() -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.prose", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders to check (all)")
    wanted = parser.parse_args().paths
    faults = [(path.relative_to(ROOT), *fault) for path in checked_files(wanted) for fault in faults_in(path)]
    for path, line, why in faults:
        sys.stdout.write(f"{path}:{line}: {why}\n")
    return len(faults) > 0


if __name__ == "__main__":
    sys.exit(main())
