"""HTTP requests of a client, recorded in a form that does not depend on the run, and replayed against another system.

What differs from run to run has a name in braces: `{registry}`, `{access_token}`, `{version-1}`. Signatures are made for each replay.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from xml.etree import ElementTree as ET

import httpx
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

Exchange = dict[str, Any]

_KEPT_HEADERS = {"accept", "authorization", "content-type", "user-agent", "range", "x-amz-copy-source"}
_SECRETS = ("refresh_token", "access_token", "AccessKeyId", "SecretAccessKey", "SessionToken")
_CONFIGURED = {"navigator_url", "registryUrl", "s3Proxy", "apiGatewayEndpoint", "binaryApiGatewayEndpoint"}
_POINTER = re.compile(r"/\.quilt/named_packages/[^/]+/[^/]+/(\d{10})$")
_PUSHES = {f"pushed_at-{number}": str(1_700_000_000 + number) for number in range(1, 10)}


def normalised(recorded: Path, told: Any, places: dict[str, str], **known: str) -> dict[str, Any]:
    """The requests that `sitecustomize` recorded and the client's output, with names in place of `places` and `known` values."""
    names = {value: f"{{{name}}}" for name, value in {**places, **known}.items()}
    exchanges = []
    for line in recorded.read_text().splitlines():
        raw = json.loads(line)
        answer = raw["answer"]
        body = base64.b64decode(answer["body"]).decode()
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        url = urlsplit(raw["url"])
        to = next(name for name, place in places.items() if raw["url"].startswith(f"{place}/"))
        if raw["method"] == "PUT":
            names[headers["x-amz-version-id"]] = f"{{version-{_count(names.values(), '{version-') + 1}}}"
        if raw["method"] == "PUT" and (pointer := _POINTER.search(url.path)):
            names[pointer[1]] = f"{{pushed_at-{_count(names.values(), '{pushed_at-') + 1}}}"
        if to == "registry" and answer["status"] == 200:
            said = json.loads(body)
            names |= {said[name]: f"{{{name}}}" for name in _SECRETS if name in said}
        exchange = {
            "to": to,
            "method": raw["method"],
            "path": url.path,
            "query": [list(pair) for pair in parse_qsl(url.query, keep_blank_values=True)],
            "headers": {
                name.lower(): value.partition(" ")[0] if name == "User-Agent" else value
                for name, value in sorted(raw["headers"].items())
                if name.lower() in _KEPT_HEADERS
                and not (to == "s3" and name.lower() in {"authorization", "user-agent"})
            },
            "body": base64.b64decode(raw["body"]).decode(),
            "answer": {"status": answer["status"], **_contract(to, raw["method"], headers, body)},
        }
        exchanges.append(_named(exchange, names))
    return {"told": _named(told, names), "exchanges": exchanges}


def _contract(to: str, method: str, headers: dict[str, str], body: str) -> dict[str, Any]:
    """The parts of an answer that the client needs, apart from its status."""
    if to != "s3":
        fields = json.loads(body).keys()
        return {"fields": sorted(fields & _CONFIGURED if to == "catalog" else fields)}
    if body and headers.get("content-type", "").endswith("xml"):
        return {"keys": keys_of(body)}
    is_read = method in {"GET", "HEAD"} and "x-amz-version-id" in headers
    return {"version": headers["x-amz-version-id"]} if is_read else {}


def _count(names: Iterable[str], start: str) -> int:
    return sum(name.startswith(start) for name in names)


def keys_of(listing: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(listing).iter() if each.tag.rpartition("}")[2] == "Key"]  # noqa: S314


def _named(document: Any, names: dict[str, str]) -> Any:
    text = json.dumps(document)
    for value in sorted(names, key=len, reverse=True):
        text = text.replace(json.dumps(value)[1:-1], names[value])
    return json.loads(text)


@dataclass
class Replay:
    """Replays recorded requests in order, and compares the answers with the contract."""

    places: dict[str, str]
    known: dict[str, str]
    """Value of each name in braces. Answers add further ones."""
    stored: dict[str, bytes] = field(default_factory=dict)

    def run(self, exchanges: list[Exchange]) -> None:
        self.known |= {**self.places, **_PUSHES}
        with httpx.Client(timeout=30) as http:
            for number, exchange in enumerate(exchanges):
                filled = self.filled(exchange)
                answer = self._send(http, filled)
                where = f"{number}: {filled['method']} {filled['path']}"
                assert answer.status_code == filled["answer"]["status"], f"{where}: {answer.status_code} {answer.text}"
                self._judge(where, filled, answer)

    def filled(self, document: Any) -> Any:
        """With the values of this run."""
        return _named(document, {f"{{{name}}}": value for name, value in self.known.items()})

    def _send(self, http: httpx.Client, exchange: Exchange) -> httpx.Response:
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in exchange["query"])
        url = f"{self.places[exchange['to']]}{exchange['path']}{'?' if query else ''}{query}"
        headers = dict(exchange["headers"])
        body = exchange["body"].encode()
        if exchange["to"] == "s3":
            request = AWSRequest(exchange["method"], url, headers, body)
            known = self.known
            credentials = Credentials(known["AccessKeyId"], known["SecretAccessKey"], known["SessionToken"])
            S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
            headers = dict(request.headers.items())
        return http.request(exchange["method"], url, headers=headers, content=body)

    def _judge(self, where: str, filled: Exchange, answer: httpx.Response) -> None:
        wanted, path = filled["answer"], filled["path"]
        if "fields" in wanted:
            said = answer.json()
            assert set(wanted["fields"]) <= said.keys(), where
            self.known |= {name: said[name] for name in _SECRETS if name in said}
        elif "keys" in wanted:
            assert keys_of(answer.text) == wanted["keys"], where
        elif filled["method"] == "PUT":
            self.stored[path] = filled["body"].encode()
            assert answer.headers["etag"].strip('"') == _md5(self.stored[path]), where
            self.known[f"version-{_count(self.known, 'version-') + 1}"] = answer.headers["x-amz-version-id"]
        elif filled["method"] in {"GET", "HEAD"} and answer.status_code == 200:
            assert answer.headers["etag"].strip('"') == _md5(self.stored[path]), where
            assert answer.headers["content-length"] == str(len(self.stored[path])), where
            assert answer.headers["x-amz-version-id"] == wanted["version"], where
            assert filled["method"] == "HEAD" or answer.content == self.stored[path], where


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
