"""The published OpenAPI document: reviewed, and good enough to make clients from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.data.openapi_document import SNAPSHOT, published, rendered

DOCUMENT: dict[str, Any] = json.loads(SNAPSHOT.read_text())
METHODS = ("get", "head", "post", "put", "patch", "delete")
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    said: dict[str, Any]
    parameters: list[dict[str, Any]]

    @property
    def id(self) -> str:
        return str(self.said["operationId"])

    @property
    def is_s3(self) -> bool:
        return "S3" in self.said["tags"]

    @property
    def failures(self) -> dict[str, Any]:
        return {status: each for status, each in self.said["responses"].items() if status[0] in "45"}


def operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                said = item[method]
                yield Operation(method, path, said, item.get("parameters", []) + said.get("parameters", []))


OPERATIONS = list(operations())
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)


def test_the_document_is_the_reviewed_one() -> None:
    said = "The API is not what tests/contract/openapi.json says: run `make openapi`, and review the difference."
    assert rendered(published()) == SNAPSHOT.read_text(), said


def test_operations_have_ids_of_their_own() -> None:
    ids = [operation.id for operation in OPERATIONS]
    assert sorted(set(ids)) == sorted(ids)
    assert all(name.isidentifier() for name in ids)


def test_only_what_is_public_is_published() -> None:
    assert not [path for path in DOCUMENT["paths"] if path.startswith(("/internal", "/health/"))]


def test_what_is_referred_to_exists_and_what_exists_is_referred_to() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    text = json.dumps(DOCUMENT)
    referred = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert referred == schemas.keys()
    assert not [name for name in schemas if len(name) > 40], "generated names are for people, too"


@each_operation
def test_every_operation_says_what_it_does(operation: Operation) -> None:
    assert operation.said["summary"]
    (tag,) = operation.said["tags"]
    assert tag in {known["name"] for known in DOCUMENT["tags"]}


@each_operation
def test_every_operation_says_how_it_fails(operation: Operation) -> None:
    expected = {"503"}
    if operation.is_s3:
        expected |= {"400", "403", "404"}
    else:
        expected |= {"401"} if "security" in operation.said else set()
        creates_or_leads = {"201", "302"} & operation.said["responses"].keys()
        expected |= {"404"} if "{" in operation.path and not creates_or_leads else set()
        expected |= {"422"} if operation.parameters or "requestBody" in operation.said else set()
    assert expected <= operation.failures.keys()
    assert all(failure["description"] for failure in operation.failures.values())


@each_operation
def test_refusals_are_problems(operation: Operation) -> None:
    if operation.is_s3 or operation.id == "get_system_health":
        pytest.skip("in words of its own")
    assert all(failure["content"] == PROBLEM for failure in operation.failures.values())


@each_operation
def test_what_a_client_must_invent_has_an_example(operation: Operation) -> None:
    assert not [parameter["name"] for parameter in operation.parameters if _unclear(parameter)]
    for content in operation.said.get("requestBody", {}).get("content", {}).values():
        assert not list(_without_example(content["schema"]))


def _unclear(parameter: dict[str, Any]) -> bool:
    return parameter["in"] == "path" and "examples" not in parameter["schema"]


def _without_example(schema: dict[str, Any]) -> Iterator[str]:
    resolved = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for name, field in resolved.get("properties", {}).items():
        forms = [field, *field.get("anyOf", [])]
        examples = any("examples" in form or "examples" in form.get("items", {}) for form in forms)
        if not examples and field.get("type") != "boolean":
            yield name
