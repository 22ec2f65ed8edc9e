"""Operations and schemas, from the snapshot of the OpenAPI document."""

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from support.docs.pages import ROOT
from support.docs.reference.markdown import code, page, sentence, table

SNAPSHOT = ROOT / "tests" / "contract" / "openapi.json"
METHODS = ("get", "head", "post", "put", "patch", "delete")


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SNAPSHOT.read_text())
    return found


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method.upper(), path, methods[method]


def operations_page() -> str:
    grouped: dict[str, list[str]] = defaultdict(list)
    for method, path, operation in operations():
        grouped[operation["tags"][0]].append(operation_text(method, path, operation))
    parts = [
        f"## {tag['name']}\n\n{tag['description']}\n\n" + "\n\n".join(grouped[tag["name"]])
        for tag in document()["tags"]
        if tag["name"] in grouped
    ]
    introduction = (
        "Every operation of the public API, as `GET /openapi.json` describes it. A running registry shows the same at\n"
        "`/docs`, where each operation can be tried. Answers name their [schemas](schemas.md); those in the range 4xx and\n"
        "5xx are [problems](../api/errors.md)."
    )
    return page("Operations", "tests/contract/openapi.json", introduction, *parts)


def operation_text(method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [f"### {operation['operationId']}", f"`{method} {path}`", sentence(operation["summary"])]
    if text := operation.get("description"):
        parts.append(text.strip())
    if rows := [*parameter_rows(operation), *body_rows(operation)]:
        parts.append(table("parameter", "in", "type", "", rows=rows))
    parts.append(table("answer", "", "schema", rows=list(answer_rows(operation))))
    return "\n\n".join(parts)


def parameter_rows(operation: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for each in operation.get("parameters", []):
        name = code(each["name"]) + ("" if each.get("required") else " (optional)")
        yield name, each["in"], schema_text(each["schema"]), each.get("description", "")


def body_rows(operation: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield "body", media, schema_text(content.get("schema", {})), operation["requestBody"].get("description", "")


def answer_rows(operation: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for status, answer in operation["responses"].items():
        schemas = [schema_text(content.get("schema", {})) for content in answer.get("content", {}).values()]
        yield status, answer["description"], ", ".join(dict.fromkeys(schemas))


def schema_text(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](schemas.md#{anchor(name)})"
    for word, between in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if word in schema:
            return between.join(dict.fromkeys(map(schema_text, schema[word])))
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return ", ".join(code(json.dumps(each)) for each in values)
    return type_text(schema)


def type_text(schema: dict[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"list of {schema_text(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {schema_text(schema['additionalProperties'])}"
    kind = schema.get("type", "anything")
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind) + bounds(schema)


def bounds(schema: dict[str, Any]) -> str:
    said = [
        f"{word} {schema[key]:,}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("minLength", "at least"), ("maxLength", "at most"))
        if isinstance(schema.get(key), (int, float))
    ]
    default = [f"{json.dumps(schema['default'])} unless given"] if schema.get("default") not in (None, "") else []
    return f" ({', '.join([*said, *default])})" if said or default else ""


def anchor(name: str) -> str:
    """The anchor of a heading, as Python-Markdown makes it."""
    return "".join(each for each in name.lower() if each.isalnum() or each in "-_")


def schemas_page() -> str:
    parts = [schema_section(name, schema) for name, schema in sorted(document()["components"]["schemas"].items())]
    introduction = "The bodies of requests and answers. [Operations](openapi.md) says where each is used."
    return page("Schemas", "tests/contract/openapi.json", introduction, *parts)


def schema_section(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = [
        (code(field) + ("" if field in required else " (optional)"), schema_text(each), each.get("description", ""))
        for field, each in schema.get("properties", {}).items()
    ]
    parts = [f"## {name}", *([schema["description"]] if schema.get("description") else [])]
    parts.append(table("field", "type", "", rows=rows) if rows else schema_text(schema))
    return "\n\n".join(parts)
