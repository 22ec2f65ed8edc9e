"""The GraphQL schema, the contract, and the documents of Quilt's catalogs and clients."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    build_client_schema,
    get_introspection_query,
    parse,
    print_ast,
    separate_operations,
)
from support.data.manifests import entry
from support.environments import environment
from support.worlds.registry_world import RegistryWorld

from registry.graphql.documents import prepared
from registry.graphql.executable import SCHEMA

CONTRACT = Path(__file__).parents[1] / "contract"
FOR_2022 = {
    "BucketConfig.collaborators",
    "Mutation.packageFromFolder",
    "PackageFromFolderEntry",
    "PackageFromFolderResult",
    "PackageFromFolderSource",
}
"""Types and fields that the schema has beyond the contract."""

_ARGUMENTS = re.compile(r"(\w+)(?:\((.*?)\))? (.+)")


def contract() -> dict[str, str]:
    """Types and fields of the contract, with their definitions."""
    facts: dict[str, str] = {}
    heading = ""
    texts: dict[str, str] = {}
    for line in (CONTRACT / "graphql_schema.txt").read_text().splitlines():
        if not line.startswith("#") and not line.startswith(" "):
            heading = line
        elif line.startswith(" "):
            texts[heading] = f"{texts.get(heading, '')} {line.strip()}".strip()
    for where, text in texts.items():
        kind, _, name = where.partition(" ")
        match kind:
            case "scalar":
                facts.update(dict.fromkeys(text.split(" | "), "scalar"))
            case "marker":
                for each in text.split(" | "):
                    facts |= {each: "type", f"{each}._": "() Boolean"}
            case "union" | "enum":
                facts[name] = f"{kind} {' | '.join(sorted(text.split(' | ')))}"
            case _:
                facts[name.split(" : ")[0]] = f"{kind} {name.partition(' : ')[2]}".strip()
                for field in text.split("; "):
                    facts |= _contract_field(name.split(" : ")[0], field)
    return facts


def _contract_field(kind: str, text: str) -> dict[str, str]:
    found = _ARGUMENTS.fullmatch(text)
    assert found, text
    arguments = sorted(found[2].split(", ")) if found[2] else []
    return {f"{kind}.{found[1]}": f"({', '.join(arguments)}) {found[3]}"}


def facts_of(schema: GraphQLSchema) -> dict[str, str]:
    facts: dict[str, str] = {}
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in {"Boolean", "Float", "ID", "Int", "String"}:
            continue
        said: Any = kind.to_kwargs()
        if "types" in said:
            facts[name] = f"union {' | '.join(sorted(each.name for each in said['types']))}"
        elif "values" in said:
            facts[name] = f"enum {' | '.join(sorted(said['values']))}"
        elif "fields" not in said:
            facts[name] = "scalar"
        else:
            word = {"GraphQLInputObjectType": "input", "GraphQLInterfaceType": "interface"}.get(type(kind).__name__)
            above = ", ".join(each.name for each in said.get("interfaces", ()))
            facts[name] = f"{word or 'type'} {above}".strip()
            facts |= {f"{name}.{field}": _field(each) for field, each in said["fields"].items()}
    return facts


def _field(field: Any) -> str:
    arguments = getattr(field, "args", {}).items()
    own = "" if hasattr(field, "args") else _default(field)
    admin = " @admin" if _is_for_administrators(field) else ""
    return f"({', '.join(sorted(f'{name} {each.type}{_default(each)}' for name, each in arguments))}) {field.type}{own}{admin}"


def _default(value: Any) -> str:
    return f"={print_ast(value.default.literal)}" if value.default else ""


def _is_for_administrators(field: Any) -> bool:
    directives = getattr(field.ast_node, "directives", None) or ()
    return any(each.name.value == "admin" for each in directives)


async def test_the_graphql_schema_has_every_field_of_the_contract(world: RegistryWorld) -> None:
    told = build_client_schema(await world.graphql(get_introspection_query(input_value_deprecation=True)))
    expected = contract()
    assert len(expected) > 600
    found = {name: fact for name, fact in facts_of(told).items() if name.partition(".")[0] not in FOR_2022}
    found = {name: fact for name, fact in found.items() if name not in FOR_2022}
    assert found == {name: fact.removesuffix(" @admin") for name, fact in expected.items()}
    # Introspection does not show directives.
    for_administrators = {name for name, fact in facts_of(SCHEMA).items() if fact.endswith("@admin")}
    assert for_administrators == {name for name, fact in expected.items() if fact.endswith("@admin")}


def test_extensions_of_the_graphql_contract_are_listed() -> None:
    beyond = {name for name in facts_of(SCHEMA).keys() - contract().keys() if name.partition(".")[0] not in FOR_2022}
    assert beyond | {name for name in FOR_2022 if "." not in name} == FOR_2022


def operations(document: DocumentNode) -> Iterator[tuple[str, str]]:
    """Operations of the documents, each with the fragments that it uses."""
    for name, alone in separate_operations(document).items():
        yield name, print_ast(alone)


def catalog(generation: str) -> list[Any]:
    document = parse((CONTRACT / f"catalog_{generation}.graphql").read_text())
    return [pytest.param(text, id=f"{generation}-{name}") for name, text in operations(document)]


@pytest.fixture
async def with_package(world: RegistryWorld) -> RegistryWorld:
    """A world with a package of two revisions."""
    await world.package("team/data", entry("README.md"), message="old")
    await world.package("team/data", entry("data/a.csv"), entry("README.md"), message="new", user_meta={"a": 1})
    return world


VARIABLES: dict[str, Any] = {
    "name": "team/data",
    "hash": "latest",
    "hashOrTag": "latest",
    "path": "data",
    "page": 1,
    "perPage": 30,
    "max": 1000,
    "window": 365,
    "size": 30,
    "after": "e30",
    "key": "README.md",
    "includeCollaborators": True,
    "latestOnly": True,
    "ordering": "sys:modified:desc",
    "searchString": None,
    "filter": None,
    "userMetaFilters": None,
    "skipEntries": False,
    "statsWindow": 30,
    "reportsPerPage": 25,
    "reportsOrder": "NEW_FIRST",
    "order": "MODIFIED",
    "workflow": "alpha",
    "type": "NUMBER",
    "roleName": "another",
    "params": {"bucket": "b", "name": "team/data", "userMeta": {"a": 1}},
    "src": {"entries": [], "bucket": "b", "name": "team/data", "hash": "0" * 64},
}


@pytest.mark.parametrize("text", [*catalog("2026"), *catalog("2022")])
async def test_every_document_of_the_catalogs_answers_without_errors(with_package: RegistryWorld, text: str) -> None:
    [operation] = [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
    given = {**VARIABLES, "bucket": with_package.bucket, "buckets": [with_package.bucket]}
    if "PackageConstructSource" in text:
        given["src"] = {"entries": []}
    elif "PackagePromoteSource" in text:
        given["src"] = {name: value for name, value in given["src"].items() if name != "entries"}
    wanted = {each.variable.name.value for each in operation.variable_definitions or ()}
    body = {"query": text, "variables": {name: value for name, value in given.items() if name in wanted}}
    assert wanted <= given.keys()
    answer = await with_package.client.post("/graphql", json=body, headers=with_package.headers("admin"))
    assert answer.status_code == 200, answer.text
    assert "errors" not in answer.json(), answer.text


def client_documents() -> list[Any]:
    """Documents that quilt3 sends, read from the client of the demo."""
    [source] = environment("client").glob("lib/python*/site-packages/quilt3/_graphql_client/client.py")
    return re.findall(r'gql\(\s*"""(.*?)"""', source.read_text(), re.DOTALL)


def test_every_document_of_quilt3_fits_the_schema() -> None:
    documents = client_documents()
    assert len(documents) > 40
    for document in documents:
        prepared(document)
