"""Targets, commands, routes, settings and files that the documentation names exist. `make check` builds the site."""

import argparse
import importlib.util
import re
import subprocess
import tomllib
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic_settings import BaseSettings
from support.docs.pages import DOCS, ROOT, steps

import auth.cli
import localrun.cli
import registry.cli
from auth.settings import AuthSettings
from indexer.settings import IndexerSettings
from registry.settings import RegistrySettings
from s3proxy.settings import S3ProxySettings
from shared.yaml_documents import load_yaml

PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
SETTINGS: list[type[BaseSettings]] = [AuthSettings, RegistrySettings, IndexerSettings, S3ProxySettings]
COMMANDS = {"auth": auth.cli.parser(), "registry": registry.cli.parser()}
METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE"
ROUTED = re.compile(r"/(?:api|auth|\.well-known|internal|health|lambda|oidc-authorize|-)(?:/|$)|/graphql$")
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def codes(page: Path) -> list[str]:
    return [code.strip("`") for code in CODE.findall(page.read_text())]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


@every_page
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for code in codes(page) for name in re.findall(r"(?:^|[\s;&(])make ([a-z][a-z-]*)", code)}
    assert named <= targets


@every_page
def test_commands_that_a_page_names_exist(page: Path) -> None:
    text = "\n".join(codes(page))
    for command, below in re.findall(r"(?:^|[\s/])patchwork ([a-z][\w-]*)(?: ([a-z][\w-]*))?", text, re.MULTILINE):
        assert command in subcommands(localrun.cli._parser()), command
        if below and command in COMMANDS:
            assert below in subcommands(COMMANDS[command]), f"{command} {below}"
    for module, below in re.findall(r"python3? -m ([\w.]+)(?: ([a-z][\w-]*))?", text):
        assert is_module(module), module
        service, _, part = module.partition(".")
        if below and part == "cli":
            assert below in subcommands(COMMANDS[service]), f"{module} {below}"


def subcommands(parser: argparse.ArgumentParser) -> set[str]:
    return {name for action in parser._actions if action.choices for name in action.choices}


def is_module(name: str) -> bool:
    as_file = ROOT / name.replace(".", "/")
    return as_file.is_dir() or as_file.with_suffix(".py").is_file() or importlib.util.find_spec(name) is not None


@every_page
def test_routes_that_a_page_names_exist(page: Path) -> None:
    for code in codes(page):
        for method, address in re.findall(
            rf"(?:\b({METHODS}) )?(?:http://localhost:500[02])?(?<!docs)(/[^\s'\"`)|,;\\]*)", code
        ):
            path = re.sub(r"[?#].*", "", address)
            if ROUTED.match(path):
                assert is_route(method, path), f"{method} {path}"


@cache
def routes() -> list[tuple[str, list[str]]]:
    table = tomllib.loads((ROOT / "tests" / "contract" / "access.toml").read_text())
    named = [name for service in SERVICES for policy in table.get(service, {}).values() for name in policy]
    known = [tuple(name.split(" ", 1)) for name in named]
    return [(method, path.strip("/").split("/")) for method, path in known]


SERVICES = ("auth", "registry", "indexer", "s3proxy")


def is_route(method: str, path: str) -> bool:
    """An exact match, or the beginning of other routes for a path without a method or with `*` or `…` at its end."""
    is_part = not method or path.endswith(("*", "…", "/"))
    asked = [each for each in re.sub(r"[^/]*[*…]$", "", path).strip("/").split("/") if each]
    return any(
        method in {"", of}
        and (len(asked) == len(segments) or (is_part and len(asked) < len(segments)) or ":path}" in segments[-1])
        and all(fits(*pair) for pair in zip(asked, segments, strict=False))
        for of, segments in routes()
    )


def fits(asked: str, segment: str) -> bool:
    is_variable = bool(re.search(r"[{<$]|^[A-Z_]+$", asked))
    return asked == segment or segment.startswith("{") or is_variable


