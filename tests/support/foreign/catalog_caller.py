"""Requests of Quilt's web catalogs, with the headers, signatures and proxy addresses that a page uses."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
from graphql import parse, print_ast, separate_operations
from support.data.signing import REGION, Key
from support.worlds.system import HTTP, System

ORIGIN = "https://catalog.example.com"
DOCUMENTS = Path(__file__).resolve().parents[2] / "contract"


@cache
def operations(generation: str) -> dict[str, str]:
    """Each document that the catalog sends, by its name."""
    documents = parse((DOCUMENTS / f"catalog_{generation}.graphql").read_text())
    return {name: print_ast(alone) for name, alone in separate_operations(documents).items()}


def readable_by_a_page(answer: httpx.Response) -> httpx.Response:
    assert answer.headers["access-control-allow-origin"] == "*", answer.url
    return answer


@dataclass
class Catalog:
    """A page of one generation of catalogs, with somebody signed in."""

    system: System
    generation: str
    token: str = ""
    key: Key | None = None
    config: dict[str, Any] = field(default_factory=dict)

    def load(self) -> dict[str, Any]:
        """The page's first request."""
        script = HTTP.get(f"{self.system.catalog}/config.js").text
        self.config = json.loads(script.removeprefix("window.QUILT_CATALOG_CONFIG = ").removesuffix(";\n"))
        assert self.config == HTTP.get(f"{self.system.catalog}/config.json").json()
        return self.config

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Every answer, also an empty success, must be JSON."""
        headers = {"Origin": ORIGIN, "Content-Type": "application/json", "Accepts": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None if body is None else json.dumps(body)
        url = f"{self.config['registryUrl']}/api{path}"
        answer = readable_by_a_page(HTTP.request(method, url, headers=headers, content=content))
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def graphql(self, operation: str, **variables: Any) -> Any:
        """With the raw token, as urql sends it."""
        headers = {"Origin": ORIGIN, "Authorization": self.token}
        body = {"query": operations(self.generation)[operation], "variables": variables}
        answer = readable_by_a_page(HTTP.post(f"{self.config['registryUrl']}/graphql", headers=headers, json=body))
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), f"{operation}: {answer.text}"
        return answer.json()["data"]

    def sign_in(self, name: str, password: str) -> None:
        given = self.rest("POST", "/login", {"username": name, "password": password})
        assert given.keys() >= {"token", "exp"}
        assert isinstance(given["exp"], int)
        self.token = given["token"]
        vended = self.rest("GET", "/auth/get_credentials")
        assert vended.keys() >= {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
        self.key = Key.of(vended)

    def host(self, bucket: str) -> str:
        return f"{bucket}.s3.{REGION}.amazonaws.com"

    def s3(self, method: str, bucket: str, path: str = "/", *, signed: bool = True) -> httpx.Response:
        """Signed for AWS, sent to the proxy."""
        url = f"https://{self.host(bucket)}{path}"
        nobody = Key("none", "none")
        target, headers = (self.key or nobody).through(
            self.config["s3Proxy"], method, url, path_form=self.generation != "2026"
        )
        answer = readable_by_a_page(
            HTTP.request(method, target, headers={**(headers if signed else {}), "Origin": ORIGIN})
        )
        assert "x-amz-bucket-region" in answer.headers["access-control-expose-headers"]
        return answer

    def gateway(self, question: str) -> httpx.Response:
        """A signed request to the API gateway; what it signs is quoted more than what it sends."""
        assert self.key
        url = f"{self.config['apiGatewayEndpoint']}{question}"
        quoted = re.sub(r"(?<==)[^&]*", lambda value: quote(unquote(value[0]), safe="~"), url)
        headers = self.key.headers("GET", quoted, "execute-api")
        return readable_by_a_page(HTTP.get(url, headers={**headers, "Origin": ORIGIN}))

    def preview(self, bucket: str, key: str, what: str = "preview", **asked: Any) -> httpx.Response:
        """Unsigned itself: the object's address is presigned. `what`: preview, tabular-preview, thumbnail or transcode."""
        assert self.key
        address = self.key.presigned(f"https://{self.host(bucket)}/{quote(key)}")
        parameters = {"url": address, **asked}
        url = f"{self.config['apiGatewayEndpoint']}/{what}"
        return readable_by_a_page(HTTP.get(url, params=parameters, headers={"Origin": ORIGIN}))
