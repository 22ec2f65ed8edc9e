"""The tree's own rules, beside those that import-linter and the prose check hold: names, rooms and refusals."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = (
    "shared/src/shared",
    "services/auth/src/auth",
    "services/registry/src/registry",
    "services/s3proxy/src/s3proxy",
    "services/indexer/src/indexer",
    "deploy/local/src/localrun",
)
MAX_ROOM_ENTRIES = {
    "services/registry/src/registry/services": 16,
    "shared/src/shared/index": 14,
    "tests/support": 16,
}
"""Entries of folders that had become too full to read."""


@cache
def modules() -> dict[Path, ast.Module]:
    paths = (path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.py")))
    return {path: ast.parse(path.read_text()) for path in paths}


def nodes(kind: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    return ((path, node) for path, tree in modules().items() for node in ast.walk(tree) if isinstance(node, kind))


def test_public_classes_have_names_of_their_own() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, node in nodes(ast.ClassDef):
        assert isinstance(node, ast.ClassDef)
        if not node.name.startswith("_"):
            places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_every_refusal_has_a_slug_of_its_own() -> None:
    """`Forbidden` itself is a base class: raising it would give unlike reasons one slug."""
    raised = []
    for path, node in nodes(ast.Raise):
        assert isinstance(node, ast.Raise)
        error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if isinstance(error, ast.Name) and error.id == "Forbidden" and "testing" not in path.parts:
            raised.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert raised == []


def test_bounds_say_what_they_bound() -> None:
    unclear = re.compile(r"_?([A-Z_]*_)?(MOST|AT_ONCE)(_[A-Z_]*)?|_?(SECONDS|PATIENCE|PATIENCE_SECONDS|LIMIT)")
    found = []
    for path, tree in modules().items():
        for node in tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(target, ast.Name) and unclear.fullmatch(target.id):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {target.id}")
    assert found == []


def test_clients_read_no_certificates_of_their_own() -> None:
    """httpx reads those of all authorities for each client that is given none: `shared.tls` has them."""
    reading = []
    for path, node in nodes(ast.Call):
        assert isinstance(node, ast.Call)
        given = {keyword.arg for keyword in node.keywords}
        if ast.unparse(node.func) in {"httpx.AsyncClient", "httpx.Client"} and not given & {"verify", "transport"}:
            reading.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert reading == []


@pytest.mark.parametrize("folder", MAX_ROOM_ENTRIES)
def test_rooms_stay_readable(folder: str) -> None:
    entries = [path.name for path in (ROOT / folder).iterdir() if path.name not in {"__pycache__", "__init__.py"}]
    assert len(entries) <= MAX_ROOM_ENTRIES[folder], sorted(entries)


def test_parameters_of_tests_are_the_same_in_every_process() -> None:
    """The processes of a run would collect tests of different names."""
    changing: list[str] = []
    for path in ROOT.joinpath("tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text())
        decorators = [each for node in ast.walk(tree) for each in getattr(node, "decorator_list", [])]
        parametrized = [
            each for each in decorators if isinstance(each, ast.Call) and ast.unparse(each.func).endswith("parametrize")
        ]
        changing.extend(
            f"{path.relative_to(ROOT)}:{call.lineno}"
            for each in parametrized
            for call in ast.walk(each)
            if isinstance(call, ast.Call) and _changes(call)
        )
    assert changing == []


def _changes(call: ast.Call) -> bool:
    """True for a value that differs from one process to the next."""
    name = ast.unparse(call.func)
    if name == "gzip.compress":
        return "mtime" not in {keyword.arg for keyword in call.keywords}
    return name in {"uuid4", "os.urandom", "time.time", "datetime.now", "random.random", "secrets.token_hex"}
