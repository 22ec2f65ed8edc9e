"""Administration over GraphQL with the real auth service. tests/e2e uses the real client."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from support.faults.yaml_bombs import BOMBS
from support.worlds.auth_world import INTERNAL, app_with, resources_for
from support.worlds.auth_world import settings_for as auth_settings
from support.worlds.registry_world import RegistryWorld
from support.worlds.servers import Databases
from typing_extensions import override

from auth.main import prepare
from auth.resources import AuthResources
from shared.clients.administration import Administration
from shared.schemas.principal import Level
from shared.schemas.role import PolicyWrite, RoleCreate
from shared.schemas.user import UserCreate

NOBODY = "00000000-0000-4000-8000-000000000000"


class Turns(httpx.ASGITransport):
    """A transport that sends one request at a time, because the test has one database connection."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self._lock = asyncio.Lock()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self._lock:
            return await super().handle_async_request(request)


@pytest.fixture(scope="module")
async def people(own_database: Databases) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(own_database.auth)
    await prepare(resources_for(auth_settings(own_database.auth), engine))
    yield engine
    await engine.dispose()


@pytest.fixture
async def administration(people: AsyncEngine) -> AsyncIterator[Administration]:
    resources: AuthResources = resources_for(auth_settings(people.url.render_as_string(hide_password=False)), people)
    async with people.connect() as connection:
        outer = await connection.begin()
        sessions = async_sessionmaker(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        transport = Turns(app_with(replace(resources, sessions=sessions)))
        async with httpx.AsyncClient(transport=transport, base_url="http://auth.test", headers=INTERNAL) as http:
            yield Administration(http)
        await outer.rollback()


@pytest.fixture
def ask(world: RegistryWorld) -> Any:
    async def ask(text: str, caller: str = "admin", /, **variables: Any) -> Any:
        return await world.graphql(text, caller, **variables)

    return ask


ROLE = "__typename ... on ManagedRole { name policies { title managed arn } permissions { bucket { name } level role { __typename } } } ... on UnmanagedRole { name arn }"


async def test_roles_and_policies_list_each_other_in_graphql(ask: Any, world: RegistryWorld) -> None:
    made = await ask(
        """mutation ($permissions: [PermissionInput!]!) {
          policyCreateManaged(input: {title: "Wines", permissions: $permissions, roles: []}) {
            ... on Policy { id title managed permissions { bucket { name title } level policy { title } } roles { name } }
          }
        }""",
        permissions=[
            {"bucket": world.bucket, "level": "READ_WRITE"},
            {"bucket": world.bucket, "level": "READ"},
            {"bucket": "zz-unregistered", "level": "READ"},
        ],
    )
    policy = made["policyCreateManaged"]
    assert policy["permissions"] == [
        {"bucket": {"name": world.bucket, "title": "Wines"}, "level": "READ_WRITE", "policy": {"title": "Wines"}},
        {
            "bucket": {"name": "zz-unregistered", "title": "zz-unregistered"},
            "level": "READ",
            "policy": {"title": "Wines"},
        },
    ]
    made = await ask(
        f"""mutation ($policies: [ID!]!) {{
          roleCreateManaged(input: {{name: "Tasters", policies: $policies}}) {{
            ... on RoleCreateSuccess {{ role {{ ... on ManagedRole {{ id }} {ROLE} }} }}
          }}
        }}""",
        policies=[policy["id"]],
    )
    role = made["roleCreateManaged"]["role"]
    assert (role["__typename"], role["name"]) == ("ManagedRole", "Tasters")
    assert [each["title"] for each in role["policies"]] == ["Wines"]
    assert {each["bucket"]["name"]: each["level"] for each in role["permissions"]} == {
        world.bucket: "READ_WRITE",
        "zz-unregistered": "READ",
    }
    found = await ask(
        """query ($bucket: String!) {
          bucketConfig(name: $bucket) {
            associatedRoles { level role { ... on ManagedRole { name } } }
            associatedPolicies { level policy { title } }
          }
          policies { title roles { name policies { title } } }
        }""",
        bucket=world.bucket,
    )
    assert found["bucketConfig"] == {
        "associatedRoles": [
            {"level": "READ", "role": {"name": "ReadAll"}},
            {"level": "READ_WRITE", "role": {"name": "ReadWriteAll"}},
            {"level": "READ_WRITE", "role": {"name": "Tasters"}},
        ],
        "associatedPolicies": [
            {"level": "READ", "policy": {"title": "ReadAll"}},
            {"level": "READ_WRITE", "policy": {"title": "ReadWriteAll"}},
            {"level": "READ_WRITE", "policy": {"title": "Wines"}},
        ],
    }
    assert {"title": "Wines", "roles": [{"name": "Tasters", "policies": [{"title": "Wines"}]}]} in found["policies"]


@pytest.mark.parametrize("email", ["a@b..c", ".x@y.z", "<a@b.c>", "a@b@c", "@", "amy@b\u00fccher.de"])
async def test_graphql_refuses_addresses_that_take_no_mail(ask: Any, email: str) -> None:
    refused = "... on InvalidInput { errors { path name message } }"
    answer = await ask(
        f"""mutation ($email: String!) {{ admin {{ user {{
          create(input: {{name: "ben", email: $email, role: "ReadAll"}}) {{ __typename {refused} }}
          mutate(name: "admin") {{ setEmail(email: $email) {{ __typename {refused} }} }}
        }} }} }}""",
        email=email,
    )
    made, changed = answer["admin"]["user"]["create"], answer["admin"]["user"]["mutate"]["setEmail"]
    assert (made["__typename"], changed["__typename"]) == ("InvalidInput", "InvalidInput")
    assert [(each["path"], each["name"]) for each in made["errors"]] == [("input.email", "Invalid")]
    assert [(each["path"], each["name"]) for each in changed["errors"]] == [("email", "InvalidEmail")]
    assert made["errors"][0]["message"] == changed["errors"][0]["message"]


async def test_a_graphql_request_reads_its_own_changes(ask: Any) -> None:
    changed = await ask(
        """mutation {
          roleCreateUnmanaged(input: {name: "Lab", arn: "arn:aws:iam::123456789012:role/Lab"}) { __typename }
          admin { user {
            create(input: {name: "ben", email: "Ben@example.com", role: "Lab", extraRoles: ["ReadAll"]}) {
              ... on User {
                name email isActive isAdmin isSsoOnly isService isRoleAssignmentDisabled isAdminAssignmentDisabled
                role { ... on UnmanagedRole { name arn } } extraRoles { ... on ManagedRole { name } }
              }
            }
          } }
        }"""
    )
    assert changed["roleCreateUnmanaged"] == {"__typename": "RoleCreateSuccess"}
    assert changed["admin"]["user"] == {
        "create": {
            "name": "ben",
            "email": "ben@example.com",
            "isActive": True,
            "isAdmin": False,
            "isSsoOnly": False,
            "isService": False,
            "isRoleAssignmentDisabled": False,
            "isAdminAssignmentDisabled": False,
            "role": {"name": "Lab", "arn": "arn:aws:iam::123456789012:role/Lab"},
            "extraRoles": [{"name": "ReadAll"}],
        }
    }
    for what, answer in [
        ("setAdmin(admin: true) { ... on User { isAdmin } }", {"isAdmin": True}),
        (
            'removeRoles(roles: ["Lab"]) { ... on User { role { ... on ManagedRole { name } } extraRoles { __typename } } }',
            {"role": {"name": "ReadAll"}, "extraRoles": []},
        ),
        ("delete { __typename }", {"__typename": "Ok"}),
    ]:
        changed = await ask(f'mutation {{ admin {{ user {{ mutate(name: "ben") {{ did: {what} }} }} }} }}')
        assert changed["admin"]["user"]["mutate"]["did"] == answer
    gone = await ask('mutation { admin { user { mutate(name: "ben") { delete { __typename } } } } }')
    assert gone["admin"]["user"]["mutate"] is None
    users = (await ask("{ admin { user { list { name lastLogin dateJoined } } } }"))["admin"]["user"]["list"]
    assert [each["name"] for each in users] == ["admin"]
    assert all(each["lastLogin"] and each["dateJoined"] for each in users)


@pytest.mark.parametrize(
    ("field", "answer"),
    {
        f'roleDelete(id: "{NOBODY}")': "RoleDoesNotExist",
        'roleDelete(id: "x")': "RoleDoesNotExist",
        f'roleSetDefault(id: "{NOBODY}")': "RoleDoesNotExist",
        'roleCreateManaged(input: {name: "ReadAll", policies: []})': "RoleNameExists",
        'roleCreateManaged(input: {name: "/", policies: []})': "RoleNameInvalid",
        'roleCreateManaged(input: {name: "default", policies: []})': "RoleNameReserved",
        'policyDelete(id: "x")': "InvalidInput",
        f'policyUpdateManaged(id: "{NOBODY}", input: {{title: "x", permissions: [], roles: []}})': "InvalidInput",
        'policyCreateManaged(input: {title: "ReadAll", permissions: [], roles: []})': "InvalidInput",
        'policyCreateUnmanaged(input: {title: "x", arn: "y", roles: []})': "InvalidInput",
        'bucketSetTabulatorTable(bucketName: "nope", tableName: "t")': "OperationError",
        'bucketRenameTabulatorTable(bucketName: "nope", tableName: "t", newTableName: "u")': "OperationError",
    }.items(),
)
async def test_refusals_of_auth_are_union_members_of_their_types(ask: Any, field: str, answer: str) -> None:
    assert (await ask(f"mutation {{ did: {field} {{ __typename }} }}"))["did"] == {"__typename": answer}


@pytest.mark.parametrize("caller", ["reader", "writer", "stranger"])
async def test_administration_over_graphql_is_for_administrators(world: RegistryWorld, caller: str) -> None:
    for text in (
        "{ roles { __typename } }",
        "{ policies { id } }",
        "{ defaultRole { __typename } }",
        "{ admin { user { list { name } } } }",
        'mutation { roleDelete(id: "x") { __typename } }',
        'mutation { admin { user { mutate(name: "admin") { delete { __typename } } } } }',
        "mutation { admin { setTabulatorOpenQuery(enabled: true) { tabulatorOpenQuery } } }",
    ):
        body = (await world.ask(text, caller)).json()
        assert body["errors"][0]["message"] == "Only administrators may do this"


TABLE = """
schema: [{name: gene, type: STRING}, {name: level, type: DOUBLE, nullable: true}]
source: {type: quilt-packages, package_name: '^amy/(?P<run>.+)$', logical_key: '\\.csv$'}
parser: {format: csv, delimiter: ",", header: true}
continue_on_error: true
"""
SET = """mutation ($bucket: String!, $name: String!, $config: String) {
  bucketSetTabulatorTable(bucketName: $bucket, tableName: $name, config: $config) {
    __typename
    ... on BucketConfig { tabulatorTables { name config } }
    ... on InvalidInput { errors { path message } }
    ... on OperationError { name }
  }
}"""


async def test_writers_of_a_bucket_set_its_tables_over_graphql(ask: Any, world: RegistryWorld) -> None:
    async def put(name: str, config: str | None, caller: str = "writer") -> Any:
        return (await ask(SET, caller, bucket=world.bucket, name=name, config=config))["bucketSetTabulatorTable"]

    table = {"name": "expression", "config": TABLE}
    assert await put("expression", TABLE) == {"__typename": "BucketConfig", "tabulatorTables": [table]}
    assert (await put("expression", TABLE, "reader"))["name"] == "Forbidden"
    assert (await put("expression", TABLE, "stranger"))["name"] == "BucketNotFound"
    for name, config in [("1", TABLE), ("t", "a: ["), ("t", "[]"), ("t", TABLE.replace("STRING", "TEXT"))]:
        assert (await put(name, config))["__typename"] == "InvalidInput"
    rename = """mutation ($bucket: String!, $from: String!, $to: String!) {
      admin { bucketRenameTabulatorTable(bucketName: $bucket, tableName: $from, newTableName: $to) {
        __typename ... on BucketConfig { tabulatorTables { name } } ... on InvalidInput { errors { path name } }
      } }
    }"""
    renamed = await ask(rename, bucket=world.bucket, **{"from": "expression", "to": "levels"})
    assert renamed["admin"]["bucketRenameTabulatorTable"]["tabulatorTables"] == [{"name": "levels"}]
    missing = await ask(rename, bucket=world.bucket, **{"from": "expression", "to": "x"})
    error = {"path": "tableName", "name": "TableDoesNotExist"}
    assert missing["admin"]["bucketRenameTabulatorTable"]["errors"] == [error]
    assert (await put("levels", None))["tabulatorTables"] == []


@pytest.mark.parametrize("name", BOMBS)
async def test_graphql_refuses_a_table_whose_yaml_expands_without_bounds(
    ask: Any, world: RegistryWorld, name: str
) -> None:
    answer = await ask(SET, "writer", bucket=world.bucket, name="t", config=BOMBS[name])
    [error] = answer["bucketSetTabulatorTable"]["errors"]
    assert (error["path"], error["message"][:48]) == ("config", "With its aliases written out, the YAML has more ")


async def test_graphql_refuses_a_table_of_more_than_100_kb(ask: Any, world: RegistryWorld) -> None:
    answer = await ask(SET, "writer", bucket=world.bucket, name="t", config=TABLE + "#" * 100_000)
    errors = [{"path": "config", "message": "The YAML is larger than 100 KB"}]
    assert answer["bucketSetTabulatorTable"] == {"__typename": "InvalidInput", "errors": errors}


async def test_switches_set_over_graphql_are_stored(ask: Any) -> None:
    text = '{ admin { tabulatorOpenQuery packager { eventRules { name enabled } eventRule(name: "x") { name } } } }'
    rules = [{"name": "health-omics", "enabled": False}, {"name": "ro-crate", "enabled": False}]
    before = {"tabulatorOpenQuery": False, "packager": {"eventRules": rules, "eventRule": None}}
    assert (await ask(text))["admin"] == before
    changed = await ask(
        """mutation { admin {
          setTabulatorOpenQuery(enabled: true) { tabulatorOpenQuery }
          packager {
            toggleEventRule(name: "ro-crate", enabled: true) { ... on PackagerEventRule { name enabled } }
            other: toggleEventRule(name: "x", enabled: true) { __typename }
          }
        } }"""
    )
    assert changed["admin"] == {
        "setTabulatorOpenQuery": {"tabulatorOpenQuery": True},
        "packager": {"toggleEventRule": {"name": "ro-crate", "enabled": True}, "other": {"__typename": "InvalidInput"}},
    }
    rules[1]["enabled"] = True
    after = {"tabulatorOpenQuery": True, "packager": {"eventRules": rules, "eventRule": None}}
    assert (await ask(text))["admin"] == after


async def test_the_sso_configuration_is_set_read_and_removed_over_graphql(ask: Any) -> None:
    text = 'version: "1.0"\ndefault_role: ReadAll\nmappings: []\n'
    put = """mutation ($text: String) { admin { setSsoConfig(config: $text) {
      __typename ... on SsoConfig { text uploader { name } } ... on InvalidInput { errors { path message } }
    } } }"""
    get = "{ admin { ssoConfig { text } isDefaultRoleSettingDisabled } }"
    assert (await ask(get))["admin"] == {"ssoConfig": None, "isDefaultRoleSettingDisabled": False}
    made = (await ask(put, text=text))["admin"]["setSsoConfig"]
    # The administrator of FakeAuth is unknown to the real auth.
    assert made == {"__typename": "SsoConfig", "text": text, "uploader": {"name": "amy"}}
    assert (await ask(get))["admin"] == {"ssoConfig": {"text": text}, "isDefaultRoleSettingDisabled": True}
    refused = (await ask(put, text="a: 1"))["admin"]["setSsoConfig"]
    assert [each["message"] for each in refused["errors"]][-1] == "a is not known"
    assert (await ask(put, text=None))["admin"]["setSsoConfig"] is None
    assert (await ask(get))["admin"]["ssoConfig"] is None


COLLABORATORS = "query ($name: String!) { bucket(name: $name) { collaborators { permissionLevel collaborator { username email } } } }"


async def test_administrators_see_who_reads_a_bucket_and_others_only_that_there_are_readers(
    ask: Any, world: RegistryWorld, administration: Administration
) -> None:
    policies = [
        await administration.create_policy(PolicyWrite(title=f"{level} here", permissions={world.bucket: level}))
        for level in (Level.READ, Level.READ_WRITE)
    ]
    for name, policy in zip(("Readers", "Writers"), policies, strict=True):
        await administration.create_role(RoleCreate(name=name, policies=[policy.id]))
    elsewhere = await administration.create_policy(PolicyWrite(title="Elsewhere", permissions={"other": Level.READ}))
    await administration.create_role(RoleCreate(name="Others", policies=[elsewhere.id]))
    for name, roles in (
        ("ann", ["Readers"]),
        ("bea", ["Readers", "Writers"]),
        ("cat", ["Others"]),
        ("dee", ["Readers"]),
    ):
        await administration.create_user(UserCreate(name=name, email=f"{name}@example.com", roles=roles))
    await administration.set_active("dee", active=False)

    async def collaborators(caller: str) -> dict[str, str]:
        found = (await ask(COLLABORATORS, caller, name=world.bucket))["bucket"]["collaborators"]
        return {each["collaborator"]["username"]: each["permissionLevel"] for each in found}

    readers = await collaborators("admin")
    assert {name: readers.get(name) for name in ("ann", "bea", "cat", "dee")} == {
        "ann": "READ",
        "bea": "READ_WRITE",
        "cat": None,
        "dee": None,
    }
    assert await collaborators("reader") == {"Everybody whose role reads this bucket": "READ"}
