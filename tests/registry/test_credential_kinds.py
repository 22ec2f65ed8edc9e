"""The changes that a person, a tool and an API key may make over GraphQL, against the tables in contract/access.toml."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_required_argument,
    is_required_input_field,
)
from support.worlds.registry_world import RegistryWorld

from registry.graphql.executable import SCHEMA
from shared.schemas.principal import CredentialKind, Level

TABLE = tomllib.loads((Path(__file__).parents[1] / "contract" / "access.toml").read_text())
ONLY_PEOPLE = set(TABLE["only-people"]["mutations"])
MUTATIONS = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}
ADMINISTRATION = {
    name
    for name, field in MUTATIONS.items()
    if field.ast_node and any(each.name.value == "admin" for each in field.ast_node.directives or ())
}
REFUSALS = {
    CredentialKind.TOOL: "A connected tool may not do this. Sign in as yourself",
    CredentialKind.KEY: "An API key may not do this. Sign in as yourself",
}


def literal(kind: GraphQLInputType) -> str:
    """A value of the type, in the language of queries, which names nothing that exists."""
    match kind:
        case GraphQLNonNull():
            return literal(kind.of_type)
        case GraphQLList():
            return "[]"
        case GraphQLEnumType():
            return str(next(iter(kind.values)))
        case GraphQLInputObjectType():
            given = [
                f"{name}: {literal(each.type)}" for name, each in kind.fields.items() if is_required_input_field(each)
            ]
            return f"{{{', '.join(given)}}}"
        case _:
            return {"Int": "1", "Float": "1", "Boolean": "true", "JsonDict": "{}", "JsonRecord": "{}"}.get(
                str(kind), '"nothing"'
            )


def document(name: str) -> str:
    arguments = MUTATIONS[name].args.items()
    given = [f"{each}: {literal(argument.type)}" for each, argument in arguments if is_required_argument(argument)]
    called = f"{name}({', '.join(given)})" if given else name
    return f"mutation {{ {called} {{ __typename }} }}"


async def answer(world: RegistryWorld, name: str, kind: CredentialKind, *, is_admin: bool = False) -> Any:
    token = world.auth.token_for("amy", {world.bucket: Level.READ_WRITE}, kind=kind, is_admin=is_admin)
    asked = {"query": document(name)}
    headers = {"Authorization": f"Bearer {token}"}
    answered = await world.client.post("/graphql", json=asked, headers=headers)
    assert answered.status_code == 200, answered.text
    return answered.json()


def test_the_table_names_mutations_of_the_schema() -> None:
    assert MUTATIONS.keys() >= ONLY_PEOPLE
    assert not ONLY_PEOPLE & ADMINISTRATION


@pytest.mark.parametrize("name", sorted(MUTATIONS))
async def test_a_mutation_answers_each_kind_of_credential_as_the_table_says(world: RegistryWorld, name: str) -> None:
    of_person = await answer(world, name, CredentialKind.PERSON)
    for kind, refusal in REFUSALS.items():
        found = await answer(world, name, kind)
        if name not in ONLY_PEOPLE or (name == "apiKeyRevoke" and kind is CredentialKind.KEY):
            assert found == of_person, "`auth` decides which key a key revokes"
        else:
            assert [each["message"] for each in found["errors"]] == [refusal]
            assert [each["message"] for each in of_person.get("errors", [])] != [refusal]


@pytest.mark.parametrize("name", sorted(ADMINISTRATION))
async def test_administration_follows_the_right_of_the_credential(world: RegistryWorld, name: str) -> None:
    for kind in CredentialKind:
        refused = await answer(world, name, kind)
        assert [each["message"] for each in refused["errors"]] == ["Only administrators may do this"]
    allowed = await answer(world, name, CredentialKind.KEY, is_admin=True)
    assert "Only administrators may do this" not in str(allowed)
