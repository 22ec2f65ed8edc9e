"""A registry with packages of Quilt 2, and requests to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from registry.quilt2.services import trees
from shared.testing.auth import FakeAuth
from shared.testing.objects import FakeObjectStore

BUCKET = "package"
H1 = "d146942c9a051553f77d1e00672f2829565c590be972a1330de726a8db223589"
H2 = "4cf37d7f670709346438cf2f2598db630eb34520947308aed55ad5e53f0c1518"
H3 = "46449f44f36ec78364ae846fa47df57870e49d3c6cee59b3682aaf289e6d7586"
HE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

Node = dict[str, Any]


def root(**children: Node) -> Node:
    return {"type": "ROOT", "children": children}


def group(**children: Node) -> Node:
    return {"type": "GROUP", "children": children}


def file(*hashes: str, **more: Any) -> Node:
    return {"type": "FILE", "hashes": list(hashes), "metadata": {}, **more}


def table(*hashes: str) -> Node:
    return {"type": "TABLE", "hashes": list(hashes), "metadata": {}, "format": "PARQUET"}


V4 = root(foo=table(H1, H2), group1=group(empty=table(), group2=group(bar=table(H1))), file=file(H3))


@dataclass
class Quilt2World:
    """Requests to a registry, as the client makes them."""

    http: httpx.AsyncClient
    auth: FakeAuth
    objects: FakeObjectStore
    headers: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, who: str | None) -> Mapping[str, str]:
        if who is None:
            return {}
        if who not in self.headers:
            self.headers[who] = {"Authorization": f"Bearer {self.auth.token_for(who, {}, is_admin=who == 'admin')}"}
        return self.headers[who]

    async def ask(self, who: str | None, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Content-Type": "application/json", **self.of(who), **options.pop("headers", {})}
        return await self.http.request(method, f"/api/{path}", headers=headers, **options)

    async def get(self, who: str | None, path: str) -> Any:
        answer = await self.ask(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def status(self, who: str | None, method: str, path: str, **options: Any) -> tuple[int, str]:
        answer = await self.ask(who, method, path, **options)
        return answer.status_code, answer.json().get("message", "")

    async def push(
        self, contents: Node, *, who: str | None = "amy", name: str = "amy/wine", at: str | None = None, **more: Any
    ) -> httpx.Response:
        """`at` replaces the right hash in the path."""
        body = {"contents": contents, "description": "", "sizes": dict.fromkeys(trees.objects(contents), 1), **more}
        path = f"package/{name}/{at or trees.package_hash(contents)}"
        return await self.ask(who, "PUT", path, json=body)

    async def pushed(self, contents: Node, **more: Any) -> str:
        answer = await self.push(contents, **more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["package_hash"])

    async def latest(self, contents: Node, *, name: str = "amy/wine", **more: Any) -> str:
        """Push and tag an instance, as the client does; returns its hash."""
        made = await self.pushed(contents, name=name, **more)
        assert (await self.ask("amy", "PUT", f"tag/{name}/latest", json={"hash": made})).status_code == 200
        return made