@every_page
def test_settings_that_a_page_names_exist(page: Path) -> None:
    named = {
        name for code in codes(page) for name in re.findall(r"\b(?:AUTH|REGISTRY|INDEXER|S3PROXY)_[A-Z0-9_]+", code)
    }
    known = {name for model in SETTINGS for name in variables(model, model.model_config["env_prefix"])}
    for name in named - known:
        is_group = any(each.startswith(name) or (each.endswith("__") and name.startswith(each)) for each in known)
        assert is_group or name in sources(), name


def variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """Names of environment variables; for a dictionary, the beginning of its members' names."""
    for name, field in model.model_fields.items():
        found = [each for each in parts(field.annotation) if isinstance(each, type)]
        yield prefix + name.upper()
        yield f"{prefix}{name.upper()}_FILE"
        for each in found:
            if issubclass(each, BaseModel):
                yield from variables(each, f"{prefix}{name.upper()}__")
            if issubclass(each, dict):
                yield f"{prefix}{name.upper()}__"


def parts(annotation: Any) -> list[Any]:
    if get_origin(annotation) in {Union, types.UnionType}:
        return [part for each in get_args(annotation) for part in parts(each)]
    return [get_origin(annotation) or annotation]


@cache
def sources() -> str:
    """The text of all sources: it has names that others chose, such as those of a Quilt stack."""
    named = ["git", "ls-files", "-z", "services", "shared", "deploy"]
    files = subprocess.run(named, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    kinds = {".py", ".toml", ".yaml", ".yml", ".sh", ""}
    found = [ROOT / file for file in files if file and Path(file).suffix in kinds]
    return "\n".join(file.read_text(errors="replace") for file in found if file.is_file())


@every_page
def test_files_that_a_page_names_exist(page: Path) -> None:
    inside = re.compile(r"(?:services|shared|deploy|docs|requirements|tests|catalog/src)/[\w./-]*")
    named = {code for code in codes(page) if inside.fullmatch(code)}
    linked = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", CODE.sub("", page.read_text()))
    absent = [name for name in named if not any((root / name).exists() for root in (ROOT, ROOT / "shared" / "src"))]
    assert absent + [link for link in linked if not (page.parent / link).exists()] == []


@every_page
def test_every_mark_stands_before_a_block_that_can_be_typed(page: Path) -> None:
    marks = re.findall(r"^\s*<!-- (?:walk|prints)[^>]*-->", page.read_text(), re.MULTILINE)
    taken = steps(page)
    assert len(marks) == sum(1 + len(step.printed) for step in taken)
    assert {step.language for step in taken if step.text} <= {"sh", "python", "r"}


@every_page
def test_lists_are_written_as_every_markdown_reader_knows_them(page: Path) -> None:
    """Python-Markdown wants an empty line before a list, and four spaces before one within another."""
    text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    item = re.compile(r"( *)(?:[-*]|\d+\.) ")
    for block in re.split(r"\n\s*\n|^(?:#|<!--).*\n", text, flags=re.MULTILINE):
        lines = block.strip("\n").split("\n")
        found = [match for match in map(item.match, lines) if match]
        assert not found or item.match(lines[0]), f"no empty line before {found[0].string!r}"
        assert [match.string for match in found if len(match[1]) % 4] == []


def test_decisions_are_numbered_without_gaps() -> None:
    files = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [int(each.name[:4]) for each in files]
    assert numbers == list(range(1, len(files) + 1))
    assert [each.name for each in files if not each.read_text().startswith(f"# {int(each.name[:4])}. ")] == []


def test_contributing_shows_the_layers_of_the_import_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layered = [each for each in contracts if each["type"] == "layers"]
    diagram = " ".join((ROOT / "CONTRIBUTING.md").read_text().split("```")[1].split())
    expected = [f"{each.get('containers', ['all'])[0]} {' → '.join(each['layers'])}" for each in layered]
    assert diagram == " ".join(expected)


def test_the_documentation_site_loads_nothing_from_other_hosts() -> None:
    site = load_yaml((ROOT / "mkdocs.yml").read_text().replace("!!python", "python"))
    assert site["theme"]["font"] is False
    assert site["strict"] is True
    added = [*site.get("extra_css", []), *site.get("extra_javascript", [])]
    assert [each for each in added if "://" in each or not (DOCS / each).is_file()] == []
    assert [plugin for plugin in site["plugins"] if plugin != "search"] == []
