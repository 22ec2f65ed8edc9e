"""Requests of the Quilt 2 client: written down without what differs between runs, and replayed.

Codes and tokens are numbered in the order in which they appear; objects have the addresses that the registry gave last.
"""

import base64
import gzip
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

Exchange = dict[str, Any]

_KEPT = {"content-type", "content-encoding", "range"}


def normalised(lines: Path, places: dict[str, str], codes: list[str]) -> list[Exchange]:
    tokens: list[str] = []
    exchanges = []
    for line in lines.read_text().splitlines():
        raw = json.loads(line)
        url = urlsplit(raw["url"])
        to = next(name for name, place in places.items() if raw["url"].startswith(f"{place}/"))
        headers = {name.lower(): value for name, value in raw["headers"].items()}
        body, answer = base64.b64decode(raw["body"]), raw["answer"]
        token = headers.get("authorization", "").removeprefix("Bearer ")
        exchange: Exchange = {
            "to": to,
            "method": raw["method"],
            "path": url.path,
            "as": tokens.index(token) + 1 if token else None,
            "headers": {name: headers[name] for name in sorted(_KEPT & headers.keys())},
            "answer": {"status": answer["status"]},
        }
        if to == "registry":
            exchange["query"] = [list(pair) for pair in parse_qsl(url.query, keep_blank_values=True)]
            answered = json.loads(base64.b64decode(answer["body"]))
            exchange["answer"]["fields"] = sorted(answered)
            if answer["status"] >= 400:
                exchange["answer"] = {"status": answer["status"], "message": answered["message"]}
            if url.path == "/api/token":
                exchange["code"] = codes.index(dict(parse_qsl(body.decode()))["refresh_token"]) + 1
                tokens.append(answered["access_token"])
            elif body:
                exchange["json"] = json.loads(gzip.decompress(body) if "content-encoding" in headers else body)
        else:
            exchange["body"] = base64.b64encode(zlib.compress(body, 9)).decode() if body else ""
            exchange["answer"]["is_part"] = "content-range" in {name.lower() for name in answer["headers"]}
        exchanges.append(exchange)
    return exchanges


@dataclass
class Replay:
    places: dict[str, str]
    codes: list[str]
    tokens: list[str] = field(default_factory=list)
    addresses: dict[tuple[str, str], str] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)

    def run(self, exchanges: list[Exchange]) -> None:
        with httpx.Client(timeout=30) as http:
            for number, exchange in enumerate(exchanges):
                where = f"{number}: {exchange['method']} {exchange['path']}"
                answer = self._send(http, exchange)
                expected = exchange["answer"]
                assert answer.status_code == expected["status"], f"{where}: {answer.status_code} {answer.text[:500]}"
                if exchange["to"] == "registry":
                    self._check(where, expected, answer.json())
                else:
                    self._check_object(where, exchange, answer)

    def _send(self, http: httpx.Client, exchange: Exchange) -> httpx.Response:
        method, path, headers = exchange["method"], exchange["path"], dict(exchange["headers"])
        if exchange["to"] != "registry":
            body = zlib.decompress(base64.b64decode(exchange["body"])) if exchange["body"] else b""
            return http.request(method, self.addresses[method, path], headers=headers, content=body)
        if exchange["as"]:
            headers["authorization"] = f"Bearer {self.tokens[exchange['as'] - 1]}"
        content = b""
        if "code" in exchange:
            content = urlencode({"refresh_token": self.codes[exchange["code"] - 1]}).encode()
        elif "json" in exchange:
            content = json.dumps(exchange["json"]).encode()
            content = gzip.compress(content) if "content-encoding" in headers else content
        return http.request(
            method, self.places["registry"] + path, params=exchange["query"], headers=headers, content=content
        )

    def _check(self, where: str, expected: dict[str, Any], answered: dict[str, Any]) -> None:
        if "message" in expected:
            assert answered["message"] == expected["message"], where
            return
        assert set(expected["fields"]) <= answered.keys(), where
        if "access_token" in answered:
            self.tokens.append(answered["access_token"])
        for pair in answered.get("upload_urls", {}).values():
            self._learn("HEAD", pair["head"])
            self._learn("PUT", pair["put"])
        for url in answered.get("urls", {}).values():
            self._learn("GET", url)

    def _check_object(self, where: str, exchange: Exchange, answer: httpx.Response) -> None:
        assert ("content-range" in answer.headers) is exchange["answer"]["is_part"], where
        if exchange["method"] == "PUT":
            self.stored[exchange["path"]] = (
                zlib.decompress(base64.b64decode(exchange["body"])) if exchange["body"] else b""
            )
        elif exchange["method"] == "GET":
            assert answer.content == self.stored[exchange["path"]], where

    def _learn(self, method: str, url: str) -> None:
        self.addresses[method, urlsplit(url).path] = url
