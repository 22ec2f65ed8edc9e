"""The published OpenAPI document equals the reviewed one, and clients can be generated from it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.data.openapi_document import SNAPSHOT, published, rendered

DOCUMENT: dict[str, Any] = json.loads(SNAPSHOT.read_text())
METHODS = ("get", "head", "post", "put", "patch", "delete")
PROBLEMS = [
    {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    for name in ("Problem", "QueryProblem", "ArchivedProblem")
]


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    document: dict[str, Any]
    parameters: list[dict[str, Any]]

    @property
    def id(self) -> str:
        return str(self.document["operationId"])

    @property
    def is_s3(self) -> bool:
        return "S3" in self.document["tags"]

    @property
    def failures(self) -> dict[str, Any]:
        return {status: each for status, each in self.document["responses"].items() if status[0] in "45"}


def operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                own = item[method]
                yield Operation(method, path, own, item.get("parameters", []) + own.get("parameters", []))


OPERATIONS = list(operations())
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)


def test_the_openapi_document_equals_the_reviewed_one() -> None:
    advice = "The API differs from tests/contract/openapi.json: run `make openapi`, and review the difference."
    assert rendered(published()) == SNAPSHOT.read_text(), advice


def test_operation_ids_are_unique_identifiers() -> None:
    ids = [operation.id for operation in OPERATIONS]
    assert sorted(set(ids)) == sorted(ids)
    assert all(name.isidentifier() for name in ids)


def test_internal_routes_are_not_in_the_openapi_document() -> None:
    assert not [path for path in DOCUMENT["paths"] if path.startswith(("/internal", "/health/"))]


def test_every_reference_has_a_schema_and_every_schema_a_reference() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    text = json.dumps(DOCUMENT)
    referred = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert referred == schemas.keys()
    assert not [name for name in schemas if len(name) > 40], "names of schemas are read by people and must be short"


@each_operation
def test_every_operation_has_a_summary_and_a_known_tag(operation: Operation) -> None:
    assert operation.document["summary"]
    (tag,) = operation.document["tags"]
    assert tag in {known["name"] for known in DOCUMENT["tags"]}


@each_operation
def test_every_operation_documents_its_failures(operation: Operation) -> None:
    expected = {"503"}
    if operation.is_s3:
        expected |= {"400", "403", "404"}
    else:
        expected |= {"401"} if "security" in operation.document else set()
        creates_or_leads = {"201", "302"} & operation.document["responses"].keys()
        expected |= {"404"} if "{" in operation.path and not creates_or_leads else set()
        expected |= {"422"} if operation.parameters or "requestBody" in operation.document else set()
    assert expected <= operation.failures.keys()
    assert all(failure["description"] for failure in operation.failures.values())


@each_operation
def test_failures_are_documented_as_problems(operation: Operation) -> None:
    if operation.is_s3 or operation.id == "get_system_health":
        pytest.skip("its failures have a form of their own")
    assert all(failure["content"] in PROBLEMS for failure in operation.failures.values())


@each_operation
def test_every_value_that_a_client_must_choose_has_an_example(operation: Operation) -> None:
    assert not [parameter["name"] for parameter in operation.parameters if _unclear(parameter)]
    for content in operation.document.get("requestBody", {}).get("content", {}).values():
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
